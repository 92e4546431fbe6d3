"""Volunteer teams, and 下沉党员 paired with a building (荣誉楼栋长 · 楼栋拍档)."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from baibuting.common.fields import SealedTextField
from baibuting.common.plain_text import plain_text
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from cadres.choices import BUILDING_POSTS
from cadres.models import Appointment, Cadre
from volunteers.choices import TeamKind
from volunteers.rules import phone_digest


class Team(models.Model):
    """A volunteer team of a place; its members are cadres or other volunteers of the community."""

    place = models.ForeignKey(Place, verbose_name="所属范围", on_delete=models.PROTECT, related_name="teams")
    name = models.CharField("队名", max_length=50, help_text="如：怡康苑银发巡逻队")
    kind = models.CharField("类型", max_length=20, choices=TeamKind.choices)
    leader = models.ForeignKey(
        Cadre, verbose_name="队长", null=True, blank=True, on_delete=models.PROTECT, related_name="led_teams"
    )
    founded_on = models.DateField("成立日期", null=True, blank=True)
    dissolved_on = models.DateField("解散日期", null=True, blank=True)

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "志愿者队伍"
        verbose_name_plural = "志愿者队伍"
        ordering = ["place__sort_key", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "name"],
                name="volunteers_team_name_unique",
                violation_error_message="该范围已有同名队伍。",
            ),
            *plain_text("name"),
        ]

    def __str__(self) -> str:
        return self.name


class Volunteer(models.Model):
    """A person who serves in teams without holding a post."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", on_delete=models.PROTECT, related_name="volunteers"
    )
    name = models.CharField("姓名", max_length=50)
    name_initials = models.CharField("拼音首字母", max_length=50, blank=True, editable=False)
    phone = SealedTextField("联系电话", blank=True)
    phone_digest = models.BinaryField(max_length=32, null=True, editable=False)
    is_party_member = models.BooleanField("党员", default=False)
    employer = models.CharField(
        "所在单位", max_length=100, blank=True, help_text="下沉党员填写派出单位，如：江岸区某单位党支部"
    )

    place_lookup = "community"
    digests = {"phone_digest": lambda volunteer: phone_digest(volunteer.phone)}
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "志愿者"
        verbose_name_plural = "志愿者与下沉党员"
        ordering = ["community", "name_initials", "id"]
        constraints = [
            # the same name with the same phone is the same person; a missing phone never identifies
            models.UniqueConstraint(
                fields=["community", "name", "phone_digest"],
                condition=Q(phone_digest__isnull=False),
                name="volunteers_volunteer_name_phone_unique",
                violation_error_message="已有同名同电话的志愿者，请直接选用。",
            ),
            *plain_text("name", "name_initials", "employer"),
        ]
        indexes = [
            # admin search by pinyin initials
            models.Index(fields=["community", "name_initials"], name="volunteers_initials"),
        ]

    def __str__(self) -> str:
        return self.name


class TeamMembership(models.Model):
    """A volunteer serves in a team from `joined_on` through `left_on`, both days included."""

    team = models.ForeignKey(Team, verbose_name="队伍", on_delete=models.CASCADE, related_name="memberships")
    volunteer = models.ForeignKey(
        Volunteer, verbose_name="志愿者", on_delete=models.CASCADE, related_name="memberships"
    )
    joined_on = models.DateField("加入日期")
    left_on = models.DateField("退出日期", null=True, blank=True)

    place_lookup = "team__place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "队员"
        verbose_name_plural = "队员"
        ordering = ["team__place__sort_key", "team", "joined_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "volunteer"],
                condition=Q(left_on=None),
                name="volunteers_membership_once",
                violation_error_message="此人已在队中。",
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")),
                name="volunteers_membership_leaves_after_joining",
                violation_error_message="退出日期不能早于加入日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.volunteer}（{self.team}）"


class Pairing(models.Model):
    """楼栋拍档: a 下沉党员 serves a building as 荣誉楼栋长 beside its 两长四员, from `started_on` on.

    `partner` is the appointment of the post he works with (usually the 楼栋长), empty for the whole building.
    """

    building = models.ForeignKey(
        Place,
        verbose_name="楼栋",
        on_delete=models.PROTECT,
        related_name="pairings",
        limit_choices_to={"level": Level.BUILDING, "closed_on": None},
    )
    volunteer = models.ForeignKey(
        Volunteer,
        verbose_name="下沉党员",
        on_delete=models.PROTECT,
        related_name="pairings",
        limit_choices_to={"is_party_member": True},
    )
    partner = models.ForeignKey(
        Appointment,
        verbose_name="拍档",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="pairings",
        limit_choices_to={"post__in": BUILDING_POSTS, "ended_on": None},
        help_text="本楼栋两长四员之一，可不填",
    )
    started_on = models.DateField("开始日期")
    ended_on = models.DateField("结束日期", null=True, blank=True)

    place_lookup = "building"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "楼栋拍档"
        verbose_name_plural = "楼栋拍档（荣誉楼栋长）"
        ordering = ["building__sort_key", "-started_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["building", "volunteer"],
                condition=Q(ended_on=None),
                name="volunteers_pairing_once",
                violation_error_message="该下沉党员已与本楼栋结对。",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="volunteers_pairing_ends_after_start",
                violation_error_message="结束日期不能早于开始日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.building} {self.volunteer}"
