"""Duties, what happened to them, and the clocks that the sweep checks."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

from django.db import models
from django.db.models import F, Q, Value

from accounts.models import User
from baibuting.common.days import local_day, midnight
from baibuting.common.fields import SealedTextField
from baibuting.common.owed import OwedMessage
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from cadres.choices import Post
from cadres.ladder import Accountable
from cadres.models import Appointment, Cadre, Cover
from duties.choices import (
    CARE_SOURCE,
    MOST_SPREAD_DAYS,
    RUNNING,
    DutyActionKind,
    EventKind,
    Outcome,
    Rung,
    kind_choices,
)
from residents.models import CareCategory, CareRecord


class GoLive(models.Model):
    """The day (启用日期) from which a community's clocks count. A community without a row has no duties at all.

    What lay before is history: visits then are the last time somebody was seen, and nothing is due, told or counted
    for a day before. `confirmed_at` is empty where the community counted before there was a go-live to confirm.
    `spread_days` is the window over which the first rounds were spread; 0 for none. See docs/adr/0107.
    """

    community = models.OneToOneField(
        Place, verbose_name="社区", on_delete=models.PROTECT, related_name="go_live"
    )
    on = models.DateField("启用日期")
    spread_days = models.PositiveSmallIntegerField("分摊天数", default=0)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    confirmed_by = models.ForeignKey(
        User, verbose_name="确认人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "启用日期"
        verbose_name_plural = "启用日期"
        constraints = [
            models.CheckConstraint(
                condition=Q(spread_days__lte=MOST_SPREAD_DAYS), name="duties_golive_spread_within_a_quarter"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(confirmed_at__isnull=False),
                name="duties_golive_confirmed_by_has_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.community} {self.on:%Y-%m-%d} 启用"

    @property
    def begins_at(self) -> datetime:
        """Return the moment from which it counts: the day's beginning, but not before it was confirmed."""
        return max(midnight(self.on), self.confirmed_at or midnight(self.on))

    @property
    def counts_from(self) -> date:
        """Return the first day that counts: `on`, or the day of the confirmation where that is later."""
        return local_day(self.begins_at)


class DutyClock(models.Model):
    """One running clock: a care record's, or that of a row of another app. The sweep claims it; every change locks it.

    `source` is the name of the reader (`duties.sources`) whose facts it is recomputed from. `next_check_at` is the
    earliest moment at which anything about its duties can change by time alone; null means never again unless a new
    fact arrives. See docs/adr/0001.
    """

    source = models.CharField("来源", max_length=10)
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
                condition=Q(source=CARE_SOURCE, care_record__isnull=False)
                | (~Q(source=CARE_SOURCE) & Q(care_record=None)),
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
        return f"计时 {self.pk}"


class Duty(models.Model):
    """One obligation with one clock: at `place`, the holder of `accountable_post` must act before `due_at`.

    `place` is of any level; duties of visits lie at buildings. `appointment` is the very appointment that owes it, in
    that post; empty where the holder of the place's post owes it. `kind` is the code of a registered kind
    (`duties.kinds`); `key` distinguishes the duty from others of its kind and clock: its first day, or its post.
    Overdue begins at `due_at`: for a visit the midnight after `due_on`. `ladder` is the rule's ladder as agreed for
    this duty, `[[rung, hours after due_at], …]`. `basis` holds the plain facts its explanation is written from.
    `waived` lists when the ladder was held back, `[[moment, moment or null], …]`, worked out from its `DutyAction`
    rows. Outcome, rung, next_check_at and waived have one writer: `duties.services.clocks_reconcile`.
    """

    clock = models.ForeignKey(DutyClock, verbose_name="计时", on_delete=models.PROTECT, related_name="duties")
    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(
        Place, verbose_name="地点", db_column="building_id", on_delete=models.PROTECT, related_name="duties"
    )
    care_record = models.ForeignKey(
        CareRecord, verbose_name="必访对象", null=True, on_delete=models.PROTECT, related_name="duties"
    )
    category = models.ForeignKey(
        CareCategory, verbose_name="类别", null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField("种类", max_length=20, choices=kind_choices)
    key = models.CharField("区分", max_length=30)
    accountable_post = models.CharField("责任岗位", max_length=30, choices=Post.choices)
    appointment = models.ForeignKey(
        Appointment,
        verbose_name="责任任职",
        null=True,
        on_delete=models.PROTECT,
        related_name="duties",
        db_index=False,
    )
    opened_on = models.DateField("起算日期")
    due_on = models.DateField("应办日期")
    due_at = models.DateTimeField("逾期时刻")
    needed = models.PositiveSmallIntegerField("需走访次数", default=1)
    ladder = models.JSONField("升级步骤", default=list)
    basis = models.JSONField("依据", default=dict)
    waived = models.JSONField("放行时段", default=list, db_default=Value([], output_field=models.JSONField()))
    outcome = models.CharField("状态", max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    rung = models.PositiveSmallIntegerField("级别", choices=Rung.choices, null=True)
    done_at = models.DateTimeField("完成时间", null=True)
    closed_at = models.DateTimeField("结束时间", null=True)
    next_check_at = models.DateTimeField("下次检查", null=True)
    created_at = models.DateTimeField("建立时间")

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "责任"
        verbose_name_plural = "责任"
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["clock", "kind", "key"], name="duties_duty_unique"),
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
            # lists and counts of what is still to do: one community, one place
            models.Index(
                fields=["community", "place", "outcome", "due_at"],
                condition=Q(outcome__in=RUNNING),
                name="duties_duty_running",
            ),
            # lists by due date, cursor pages
            models.Index(fields=["community", "due_at", "id"], name="duties_duty_by_due"),
            # the sweep: duties of an appointment that has ended; the phone: duties owed by name
            models.Index(
                fields=["appointment"],
                condition=Q(appointment__isnull=False, outcome__in=RUNNING),
                name="duties_duty_owed_by_name",
            ),
            # deleting an appointment: whether it ever owed anything; undoing an import asks for thousands
            models.Index(
                fields=["appointment"],
                condition=Q(appointment__isnull=False),
                name="duties_duty_appointment",
            ),
            # a person's story
            models.Index(fields=["care_record", "opened_on"], name="duties_duty_story"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.get_kind_display()} {self.due_on:%Y-%m-%d}"

    @property
    def accountable(self) -> Accountable:
        """Return who is accountable for it, as `Ladder` takes it."""
        return Accountable(self.place_id, self.accountable_post, self.appointment_id)

    @property
    def waived_times(self) -> list[tuple[datetime, datetime | None]]:
        """Return `waived` as moments."""
        return [
            (datetime.fromisoformat(since), datetime.fromisoformat(until) if until else None)
            for since, until in self.waived
        ]

    @property
    def is_waived(self) -> bool:
        """Return whether its ladder is held back now."""
        return bool(self.waived) and self.waived[-1][1] is None


class DutyEvent(models.Model):
    """One thing that happened on the ladder. The row is the in-app notice; it is never changed or deleted.

    `rung` is the step of the ladder, `told_rung` the rung that was notified: higher when the posts in `passed_over`
    (list of rungs) were vacant and uncovered. `fell_due_at` is when the step fell due, `recorded_at` when it was
    written.
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

    place_lookup = "duty__place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "督办记录"
        verbose_name_plural = "督办记录"
        ordering = ["fell_due_at", "id"]
        constraints = [
            # no step is notified twice
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
    """The cadre notified has opened the duty; a row of its own, because an event is never changed."""

    event = models.OneToOneField(
        DutyEvent, verbose_name="督办记录", on_delete=models.PROTECT, related_name="seen"
    )
    seen_at = models.DateTimeField("查看时间")

    class Meta:
        verbose_name = "已读"
        verbose_name_plural = "已读"

    def __str__(self) -> str:
        return f"已读 {self.seen_at:%Y-%m-%d %H:%M}"


class DutyAction(models.Model):
    """What a cadre on a duty's ladder did about it (处置). Never changed or deleted; a revocation is a row of its own.

    `rung` and `post` are those the cadre acted on; the office, which has none, adds notes. `place` is where the duty
    lay then. A stand-in's dates are kept here as well, since the cover may be ended early or undone.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    duty = models.ForeignKey(Duty, verbose_name="责任", on_delete=models.PROTECT, related_name="duty_actions")
    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(
        Place, verbose_name="地点", db_column="building_id", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField("处置", max_length=20, choices=DutyActionKind.choices)
    by_user = models.ForeignKey(User, verbose_name="账号", on_delete=models.PROTECT, related_name="+")
    by_cadre = models.ForeignKey(
        Cadre, verbose_name="处置人", null=True, on_delete=models.PROTECT, related_name="duty_actions"
    )
    rung = models.PositiveSmallIntegerField("级别", choices=Rung.choices, null=True)
    post = models.CharField("职务", max_length=30, choices=Post.choices, blank=True, default="")
    words = SealedTextField("说明", blank=True)
    at = models.DateTimeField("时间")
    stand_in = models.ForeignKey(
        Cadre, verbose_name="代管人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    from_on = models.DateField("代管开始日期", null=True)
    until_on = models.DateField("代管结束日期", null=True)
    cover = models.ForeignKey(
        Cover, verbose_name="代管", null=True, on_delete=models.SET_NULL, related_name="duty_actions"
    )
    revokes = models.OneToOneField(
        "self", verbose_name="收回的放行", null=True, on_delete=models.PROTECT, related_name="revoked_by"
    )

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()
    formerly = ("duties.handling",)  # the name in older rows of the audit trail

    class Meta:
        verbose_name = "处置"
        verbose_name_plural = "处置"
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by_cadre__isnull=False, rung__isnull=False)
                | Q(by_cadre=None, rung=None, kind=DutyActionKind.NOTE),
                name="duties_dutyaction_by_a_rung_or_a_note",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[DutyActionKind.NOTE, DutyActionKind.WAIVE]) | ~Q(words=b""),
                name="duties_dutyaction_words_where_needed",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=DutyActionKind.STAND_IN,
                    stand_in__isnull=False,
                    from_on__isnull=False,
                    until_on__isnull=False,
                    until_on__gte=F("from_on"),
                )
                | (
                    ~Q(kind=DutyActionKind.STAND_IN)
                    & Q(stand_in=None, from_on=None, until_on=None, cover=None)
                ),
                name="duties_dutyaction_stand_in_whole",
            ),
            models.CheckConstraint(
                condition=Q(kind=DutyActionKind.REVOKE_WAIVER, revokes__isnull=False)
                | (~Q(kind=DutyActionKind.REVOKE_WAIVER) & Q(revokes=None)),
                name="duties_dutyaction_revokes_one",
            ),
        ]
        indexes = [
            # what a cadre has dealt with: left out of the notices that wait for them
            models.Index(
                fields=["by_cadre", "duty", "at"],
                condition=Q(by_cadre__isnull=False),
                name="duties_dutyaction_mine",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"

    @property
    def has_words(self) -> bool:
        """Return whether there are words, without decrypting them."""
        return bool(self.__dict__.get("words"))


class NoticeDelivery(OwedMessage):
    """An e-mail owed for an event. Sent at least once: marked sent only after the server took it.

    `is_passed_on`: the channels of the floor above (`messaging`) have taken the notice over as well. Rows that the
    program of before writes count as such: nobody is told of old notices when a channel is switched on.
    """

    event = models.ForeignKey(
        DutyEvent, verbose_name="督办记录", on_delete=models.PROTECT, related_name="deliveries"
    )
    cadre = models.ForeignKey(Cadre, verbose_name="收件人", on_delete=models.PROTECT, related_name="+")
    is_passed_on = models.BooleanField("已交给消息通道", default=False, db_default=True)

    place_lookup = "event__duty__place"
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
            # what messages have to be made of
            models.Index(fields=["id"], condition=Q(is_passed_on=False), name="duties_noticedelivery_fresh"),
        ]

    def __str__(self) -> str:
        return f"邮件 {self.pk}"
