"""Concerns (诉求): what somebody asks the office for, who has it, and what became of it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from buildings.models import Place
from buildings.scope import GuardedQuerySet, ScopedQuerySet
from cadres.models import Appointment, Cadre
from concerns.choices import CLOSED, RUNNING, Origin, State, Step, Subject, Urgency
from concerns.rules import MOST_DAYS
from duties.models import DutyClock
from residents.models import Resident
from visits.models import Incident, Visit


class ConcernTerms(models.Model):
    """Within how many days a community closes its concerns; without a row the proposal holds (建议值)."""

    community = models.OneToOneField(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="concern_terms"
    )
    normal_days = models.PositiveSmallIntegerField("一般的诉求（天）", help_text="登记后几天内办结，如：7")
    urgent_days = models.PositiveSmallIntegerField("紧急的诉求（天）", help_text="如：1")

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "诉求办理期限"
        verbose_name_plural = "诉求办理期限"
        constraints = [
            models.CheckConstraint(
                condition=Q(normal_days__gte=1, normal_days__lte=MOST_DAYS)
                & Q(urgent_days__gte=1, urgent_days__lte=MOST_DAYS),
                name="concerns_terms_in_range",
                violation_error_message=f"期限请填 1 到 {MOST_DAYS} 天。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.community} 诉求办理期限"


class Concern(models.Model):
    """Something that somebody asks for at a building, with one clock until it is closed.

    `appointment` has it; None is the office. `days` are those of the terms when it was opened. `words` were said when
    it was opened, `answer` when it was closed, for whoever reported it to read. `resident` is the person it is about,
    `visit` the visit at which it was said, `incident` what it became.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    building = models.ForeignKey(
        Place, verbose_name="楼栋", editable=False, on_delete=models.PROTECT, related_name="concerns"
    )
    resident = models.ForeignKey(
        Resident,
        verbose_name="居民",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="concerns",
    )
    visit = models.OneToOneField(
        Visit,
        verbose_name="走访",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="concern",
    )
    incident = models.OneToOneField(
        Incident,
        verbose_name="必到事件",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="concern",
    )
    clock = models.OneToOneField(
        DutyClock, verbose_name="计时", editable=False, on_delete=models.PROTECT, related_name="concern"
    )
    subject = models.CharField("类别", max_length=20, choices=Subject.choices)
    urgency = models.CharField("缓急", max_length=10, choices=Urgency.choices, default=Urgency.NORMAL)
    days = models.PositiveSmallIntegerField("办理期限（天）", editable=False)
    due_on = models.DateField("应办日期", editable=False)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    appointment = models.ForeignKey(
        Appointment,
        verbose_name="经办",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="concerns",
    )
    words = SealedTextField("诉求内容", blank=True)
    answer = SealedTextField("办理结果", blank=True)
    origin = models.CharField("来源", max_length=10, choices=Origin.choices, editable=False)
    reported_at = models.DateTimeField("登记时间", editable=False)
    reported_by = models.ForeignKey(
        User, verbose_name="登记人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    reporter = models.ForeignKey(
        Cadre, verbose_name="反映人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField("办结时间", null=True, editable=False)

    place_lookup = "building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "诉求"
        verbose_name_plural = "诉求"
        ordering = ["-reported_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RUNNING, closed_at=None, answer=b"")
                # what was written is emptied after some years, both at once
                | (Q(state__in=CLOSED, closed_at__isnull=False) & (~Q(answer=b"") | Q(words=b""))),
                name="concerns_concern_closed_with_words",
            ),
            models.CheckConstraint(
                condition=~Q(words=b"") | Q(closed_at__isnull=False), name="concerns_concern_says_something"
            ),
        ]
        indexes = [
            # the box: what is running, the most pressing first
            models.Index(
                fields=["community", "due_on", "id"],
                condition=Q(closed_at=None),
                name="concerns_concern_running",
            ),
            # lists, newest first
            models.Index(fields=["community", "-reported_at", "-id"], name="concerns_concern_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.building} {self.get_subject_display()}"

    @property
    def is_closed(self) -> bool:
        """Return whether it has been closed."""
        return self.closed_at is not None


class ConcernEvent(models.Model):
    """One step of a concern: when, who, and what was written to whoever has it next."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    concern = models.ForeignKey(
        Concern, verbose_name="诉求", editable=False, on_delete=models.PROTECT, related_name="events"
    )
    step = models.CharField("经过", max_length=10, choices=Step.choices, editable=False)
    at = models.DateTimeField("时间", editable=False)
    by = models.ForeignKey(
        User, verbose_name="办理人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    appointment = models.ForeignKey(
        Appointment,
        verbose_name="经办",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    words = SealedTextField("说明", blank=True, editable=False)

    place_lookup = "concern__building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "诉求经过"
        verbose_name_plural = "诉求经过"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.at:%Y-%m-%d %H:%M}"
