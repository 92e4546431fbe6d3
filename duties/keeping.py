"""What erasing a person means for duties and notices, and how long runs of the sweep and mails are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from baibuting.common.keeping import ERASED, ErasedPerson, Retention, RowErasure
from duties.models import Duty, DutyAction, DutyClock, DutyEvent, NoticeDelivery, NoticeSeen, SweepRun

FACTS = "days, posts and codes of a rule; it names nobody"
KIND_OF_FAILURE = "the kind of a failure, never what it was about"


def _clocks(person: ErasedPerson) -> QuerySet[Any]:
    return DutyClock.objects.filter(care_record__in=person.of("residents.carerecord"))


def _duties(person: ErasedPerson) -> QuerySet[Any]:
    return Duty.objects.unscoped("whose rows are erased").filter(
        care_record__in=person.of("residents.carerecord")
    )


def _events(person: ErasedPerson) -> QuerySet[Any]:
    return DutyEvent.objects.unscoped("whose rows are erased").filter(duty__in=person.of("duties.duty"))


def _actions(person: ErasedPerson) -> QuerySet[Any]:
    return DutyAction.objects.unscoped("whose rows are erased").filter(duty__in=person.of("duties.duty"))


def _seen(person: ErasedPerson) -> QuerySet[Any]:
    return NoticeSeen.objects.filter(event__in=person.of("duties.dutyevent"))


def _mails(person: ErasedPerson) -> QuerySet[Any]:
    return NoticeDelivery.objects.filter(event__in=person.of("duties.dutyevent"))


def _old_sweeps(before: datetime) -> QuerySet[Any]:
    return SweepRun.objects.filter(started_at__lt=before)


def _old_mails(before: datetime) -> QuerySet[Any]:
    return NoticeDelivery.objects.filter(next_attempt_at=None, event__recorded_at__lt=before)


ERASURES = (
    RowErasure(
        "duties.dutyclock", "计时", rows=_clocks, keeps={"source": FACTS, "last_failure": KIND_OF_FAILURE}
    ),
    RowErasure(
        "duties.duty",
        "走访责任",
        rows=_duties,
        keeps={"key": FACTS, "ladder": FACTS, "basis": FACTS, "waived": FACTS},
    ),
    RowErasure("duties.dutyevent", "督办记录", rows=_events, keeps={"passed_over": FACTS, "detail": FACTS}),
    RowErasure("duties.dutyaction", "处置", rows=_actions, becomes={"words": ERASED}),
    RowErasure("duties.noticeseen", "已读", rows=_seen),
    RowErasure("duties.noticedelivery", "邮件通知", rows=_mails, keeps={"last_failure": KIND_OF_FAILURE}),
)
RETENTIONS = (
    Retention("sweep_runs", "duties.sweeprun", "巡检记录", days=90, least=30, rows=_old_sweeps),
    Retention("mails", "duties.noticedelivery", "已发出的邮件通知", days=365, least=90, rows=_old_mails),
)
