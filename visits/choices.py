"""Choices of rules, visits and incidents."""

from django.db import models

from duties.choices import CARE_SOURCE, Cadence, Period

# How a visit rule counts. No one under care is left alone for half a year: no rule offers more than a quarter.
CADENCES = [
    (Cadence.ROLLING.value, "滚动（上次走访后若干天）"),
    (Cadence.CALENDAR.value, "按周期（每周/每月/每季度若干次）"),
]
PERIODS = [(period.value, period.label) for period in (Period.WEEK, Period.MONTH, Period.QUARTER)]


class Source(models.TextChoices):
    """What this app's clocks run for; see `duties.sources`."""

    CARE = CARE_SOURCE, "必访"
    INCIDENT = "incident", "必到"


class DutyKind(models.TextChoices):
    """The kinds of duty that this app makes; `visits.kinds` says what they are about."""

    FIRST_VISIT = "first_visit", "首访"
    ROUTINE = "routine", "例行走访"
    ARRIVAL = "arrival", "到场"


class Method(models.TextChoices):
    HOME = "home", "上门"
    HOSPITAL = "hospital", "医院探视"
    PHONE = "phone", "电话"
    VIDEO = "video", "视频"
    OFFICE = "office", "来访"
    OTHER = "other", "其他"


class VisitOrigin(models.TextChoices):
    """How a visit was entered."""

    OFFICE = "office", "办公室录入"
    IMPORT = "import", "导入"
    PHONE = "phone", "手机"
    API = "api", "接口"


class IncidentKind(models.TextChoices):
    """三个必到."""

    EMERGENCY = "emergency", "突发性事件"
    DISCONTENT = "discontent", "不满情绪"
    FAMILY_DISPUTE = "family_dispute", "大的家庭纠纷"
