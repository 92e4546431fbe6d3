"""Every write on care records' clocks, visits, rules and incidents."""

from visits.services.care import (
    care_record_correct,
    care_record_end,
    care_record_start,
    clocks_lock,
    resident_relocate,
)
from visits.services.erasing import (
    erased_again,
    erasure_confirm,
    erasure_propose,
    erasure_refuse,
    erasure_withdraw,
)
from visits.services.going_live import go_live_confirm, go_live_preview, records_spread
from visits.services.incident import arrival_stamp, incident_close, incident_report
from visits.services.leaving import resident_leave, resident_return
from visits.services.merging import residents_merge, residents_merge_undo
from visits.services.rule import incident_rule_publish, rules_adopt, rules_ship, visit_rule_publish
from visits.services.special_day import special_day_remove, special_day_set
from visits.services.visit import (
    SameVisitError,
    visit_correct,
    visit_enrich,
    visit_record,
    visit_take,
    visit_void,
)

__all__ = [
    "SameVisitError",
    "arrival_stamp",
    "care_record_correct",
    "care_record_end",
    "care_record_start",
    "clocks_lock",
    "erased_again",
    "erasure_confirm",
    "erasure_propose",
    "erasure_refuse",
    "erasure_withdraw",
    "go_live_confirm",
    "go_live_preview",
    "incident_close",
    "incident_report",
    "incident_rule_publish",
    "records_spread",
    "resident_leave",
    "resident_relocate",
    "resident_return",
    "residents_merge",
    "residents_merge_undo",
    "rules_adopt",
    "rules_ship",
    "special_day_remove",
    "special_day_set",
    "visit_correct",
    "visit_enrich",
    "visit_record",
    "visit_rule_publish",
    "visit_take",
    "visit_void",
]
