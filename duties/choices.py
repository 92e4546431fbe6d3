"""States of a duty and kinds of events on it."""

from django.db import models

# The source of clocks that run for a care record: the only source that this app keeps a column for.
CARE_SOURCE = "care"

# First rounds are spread over a quarter at most: nobody under care is left alone for longer.
MOST_SPREAD_DAYS = 92

KIND_LABELS: dict[str, str] = {}
"""The registered kinds of duty, label by code; filled by `duties.kinds.register` alone."""


def kind_choices() -> list[tuple[str, str]]:
    """Return the registered kinds of duty as choices of a column, a filter or the interface: (code, label)."""
    return list(KIND_LABELS.items())


class Family(models.TextChoices):
    """Kinds of duty that are counted together. Figures that name none count VISITING."""

    VISITING = "visiting", "走访与到场"
    REPAIRING = "repairing", "维修"
    PERIODIC = "periodic", "定期事项"
    CONCERN = "concern", "诉求"


class Cadence(models.TextChoices):
    """How a rule counts its rounds: from the last fulfilment, or by calendar periods."""

    ROLLING = "rolling", "滚动（上次之后若干天）"
    CALENDAR = "calendar", "按周期（每个周期若干次）"


class Period(models.TextChoices):
    WEEK = "week", "每周"
    MONTH = "month", "每月"
    QUARTER = "quarter", "每季度"
    HALF_YEAR = "half_year", "每半年"
    YEAR = "year", "每年"


class Outcome(models.TextChoices):
    OPEN = "open", "待办"
    OVERDUE = "overdue", "逾期"
    IN_TIME = "in_time", "按时"
    LATE = "late", "逾期后完成"
    MISSED = "missed", "未完成"
    CANCELLED = "cancelled", "已取消"


# Still asking for something to be done.
RUNNING: tuple[Outcome, ...] = (Outcome.OPEN, Outcome.OVERDUE)


class EventKind(models.TextChoices):
    """RAISED is the notice on a rung; STOOD_DOWN withdraws it ("raised on missing data").

    LEFT notifies the visitor that the person has died or moved away, and need not be visited any more.
    """

    RAISED = "raised", "知会"
    STOOD_DOWN = "stood_down", "撤回"
    REINSTATED = "reinstated", "恢复"
    RULE_CHANGED = "rule_changed", "规则变更"
    WITHDRAWN = "withdrawn", "作废"
    LEFT = "left", "离开"


class DutyActionKind(models.TextChoices):
    """What a cadre on a duty's ladder does about it. WAIVE stops the ladder for the round, REVOKE_WAIVER undoes it."""

    TAKE_OVER = "take_over", "接办"
    NOTE = "note", "意见"
    STAND_IN = "stand_in", "指派代管"
    WAIVE = "waive", "放行"
    REVOKE_WAIVER = "revoke_waiver", "收回放行"


# After these, what had reached the cadre who acted counts as dealt with.
SETTLING: tuple[DutyActionKind, ...] = (
    DutyActionKind.TAKE_OVER,
    DutyActionKind.STAND_IN,
    DutyActionKind.WAIVE,
)


class Rung(models.IntegerChoices):
    """The five levels of responsibility; 0 is the visitor."""

    VISITOR = 0, "责任人"
    BUILDING = 1, "楼栋"
    PRECINCT = 2, "片区"
    QUARTER = 3, "苑区"
    COMMUNITY = 4, "社区"
