"""Meetings, lectures and activities, and who was there."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from baibuting.common.plain_text import plain_text
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from cadres.models import Cadre, PartyOrganisation
from gatherings.choices import Kind, State, Way
from gatherings.rules import LONGEST
from volunteers.models import Team, Volunteer


class Gathering(models.Model):
    """People come together at a time: planned, then held (somebody called the roll) or cancelled.

    `others` were there without being registered anywhere. What `is_open` stands on the public page of its buildings.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    place = models.ForeignKey(
        Place, verbose_name="所属范围", on_delete=models.PROTECT, related_name="gatherings"
    )
    kind = models.CharField("类型", max_length=20, choices=Kind.choices)
    title = models.CharField("名称", max_length=60, help_text="如：三月政治学习")
    venue = models.CharField("地点", max_length=60, help_text="如：居委会二楼会议室")
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    host = models.ForeignKey(
        Cadre, verbose_name="主持人", null=True, blank=True, on_delete=models.PROTECT, related_name="hosted"
    )
    team = models.ForeignKey(
        Team, verbose_name="队伍", null=True, blank=True, on_delete=models.PROTECT, related_name="gatherings"
    )
    organisation = models.ForeignKey(
        PartyOrganisation,
        verbose_name="党组织",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="gatherings",
    )
    is_open = models.BooleanField("对居民公开", default=False, help_text="勾选后，楼栋公示页会列出时间地点")
    state = models.CharField(
        "状态", max_length=10, choices=State.choices, default=State.PLANNED, editable=False
    )
    others = models.PositiveSmallIntegerField("另有人数", default=0, editable=False)
    held_recorded_at = models.DateTimeField("点名时间", null=True, editable=False)
    cancelled_reason = models.CharField("取消原因", max_length=100, blank=True, default="", editable=False)
    created_by = models.ForeignKey(
        User, verbose_name="安排人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField("安排时间", editable=False)

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "活动"
        verbose_name_plural = "活动与培训"
        ordering = ["-starts_at", "-id"]
        constraints = [
            *plain_text("title", "venue", "cancelled_reason"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + LONGEST),
                name="gatherings_gathering_ends_after_start",
                violation_error_message="结束时间要晚于开始时间，并且不超过 12 小时。",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.HELD) | Q(held_recorded_at__gte=F("starts_at")),
                name="gatherings_gathering_held_after_start",
                violation_error_message="活动还没有开始，请在开始以后点名。",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CANCELLED) ^ Q(cancelled_reason=""),
                name="gatherings_gathering_cancelled_has_reason",
            ),
        ]
        indexes = [
            # lists, newest first
            models.Index(fields=["community", "-starts_at", "-id"], name="gatherings_by_day"),
            # what settles a duty
            models.Index(fields=["community", "kind"], condition=Q(state=State.HELD), name="gatherings_held"),
        ]

    def __str__(self) -> str:
        return self.title


class Attendance(models.Model):
    """A person has signed up for a gathering, was there, or was not; `was_there` is empty before the roll."""

    gathering = models.ForeignKey(
        Gathering, verbose_name="活动", on_delete=models.PROTECT, related_name="attendances"
    )
    volunteer = models.ForeignKey(
        Volunteer, verbose_name="参加人", on_delete=models.PROTECT, related_name="attendances"
    )
    signed_up_at = models.DateTimeField("报名时间", null=True)
    was_there = models.BooleanField("到场", null=True)
    way = models.CharField("依据", max_length=10, choices=Way.choices, blank=True, default="")
    spoke = models.BooleanField("上台发言", default=False)
    recorded_at = models.DateTimeField("登记时间", null=True)
    recorded_by = models.ForeignKey(
        User, verbose_name="登记人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    place_lookup = "gathering__place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "参加"
        verbose_name_plural = "报名与点名"
        ordering = ["gathering", "volunteer__name_initials", "id"]
        constraints = [
            models.UniqueConstraint(fields=["gathering", "volunteer"], name="gatherings_attendance_once"),
            models.CheckConstraint(
                condition=Q(was_there=None, recorded_at=None, way="")
                | Q(was_there__isnull=False, recorded_at__isnull=False),
                name="gatherings_attendance_recorded",
            ),
            models.CheckConstraint(
                condition=Q(spoke=False) | Q(was_there=True, was_there__isnull=False),
                name="gatherings_attendance_spoke_there",
            ),
        ]
        indexes = [
            # what somebody was at: trainings that settle a duty, hours of service
            models.Index(
                fields=["volunteer"], condition=Q(was_there=True), name="gatherings_attendance_there"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.volunteer} {self.gathering}"
