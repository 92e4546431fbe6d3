"""The place tree of a community and the official units above it."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from baibuting.common.plain_text import CODE, PlainText, plain_text
from buildings.choices import Level, UnitLevel
from buildings.rules import new_code
from buildings.scope import ScopedQuerySet


class AdministrativeUnit(models.Model):
    """An official unit above communities: a district, or one of its street-level units (statistical codes)."""

    code = models.CharField("统计用区划代码", max_length=12, unique=True, help_text="如：420102400")
    name = models.CharField("名称", max_length=50)
    level = models.CharField("级别", max_length=10, choices=UnitLevel.choices)
    parent = models.ForeignKey(
        "self", verbose_name="上级", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )

    class Meta:
        verbose_name = "行政区划"
        verbose_name_plural = "行政区划"
        ordering = ["code"]
        constraints = [PlainText(field="code", rule=CODE), *plain_text("name")]

    def __str__(self) -> str:
        return self.name


class PlaceQuerySet(ScopedQuerySet["Place"]):
    def below(self, place: Place) -> PlaceQuerySet:
        """Return the place itself and everything under it."""
        return self.filter(path__startswith=place.path)

    def active(self) -> PlaceQuerySet:
        """Return places in use."""
        return self.filter(closed_on=None)

    def standing_on(self, day: date) -> PlaceQuerySet:
        """Return places in use at the end of a day. One closed that day no longer is."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=day))


class Place(models.Model):
    """One node of community → 苑区 → 片区 → 楼栋. Its id stays when it is moved.

    `path` holds the ids from the community down to itself ("/1/5/17/"), `community` the first of them
    (itself for a community); both are written by `buildings.services` alone.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    level = models.PositiveSmallIntegerField("级别", choices=Level.choices)
    parent = models.ForeignKey(
        "self",
        verbose_name="上级",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        limit_choices_to={"level__lt": Level.BUILDING, "closed_on": None},
    )
    community = models.ForeignKey(
        "self", verbose_name="所属社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField("名称", max_length=50, help_text="如：怡和苑北区、第一片区、504栋")
    code = models.CharField(
        "代码", max_length=20, blank=True, help_text="有统计或网格代码时填写，如：420102400"
    )
    unit = models.ForeignKey(
        AdministrativeUnit,
        verbose_name="所属街道",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="communities",
        limit_choices_to={"level": UnitLevel.STREET},
        help_text="只有社区填写，如：百步亭花园",
    )
    path = models.CharField("路径", max_length=80, editable=False)
    sort_key = models.CharField("排序", max_length=80, editable=False, default="")
    # depth-first order of a community, its areas and its buildings; `rules.sort_path`
    sort_path = models.CharField("树中次序", max_length=400, editable=False, db_default="")
    entrance_count = models.PositiveSmallIntegerField("单元数", null=True, blank=True)
    floor_count = models.PositiveSmallIntegerField("层数", null=True, blank=True)
    household_count = models.PositiveIntegerField("户数", null=True, blank=True)
    remark = SealedTextField("备注", max_length=200, blank=True)
    closed_on = models.DateField("停用日期", null=True, blank=True, help_text="拆除或撤并时填写")

    place_lookup = ""
    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = "楼栋与区域"
        verbose_name_plural = "楼栋与区域"
        ordering = ["sort_key", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level=Level.COMMUNITY, parent=None)
                | (Q(level__gt=Level.COMMUNITY) & Q(parent__isnull=False)),
                name="buildings_place_parent_by_level",
            ),
            models.UniqueConstraint(
                fields=["parent", "name"],
                name="buildings_place_name_unique",
                violation_error_message="同一上级下已有同名的区域或楼栋。",
            ),
            models.UniqueConstraint(
                fields=["name"], condition=Q(parent=None), name="buildings_community_name_unique"
            ),
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code=""), name="buildings_place_code_unique"
            ),
            PlainText(field="code", rule=CODE),
            *plain_text("name"),
        ]
        indexes = [
            # PlaceQuerySet.below and Scope: path LIKE '/1/5/%'
            models.Index(fields=["path"], opclasses=["text_pattern_ops"], name="buildings_place_path_prefix"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def full_name(self) -> str:
        """Return its name inside its community: "怡和苑北区 第一片区 504栋". Needs parent__parent loaded."""
        names = [self.name]
        above = self.parent
        while above is not None and above.level > Level.COMMUNITY:
            names.insert(0, above.name)
            above = above.parent if above.level > Level.QUARTER else None
        return " ".join(names)


class PlaceMove(models.Model):
    """A move of a place to another parent on a day; the former parent stays on record."""

    place = models.ForeignKey(
        Place, verbose_name="楼栋或区域", on_delete=models.PROTECT, related_name="moves"
    )
    from_parent = models.ForeignKey(Place, verbose_name="原上级", on_delete=models.PROTECT, related_name="+")
    to_parent = models.ForeignKey(Place, verbose_name="新上级", on_delete=models.PROTECT, related_name="+")
    moved_on = models.DateField("调整日期")
    moved_by = models.ForeignKey(
        User, verbose_name="操作人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "隶属调整"
        verbose_name_plural = "隶属调整"
        ordering = ["-moved_on", "-id"]

    def __str__(self) -> str:
        return f"{self.place}：{self.from_parent} → {self.to_parent}"


class PlaceGrant(models.Model):
    """An account's grant to work for a place without a post in it (a clerk of the community office)."""

    user = models.ForeignKey(User, verbose_name="账号", on_delete=models.CASCADE, related_name="place_grants")
    place = models.ForeignKey(Place, verbose_name="范围", on_delete=models.CASCADE, related_name="grants")
    until_on = models.DateField("截止日期", null=True, blank=True, help_text="长期有效可不填")

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "工作范围"
        verbose_name_plural = "工作范围"
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="buildings_placegrant_unique")]

    def __str__(self) -> str:
        return f"{self.user}：{self.place}"


class EmergencyAccess(models.Model):
    """紧急查看: a user may view a place outside their area until `until_at`, for a stated emergency.

    It ends by itself, or sooner at `ended_at`. It allows to view and call, never to write; see `Scope.emergency`.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    user = models.ForeignKey(
        User, verbose_name="账号", on_delete=models.PROTECT, related_name="emergency_accesses"
    )
    place = models.ForeignKey(
        Place, verbose_name="楼栋", on_delete=models.PROTECT, related_name="emergency_accesses"
    )
    reason = SealedTextField("原因", max_length=200)
    started_at = models.DateTimeField("开始时间")
    until_at = models.DateTimeField("截止时间")
    ended_at = models.DateTimeField("提前结束", null=True)

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "紧急查看"
        verbose_name_plural = "紧急查看"
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_at__gt=F("started_at")), name="buildings_emergency_until_after_start"
            ),
        ]
        indexes = [
            # the scope of a request: emergency access in force for this account
            models.Index(
                fields=["user", "until_at"], condition=Q(ended_at=None), name="buildings_emergency_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} 紧急查看 {self.place}"


class PlaceCode(models.Model):
    """The public address of a place, /b/<code>/; its public pages are below it.

    Once it is renewed, the old one leads nowhere.
    """

    place = models.OneToOneField(
        Place,
        verbose_name="地点",
        on_delete=models.PROTECT,
        related_name="public_code",
        db_column="building_id",  # the table was created for the boards of buildings
    )
    code = models.CharField("公示码", max_length=20, unique=True, default=new_code)
    made_at = models.DateTimeField("生成时间")

    place_lookup = "place"
    formerly = ("boards.boardcode",)  # the model's former label, in older rows of the trail
    objects = ScopedQuerySet.as_manager()

    class Meta:
        db_table = "boards_boardcode"
        verbose_name = "公示码"
        verbose_name_plural = "公示码"

    def __str__(self) -> str:
        return f"{self.place}公示码"


class Cap(models.Model):
    """A count of requests in a minute; see `buildings.caps`. `key` names a place or a form, never a person."""

    key = models.CharField("事项", max_length=60)
    minute = models.DateTimeField("分钟")
    count = models.PositiveIntegerField("次数", default=0)

    class Meta:
        verbose_name = "次数上限"
        verbose_name_plural = "次数上限"
        constraints = [
            models.UniqueConstraint(fields=["key", "minute"], name="buildings_cap_once"),
            *plain_text("key"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.minute:%H:%M}"
