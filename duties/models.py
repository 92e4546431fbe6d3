"""Duties, what happened to them, and the clock that is swept."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from buildings.models import Place
from buildings.scope import ScopedQuerySet
from cadres.choices import Post
from cadres.models import Cadre
from duties.choices import RUNNING, DutyKind, EventKind, Outcome, Rung, Source
from residents.models import CareCategory, CareRecord


class DutyClock(models.Model):
    """One running clock: a care record's, or an incident's. It is what the sweep claims and everybody locks.

    `next_check_at` is the earliest moment at which anything about its duties can change by time alone; null
    means never again unless a new fact arrives. See docs/adr/0001.
    """

    source = models.CharField("来源", max_length=10, choices=Source.choices)
    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    care_record = models.OneToOneField(
        CareRecord, verbose_name="必访对象", null=True, on_delete=models.PROTECT, related_name="clock"
    )
    next_check_at = models.DateTimeField("下次检查", null=True)
    failures = models.PositiveSmallIntegerField("连续失败次数", default=0)
    last_failure = models.CharField("最近失败", max_length=100, blank=True, default="")

    class Meta:
        verbose_name = "计时"
        verbose_name_plural = "计时"
        constraints = [
            models.CheckConstraint(
                condition=Q(source=Source.CARE, care_record__isnull=False)
                | (~Q(source=Source.CARE) & Q(care_record=None)),
                name="duties_dutyclock_care_has_record",
            ),
        ]
        indexes = [
            # the sweep: clocks due by now, oldest first
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="duties_dutyclock_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()}计时 {self.pk}"


class Duty(models.Model):
    """One obligation with one clock: at `building`, the holder of `accountable_post` must act before `due_at`.

    Overdue begins at `due_at`: for a visit the midnight after `due_on`. `ladder` is the rule's ladder as it was
    agreed for this duty, `[[rung, hours after due_at], …]`. `basis` holds the plain facts its explanation is
    written from. Outcome, rung and next_check_at have one writer: `duties.services.duties_align`.
    """

    clock = models.ForeignKey(DutyClock, verbose_name="计时", on_delete=models.PROTECT, related_name="duties")
    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    building = models.ForeignKey(Place, verbose_name="楼栋", on_delete=models.PROTECT, related_name="duties")
    care_record = models.ForeignKey(
        CareRecord, verbose_name="必访对象", null=True, on_delete=models.PROTECT, related_name="duties"
    )
    category = models.ForeignKey(
        CareCategory, verbose_name="类别", null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField("种类", max_length=20, choices=DutyKind.choices)
    accountable_post = models.CharField("责任岗位", max_length=30, choices=Post.choices)
    opened_on = models.DateField("起算日期")
    due_on = models.DateField("应办日期")
    due_at = models.DateTimeField("逾期时刻")
    needed = models.PositiveSmallIntegerField("需走访次数", default=1)
    ladder = models.JSONField("升级步骤", default=list)
    basis = models.JSONField("依据", default=dict)
    outcome = models.CharField("状态", max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    rung = models.PositiveSmallIntegerField("级别", choices=Rung.choices, null=True)
    done_at = models.DateTimeField("完成时间", null=True)
    closed_at = models.DateTimeField("结束时间", null=True)
    next_check_at = models.DateTimeField("下次检查", null=True)
    created_at = models.DateTimeField("建立时间")

    place_lookup = "building"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "责任"
        verbose_name_plural = "责任"
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "kind", "opened_on"],
                condition=~Q(kind=DutyKind.ARRIVAL),
                name="duties_duty_round_unique",
            ),
            models.UniqueConstraint(
                fields=["clock", "accountable_post"],
                condition=Q(kind=DutyKind.ARRIVAL),
                name="duties_duty_arrival_unique",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=RUNNING, closed_at=None)
                | (~Q(outcome__in=RUNNING) & Q(closed_at__isnull=False, next_check_at=None)),
                name="duties_duty_closed_when_settled",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=[Outcome.IN_TIME, Outcome.LATE], done_at__isnull=False)
                | (~Q(outcome__in=[Outcome.IN_TIME, Outcome.LATE]) & Q(done_at=None)),
                name="duties_duty_done_when_settled",
            ),
        ]
        indexes = [
            # lists and counts of what is still to do: one community, one building
            models.Index(
                fields=["community", "building", "outcome", "due_at"],
                condition=Q(outcome__in=RUNNING),
                name="duties_duty_running",
            ),
            # lists by due date, cursor pages
            models.Index(fields=["community", "due_at", "id"], name="duties_duty_by_due"),
            # a person's story
            models.Index(fields=["care_record", "opened_on"], name="duties_duty_story"),
        ]

    def __str__(self) -> str:
        return f"{self.building} {self.get_kind_display()} {self.due_on:%Y-%m-%d}"


class DutyEvent(models.Model):
    """One thing that happened on the ladder. The row is the in-app notice; it is never changed or deleted.

    `rung` is the step of the ladder, `told_rung` the rung that was actually told: higher when the posts in
    `passed_over` (list of rungs) were vacant and uncovered. `fell_due_at` is when the step fell due, `recorded_at`
    when the system wrote it down.
    """

    duty = models.ForeignKey(Duty, verbose_name="责任", on_delete=models.PROTECT, related_name="events")
    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("类型", max_length=20, choices=EventKind.choices)
    rung = models.PositiveSmallIntegerField("步骤", choices=Rung.choices, null=True)
    told_rung = models.PositiveSmallIntegerField("知会级别", choices=Rung.choices, null=True)
    told_post = models.CharField("知会岗位", max_length=30, choices=Post.choices, blank=True, default="")
    told_cadre = models.ForeignKey(
        Cadre, verbose_name="知会对象", null=True, on_delete=models.PROTECT, related_name="notices"
    )
    passed_over = models.JSONField("空缺级别", default=list)
    fell_due_at = models.DateTimeField("应知会时间")
    recorded_at = models.DateTimeField("记录时间")
    detail = models.JSONField("说明", default=dict)

    place_lookup = "duty__building"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "督办记录"
        verbose_name_plural = "督办记录"
        ordering = ["fell_due_at", "id"]
        constraints = [
            # nothing is told twice
            models.UniqueConstraint(
                fields=["duty", "rung", "kind"], condition=Q(rung__isnull=False), name="duties_dutyevent_once"
            ),
        ]
        indexes = [
            # my notices, newest first
            models.Index(
                fields=["told_cadre", "-fell_due_at"],
                condition=Q(told_cadre__isnull=False),
                name="duties_dutyevent_mine",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.fell_due_at:%Y-%m-%d %H:%M}"


class NoticeSeen(models.Model):
    """Whoever was told has opened the duty; on a row of its own, because an event is never changed."""

    event = models.OneToOneField(
        DutyEvent, verbose_name="督办记录", on_delete=models.PROTECT, related_name="seen"
    )
    seen_at = models.DateTimeField("查看时间")

    class Meta:
        verbose_name = "已读"
        verbose_name_plural = "已读"

    def __str__(self) -> str:
        return f"已读 {self.seen_at:%Y-%m-%d %H:%M}"


class NoticeDelivery(models.Model):
    """An e-mail owed for an event. Sent at least once: marked sent only after the server took it."""

    event = models.ForeignKey(
        DutyEvent, verbose_name="督办记录", on_delete=models.PROTECT, related_name="deliveries"
    )
    cadre = models.ForeignKey(Cadre, verbose_name="收件人", on_delete=models.PROTECT, related_name="+")
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    last_attempt_at = models.DateTimeField("最近尝试", null=True)
    last_failure = models.CharField("最近失败", max_length=100, blank=True, default="")
    next_attempt_at = models.DateTimeField("下次尝试", null=True)
    sent_at = models.DateTimeField("发出时间", null=True)

    place_lookup = "event__duty__building"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "邮件通知"
        verbose_name_plural = "邮件通知"
        constraints = [
            models.UniqueConstraint(fields=["event", "cadre"], name="duties_noticedelivery_once"),
        ]
        indexes = [
            # what is still to be sent
            models.Index(
                fields=["next_attempt_at"], condition=Q(sent_at=None), name="duties_noticedelivery_owed"
            ),
        ]

    def __str__(self) -> str:
        return f"邮件 {self.pk}"


class SweepRun(models.Model):
    """One run of the sweep, with what it did. `now` is the moment it judged by."""

    now = models.DateTimeField("判定时刻")
    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("完成时间", null=True)
    looked_at = models.PositiveIntegerField("检查数", default=0)
    opened = models.PositiveIntegerField("新开责任", default=0)
    reminded = models.PositiveIntegerField("提醒数", default=0)
    overdue = models.PositiveIntegerField("转逾期数", default=0)
    escalated = models.PositiveIntegerField("升级数", default=0)
    put_off = models.PositiveIntegerField("推迟数", default=0)

    class Meta:
        verbose_name = "巡检记录"
        verbose_name_plural = "巡检记录"
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["-finished_at"], name="duties_sweeprun_finished")]

    def __str__(self) -> str:
        return f"巡检 {self.started_at:%Y-%m-%d %H:%M}"
