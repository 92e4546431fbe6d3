"""The contents of each report, one module a kind."""

from reports.tables.escalations import Escalations
from reports.tables.ledger import Ledger
from reports.tables.punctuality import Punctuality
from reports.tables.roster import Roster
from reports.tables.staffing import Staffing

__all__ = ["Escalations", "Ledger", "Punctuality", "Roster", "Staffing"]
