"""What each report says: one module a kind."""

from reports.choices import Kind
from reports.tables.base import Asked, Report
from reports.tables.escalations import Escalations
from reports.tables.ledger import Ledger
from reports.tables.punctuality import Punctuality
from reports.tables.roster import Roster
from reports.tables.staffing import Staffing

REPORTS: dict[str, type[Report]] = {
    Kind.LEDGER: Ledger,
    Kind.PUNCTUALITY: Punctuality,
    Kind.ESCALATIONS: Escalations,
    Kind.STAFFING: Staffing,
    Kind.ROSTER: Roster,
}

__all__ = ["REPORTS", "Asked", "Report"]
