"""Every write to repairs. Each service locks the order's clock first, then reads what it judges by (ADR 1)."""

from repairs.services.consent import consent_record
from repairs.services.entering import mend_enter, mend_photo
from repairs.services.order import (
    order_settle,
    repair_also,
    repair_merge,
    repair_publish_words,
    repair_report,
)
from repairs.services.picture import picture_add, picture_look, picture_release
from repairs.services.rating import repair_rate
from repairs.services.rule import repair_rule_publish, repair_rules_ship
from repairs.services.step import repair_step_add, repair_step_void

__all__ = [
    "consent_record",
    "mend_enter",
    "mend_photo",
    "order_settle",
    "picture_add",
    "picture_look",
    "picture_release",
    "repair_also",
    "repair_merge",
    "repair_publish_words",
    "repair_rate",
    "repair_report",
    "repair_rule_publish",
    "repair_rules_ship",
    "repair_step_add",
    "repair_step_void",
]
