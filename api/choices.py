"""Grants of a client, topics of a webhook, states of a delivery."""

from django.db import models

from buildings.choices import Level


class Grant(models.TextChoices):
    """A kind of data, or a right to write, that a client is granted; kinds of rows of other apps add their own."""

    PLACES = "places", "楼栋与区域"
    APPOINTMENTS = "appointments", "任职"
    CARE_RECORDS = "care_records", "必访对象（姓名遮掩）"
    DUTIES = "duties", "责任"
    VISITS = "visits", "走访（不含内容）"
    INCIDENTS = "incidents", "必到事件（不含内容）"
    STATS = "stats", "统计数字"
    RESIDENT_NAMES = "resident_names", "居民姓名和户室"
    CADRE_NAMES = "cadre_names", "骨干姓名"
    WRITE_VISITS = "write_visits", "登记走访"
    WRITE_INCIDENTS = "write_incidents", "报告事件和到场"


class Audience(models.TextChoices):
    """On whose behalf a client reads. Outside the community small figures are suppressed."""

    OUTSIDE = "outside", "区级或其他单位"
    COMMUNITY = "community", "本社区自用"


class Topic(models.TextChoices):
    """What a receiver can subscribe to."""

    DUTY_OVERDUE = "duty.overdue", "责任逾期"
    DUTY_ESCALATED = "duty.escalated", "责任升级"
    INCIDENT_OPENED = "incident.opened", "事件报告"
    INCIDENT_CLOSED = "incident.closed", "事件办结"


class DeliveryState(models.TextChoices):
    OWED = "owed", "待发送"
    SENT = "sent", "已送达"
    HELD = "held", "待补全"
    GIVEN_UP = "given_up", "已停止重试"


class LevelWord(models.TextChoices):
    """The levels of the place tree as the interface names them."""

    COMMUNITY = "community", "社区"
    QUARTER = "quarter", "苑区"
    PRECINCT = "precinct", "片区"
    BUILDING = "building", "楼栋"


LEVELS: dict[LevelWord, Level] = dict(zip(LevelWord, Level, strict=True))
LEVEL_WORDS: dict[int, LevelWord] = {level: word for word, level in LEVELS.items()}
