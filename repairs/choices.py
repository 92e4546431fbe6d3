"""Choices of repairs: what is broken, who reports it, the steps of an order and where it stands."""

from django.db import models


class Source(models.TextChoices):
    """What this app's clocks run for; see `duties.sources`."""

    REPAIR = "repair", "维修"


class DutyKind(models.TextChoices):
    """The kinds of duty that this app makes; `repairs.kinds` says what they are about."""

    TRIAGE = "repair_triage", "报修受理"
    AGREE = "repair_agree", "居民商议"
    MEND = "repair_mend", "维修"
    CHECK = "repair_check", "维修验收"
    WHOLE = "repair_whole", "维修全程"


class Urgency(models.TextChoices):
    NORMAL = "normal", "一般"
    URGENT = "urgent", "紧急"


class Spot(models.TextChoices):
    OPEN_FLOOR = "open_floor", "架空层"
    STAIRS = "stairs", "楼梯楼道"
    LIFT = "lift", "电梯"
    ROOF = "roof", "屋面"
    WALL = "wall", "外墙"
    LIGHT = "light", "照明"
    DOOR = "door", "门禁"
    PIPES = "pipes", "管网"
    GREEN = "green", "绿化"
    FIRE = "fire", "消防"
    OTHER = "other", "其他"


class Channel(models.TextChoices):
    CODE = "code", "扫码"
    PHONE = "phone", "来电"
    DESK = "desk", "来访"
    VISIT = "visit", "走访发现"
    HOTLINE = "hotline", "12345转办"


# What the office writes down of a report that reached it; CODE is the public page's own.
OFFICE_CHANNELS = [(one.value, one.label) for one in Channel if one != Channel.CODE]


class StepKind(models.TextChoices):
    ACCEPTED = "accepted", "受理"
    DECLINED = "declined", "不属本范围"
    LOOKED = "looked", "勘查"
    PLANNED = "planned", "方案"
    ASKED = "asked", "征求意见"
    AGREED = "agreed", "达成一致"
    NOT_AGREED = "not_agreed", "未达成一致"
    HANDED = "handed", "派工"
    STARTED = "started", "开工"
    FINISHED = "finished", "完工"
    REFUSED = "refused", "验收未过"
    PASSED = "passed", "验收通过"
    EXTENDED = "extended", "延期"
    NOTED = "noted", "说明"
    WITHDRAWN = "withdrawn", "撤回"
    MERGED = "merged", "并案"


class Stage(models.TextChoices):
    """Where an order stands: whose turn it is while it runs, and how it ended."""

    REPORTED = "reported", "待受理"
    AGREEING = "agreeing", "居民商议"
    AGREED = "agreed", "待派工"
    MENDING = "mending", "维修中"
    CHECKING = "checking", "待验收"
    PASSED = "passed", "已修好"
    DECLINED = "declined", "不属本范围"
    NOT_AGREED = "not_agreed", "居民未同意"
    WITHDRAWN = "withdrawn", "已撤回"
    MERGED = "merged", "已并案"


RUNNING_STAGES = (Stage.REPORTED, Stage.AGREEING, Stage.AGREED, Stage.MENDING, Stage.CHECKING)


class Party(models.TextChoices):
    """On whose behalf a step was taken."""

    COMMITTEE = "committee", "居委会"
    RESIDENTS = "residents", "居民"
    PROPERTY = "property", "物业"
    OWNERS = "owners", "业委会"
    OFFICE = "office", "社区办"


class Actor(models.TextChoices):
    """As whom somebody acts on an order (`repairs.permissions`)."""

    OFFICE = "office", "社区办"
    TRIAGE = "triage", "受理人"
    STEWARD = "steward", "物业房管员"
    REPORTER = "reporter", "报修人"


class FundedBy(models.TextChoices):
    PROPERTY = "property", "物业费"
    FUND = "fund", "维修资金"
    COMMUNITY = "community", "社区经费"
    RESIDENTS = "residents", "居民自筹"
    OTHER = "other", "其他"


class Method(models.TextChoices):
    MEETING = "meeting", "议事会"
    SIGNATURES = "signatures", "签名表"
    OWNERS_VOTE = "owners_vote", "业主共同决定"


class Matter(models.TextChoices):
    """What residents are asked about: it decides which fractions hold (民法典 278)."""

    SMALL = "small", "小修小补（不动用维修资金）"
    USE_FUND = "use_fund", "使用维修资金"
    RAISE_FUND = "raise_fund", "筹集维修资金"
    REBUILD = "rebuild", "改建、重建"
    CHANGE_USE = "change_use", "改变共有部分用途"
