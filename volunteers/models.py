"""Volunteer teams, and 下沉党员 paired with a building (荣誉楼栋长 · 楼栋拍档)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baibuting.common.persons import Person
from baibuting.common.plain_text import plain_text
from baibuting.common.spans import Span
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import ScopedQuerySet, SpannedQuerySet
from cadres.choices import BUILDING_POSTS
from cadres.models import Appointment, Cadre
from volunteers.choices import TeamKind

MEMBER = Span("joined_on", "left_on")
PAIRED = Span()


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


class Volunteer(Person):
    """A person who serves. A volunteer who is a cadre as well has `cadre`, and then the phone is the cadre's alone.

    In such a row `name` and `name_initials` are copies to sort and search by, kept by `volunteers_follow_cadres`.
    """

    looked_up_as = "volunteer"

    community = models.ForeignKey(
        Place, verbose_name="社区", on_delete=models.PROTECT, related_name="volunteers"
    )
    is_party_member = models.BooleanField("党员", default=False)
    employer = models.CharField(
        "所在单位", max_length=100, blank=True, help_text="下沉党员填写派出单位，如：江岸区某单位党支部"
    )
    cadre = models.OneToOneField(
        Cadre,
        verbose_name="骨干",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="volunteer",
    )

    place_lookup = "community"
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
            models.CheckConstraint(
                condition=Q(cadre=None) | Q(phone=b"", phone_digest=None),
                name="volunteers_volunteer_phone_is_the_cadres",
            ),
            *plain_text("name", "name_initials", "employer"),
        ]
        indexes = [
            # admin search by pinyin initials
            models.Index(fields=["community", "name_initials"], name="volunteers_initials"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_phone(self) -> str:
        """Return the person's phone: the cadre's where the volunteer is one."""
        return self.cadre.phone if self.cadre else self.phone


class TeamMembership(models.Model):
    """A volunteer serves in a team from `joined_on` through `left_on`, both days included."""

    team = models.ForeignKey(Team, verbose_name="队伍", on_delete=models.CASCADE, related_name="memberships")
    volunteer = models.ForeignKey(
        Volunteer, verbose_name="志愿者", on_delete=models.CASCADE, related_name="memberships"
    )
    joined_on = models.DateField("加入日期")
    left_on = models.DateField("退出日期", null=True, blank=True)

    place_lookup = "team__place"
    span = MEMBER
    objects = SpannedQuerySet.as_manager()

    class Meta:
        verbose_name = "队员"
        verbose_name_plural = "队员"
        ordering = ["team__place__sort_key", "team", "joined_on", "id"]
        constraints = [
            MEMBER.one_unended(
                ["team", "volunteer"], name="volunteers_membership_once", message="此人已在队中。"
            ),
            MEMBER.ends_after_start(
                "volunteers_membership_leaves_after_joining", message="退出日期不能早于加入日期。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.volunteer}（{self.team}）"


class Pairing(models.Model):
    """楼栋拍档: a 下沉党员 serves a building as 荣誉楼栋长 beside its 两长四员, from `started_on` on.

    `partner` is the appointment they are paired with (usually the 楼栋长), empty for the whole building.
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
    span = PAIRED
    objects = SpannedQuerySet.as_manager()

    class Meta:
        verbose_name = "楼栋拍档"
        verbose_name_plural = "楼栋拍档（荣誉楼栋长）"
        ordering = ["building__sort_key", "-started_on"]
        constraints = [
            PAIRED.one_unended(
                ["building", "volunteer"],
                name="volunteers_pairing_once",
                message="该下沉党员已与本楼栋结对。",
            ),
            PAIRED.ends_after_start(
                "volunteers_pairing_ends_after_start", message="结束日期不能早于开始日期。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.building} {self.volunteer}"
