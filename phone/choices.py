"""States of submissions, and the choices that the forms offer."""

from django.db import models


class State(models.TextChoices):
    """STORED has been carried out. CONFLICT and QUARANTINED wait for the office, which ends in ENTERED or DROPPED.

    UNDONE was taken back by its sender, before or after it had arrived.
    """

    STORED = "stored", "已录入"
    CONFLICT = "conflict", "与先前不同"
    QUARANTINED = "quarantined", "待核对"
    ENTERED = "entered", "更正后录入"
    DROPPED = "dropped", "不予录入"
    UNDONE = "undone", "本人撤销"


# Kept whole and sealed until the office has decided.
WAITING: tuple[State, ...] = (State.CONFLICT, State.QUARANTINED)


class When(models.TextChoices):
    """When a visit took place, as the form asks."""

    NOW = "now", "刚才"
    YESTERDAY_EVENING = "yesterday_evening", "昨天晚上"
    OTHER_DAY = "other_day", "别的日子"


class Help(models.TextChoices):
    """What 需要帮助 on a visit becomes: a request to the office, or one of the 三个必到."""

    NONE = "", "不需要"
    REQUEST = "request", "告诉社区办"
    EMERGENCY = "emergency", "突发性事件"
    DISCONTENT = "discontent", "不满情绪"
    FAMILY_DISPUTE = "family_dispute", "大的家庭纠纷"


# Quick phrases as shipped: code of the category ("" for all), text, preselected or not.
SHIPPED_PHRASES: tuple[tuple[str, str, bool], ...] = (
    ("", "身体尚好", True),
    ("", "要送药、看病", False),
    ("", "家里要修", False),
    ("", "心情不好", False),
    ("", "要申请补助", False),
    ("hospital", "已出院", False),
    ("laid_off", "正在找工作", False),
    ("elderly_alone", "有亲属照看", False),
    ("released", "生活安定", False),
)
# Of a topic one phrase is chosen: whoever is well needs no doctor.
SHIPPED_TOPICS: dict[str, tuple[str, ...]] = {"身体": ("身体尚好", "要送药、看病")}
