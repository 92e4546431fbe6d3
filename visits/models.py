"""Rules that make duties, and the visits and arrivals that settle them."""

from __future__ import annotations

from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from baibuting.common.plain_text import plain_text
from buildings.models import Place
from buildings.scope import GuardedQuerySet
from cadres.choices import Post
from cadres.models import Cadre
from duties.choices import Cadence
from duties.models import Duty, DutyClock
from duties.versioned import VersionedRule
from residents.models import CareCategory, CareRecord, Resident
from visits.choices import CADENCES, PERIODS, IncidentKind, Method, VisitOrigin
from visits.sameness import Telling, telling
from visits.visitors import NAME_ONLY, NUMBER_IN_DATABASE, is_visitor_name


class VisitRule(VersionedRule):
    """One version of how often a category must be visited; its ladder counts days after the due date.

    `methods` lists the methods that count (empty: all). Version 0 is the shipped proposal that held before a community
    made its first; `spread_days` over how many days the rounds that the change dates are spread.
    """

    subject = ("category",)
    ladder_unit = "after_days"

    category = models.ForeignKey(
        CareCategory, verbose_name="类别", on_delete=models.PROTECT, related_name="rules"
    )
    cadence = models.CharField("频次方式", max_length=10, choices=CADENCES)
    every_days = models.PositiveSmallIntegerField(
        "间隔天数", null=True, blank=True, help_text="滚动时填写，如：7 表示上次走访后 7 天内再访"
    )
    period = models.CharField("周期", max_length=10, choices=PERIODS, blank=True, default="")
    times = models.PositiveSmallIntegerField(
        "周期内次数", null=True, blank=True, help_text="按周期时填写，如：2"
    )
    first_within_days = models.PositiveSmallIntegerField(
        "首访期限（天）", help_text="纳入后几天内必须首访，如：3"
    )
    methods = models.JSONField("有效走访方式", default=list, blank=True, help_text="不选表示都算")
    shift_to_working_day = models.BooleanField("遇休息日顺延", default=False)
    accountable_post = models.CharField(
        "责任岗位", max_length=30, choices=Post.choices, default=Post.BUILDING_HEAD
    )
    spread_days = models.PositiveSmallIntegerField("分摊天数", default=0, db_default=0)

    class Meta:
        verbose_name = "走访规则"
        verbose_name_plural = "走访规则"
        ordering = ["community", "category__position", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "category", "version"], name="visits_visitrule_version_unique"
            ),
            models.CheckConstraint(
                # null > 0 is unknown, and a check accepts the unknown
                condition=Q(
                    cadence=Cadence.ROLLING, every_days__isnull=False, every_days__gt=0, period="", times=None
                )
                | (
                    Q(cadence=Cadence.CALENDAR, every_days=None, times__isnull=False, times__gt=0)
                    & ~Q(period="")
                ),
                name="visits_visitrule_cadence_complete",
                violation_error_message="滚动规则请填间隔天数；按周期的规则请填周期和次数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category.label} 第 {self.version} 版"


class IncidentRule(VersionedRule):
    """One version of which posts must come to a kind of incident, and within how many hours.

    Its ladder counts hours after the deadline.
    """

    subject = ("kind",)
    ladder_unit = "after_hours"

    kind = models.CharField("事件类别", max_length=20, choices=IncidentKind.choices)
    required_posts = models.JSONField("必到岗位", default=list)
    arrive_within_hours = models.PositiveSmallIntegerField("到场时限（小时）", help_text="如：2")

    class Meta:
        verbose_name = "必到规则"
        verbose_name_plural = "必到规则"
        ordering = ["community", "kind", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "kind", "version"], name="visits_incidentrule_version_unique"
            ),
            models.CheckConstraint(
                condition=Q(arrive_within_hours__gt=0), name="visits_incidentrule_hours_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} 第 {self.version} 版"


class FirstDue(models.Model):
    """The day that spreading gave a care record's starting round; it holds where the round's own date had passed.

    `counts_from` is the day from which the record counts, that of the community or of a later import. All records of
    a person have one day. See docs/adr/0108.
    """

    care_record = models.OneToOneField(
        CareRecord, verbose_name="必访对象", on_delete=models.CASCADE, related_name="first_due"
    )
    counts_from = models.DateField("起算日期")
    due_on = models.DateField("首次应办日期")
    created_at = models.DateTimeField("排定时间")
    created_by = models.ForeignKey(
        User, verbose_name="排定人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    place_lookup = "care_record__building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "首次应办日期"
        verbose_name_plural = "首次应办日期"
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gte=F("counts_from")), name="visits_firstdue_not_before_it_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"首次应办 {self.due_on:%Y-%m-%d}"


class RuleDue(models.Model):
    """The day that spreading gave a care record for a change of rule; it holds where the change dates its round.

    All records of a person have one day. See docs/adr/0130.
    """

    care_record = models.ForeignKey(
        CareRecord, verbose_name="必访对象", on_delete=models.CASCADE, related_name="rule_dues"
    )
    rule = models.ForeignKey(VisitRule, verbose_name="规则", on_delete=models.PROTECT, related_name="dues")
    due_on = models.DateField("应办日期")

    place_lookup = "care_record__building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "规则变更后的应办日期"
        verbose_name_plural = "规则变更后的应办日期"
        constraints = [
            models.UniqueConstraint(fields=["care_record", "rule"], name="visits_ruledue_once"),
        ]

    def __str__(self) -> str:
        return f"规则变更后应办 {self.due_on:%Y-%m-%d}"


class SpecialDay(models.Model):
    """A day off or a make-up working day the office enters over the public calendar."""

    day = models.DateField("日期", unique=True)
    is_working = models.BooleanField("上班", help_text="勾选表示调休上班，不勾选表示放假")
    name = models.CharField("名称", max_length=30, blank=True, help_text="如：国庆节调休")

    class Meta:
        verbose_name = "放假与调休"
        verbose_name_plural = "放假与调休"
        ordering = ["-day"]
        constraints = [*plain_text("name")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {'上班' if self.is_working else '放假'}"


class Visit(models.Model):
    """A visit or call to a resident. A mistaken one is voided, never deleted; its replacement `corrects` it.

    `visited_at` is when it took place (local midnight with `has_time` false when only the day is known), `received_at`
    when the system got it. `visitor_name` is a name and nothing else: it is not sealed.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    building = models.ForeignKey(
        Place, verbose_name="楼栋", editable=False, on_delete=models.PROTECT, related_name="visits"
    )
    resident = models.ForeignKey(
        Resident, verbose_name="走访对象", on_delete=models.PROTECT, related_name="visits"
    )
    visited_at = models.DateTimeField("走访时间")
    has_time = models.BooleanField("记录了钟点", default=True, editable=False)
    received_at = models.DateTimeField("录入时间", editable=False)
    method = models.CharField("走访方式", max_length=10, choices=Method.choices, default=Method.HOME)
    seen = models.BooleanField("见到本人", default=True)
    visitor = models.ForeignKey(
        Cadre, verbose_name="走访人", null=True, blank=True, on_delete=models.PROTECT, related_name="visits"
    )
    visitor_post = models.CharField(
        "走访人岗位", max_length=30, choices=Post.choices, blank=True, default="", editable=False
    )
    visitor_name = models.CharField("走访人（原文）", max_length=50, blank=True, default="")
    notes = SealedTextField("情况记录", blank=True)
    request = SealedTextField("诉求", blank=True)
    origin = models.CharField("来源", max_length=10, choices=VisitOrigin.choices, editable=False)
    recorded_by = models.ForeignKey(
        User, verbose_name="录入人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    voided_at = models.DateTimeField("作废时间", null=True, editable=False)
    void_reason = SealedTextField("作废原因", max_length=100, blank=True, editable=False)
    corrects = models.OneToOneField(
        "self",
        verbose_name="更正自",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="corrected_by",
    )

    place_lookup = "building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "走访"
        verbose_name_plural = "走访"
        ordering = ["-visited_at", "-id"]
        constraints = [
            *plain_text("visitor_name"),
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason=b"")
                | (Q(voided_at__isnull=False) & ~Q(void_reason=b"")),
                name="visits_visit_void_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(visited_at__lte=F("received_at")),
                name="visits_visit_not_in_future",
                violation_error_message="走访时间不能晚于现在。",
            ),
            models.CheckConstraint(
                condition=~Q(visitor_name__regex=NUMBER_IN_DATABASE),
                name="visits_visit_visitor_has_no_number",
                violation_error_message=NAME_ONLY,
            ),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(corrects=F("id")), name="visits_visit_corrects_another"
            ),
        ]
        indexes = [
            # the clock: a resident's visits that count
            models.Index(
                fields=["resident", "visited_at"],
                condition=Q(voided_at=None),
                name="visits_visit_of_resident",
            ),
            # lists, newest first
            models.Index(fields=["community", "-visited_at", "-id"], name="visits_visit_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.resident} {self.visited_at:%Y-%m-%d}"

    def clean(self) -> None:
        """Raise ValidationError where the visitor's name is not a name."""
        super().clean()
        if not is_visitor_name(self.visitor_name):
            raise ValidationError({"visitor_name": NAME_ONLY})

    @property
    def visitor_shown(self) -> str:
        """Return the visitor's name for lists and exports: the cadre's, else the name that was entered."""
        return self.visitor.name if self.visitor else self.visitor_name

    @property
    def telling(self) -> Telling:
        """Return the visit in the form in which tellings are compared; decrypts what is sealed."""
        return telling(
            visited_at=self.visited_at,
            has_time=self.has_time,
            method=self.method,
            seen=self.seen,
            visitor=self.visitor_shown,
            notes=self.notes,
            request=self.request,
        )


class Incident(models.Model):
    """One of the 三个必到: it opens an arrival duty for every post its rule requires."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    building = models.ForeignKey(
        Place, verbose_name="楼栋", on_delete=models.PROTECT, related_name="incidents"
    )
    kind = models.CharField("类别", max_length=20, choices=IncidentKind.choices)
    rule = models.ForeignKey(
        IncidentRule, verbose_name="规则", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    clock = models.OneToOneField(
        DutyClock, verbose_name="计时", editable=False, on_delete=models.PROTECT, related_name="incident"
    )
    occurred_at = models.DateTimeField("发生时间")
    reported_at = models.DateTimeField("报告时间", editable=False)
    reported_by = models.ForeignKey(
        User, verbose_name="报告人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    summary = SealedTextField("情况", blank=True, help_text="写清什么事、在哪里，如：2 单元电梯口水管爆裂")
    result = SealedTextField("处理结果", blank=True)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True, editable=False)

    place_lookup = "building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "必到事件"
        verbose_name_plural = "必到事件"
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(occurred_at__lte=F("reported_at")),
                name="visits_incident_not_in_future",
                violation_error_message="发生时间不能晚于现在。",
            ),
        ]
        indexes = [
            # what is running now
            models.Index(
                fields=["community", "building"], condition=Q(closed_at=None), name="visits_incident_running"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.building} {self.get_kind_display()}"


class Arrival(models.Model):
    """The arrival of a post at an incident; settles that post's arrival duty."""

    incident = models.ForeignKey(
        Incident, verbose_name="事件", on_delete=models.PROTECT, related_name="arrivals"
    )
    duty = models.OneToOneField(
        Duty, verbose_name="责任", null=True, on_delete=models.PROTECT, related_name="arrival"
    )
    post = models.CharField("岗位", max_length=30, choices=Post.choices)
    cadre = models.ForeignKey(
        Cadre, verbose_name="到场人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    arrived_at = models.DateTimeField("到场时间")
    received_at = models.DateTimeField("录入时间")
    recorded_by = models.ForeignKey(
        User, verbose_name="录入人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    place_lookup = "incident__building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "到场"
        verbose_name_plural = "到场"
        ordering = ["arrived_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "post"],
                name="visits_arrival_once_a_post",
                violation_error_message="该岗位已签到，无需重复。",
            ),
            models.CheckConstraint(
                condition=Q(arrived_at__lte=F("received_at")), name="visits_arrival_not_in_future"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_post_display()} {self.arrived_at:%Y-%m-%d %H:%M}"
