"""What Prometheus is told of the sweep, of duties and of the mails they owe."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from baibuting.common.measuring import known, owed_measure, seconds_since
from baibuting.common.portal import Measure
from duties.choices import Outcome
from duties.models import Duty, DutyClock, NoticeDelivery, SweepRun
from duties.selectors import last_progress_at


def _sweep(now: datetime) -> dict[str, float]:
    last = SweepRun.objects.filter(finished_at__lte=now).order_by("-finished_at").first()
    newest = SweepRun.objects.order_by("-pk").values_list("is_refused", flat=True).first()
    clocks = DutyClock.objects.aggregate(
        due=Count("pk", filter=Q(next_check_at__lte=now)), failing=Count("pk", filter=Q(failures__gt=0))
    )
    return known(
        {
            "sweep_age_seconds": seconds_since(last_progress_at(now=now), now),
            "sweep_refused": float(bool(newest)),
            "sweep_clocks": float(last.looked_at) if last else None,
            "sweep_put_off": float(last.put_off) if last else None,
            "sweep_seconds": seconds_since(last.started_at, last.finished_at or now) if last else None,
            "clocks_due": clocks["due"],
            "clocks_failing": clocks["failing"],
        }
    )


def _duties(now: datetime) -> dict[str, float]:
    running = Duty.objects.filter(outcome__in=(Outcome.OPEN, Outcome.OVERDUE)).order_by()
    counts = dict(running.values_list("outcome").annotate(number=Count("pk")))
    return {"duties_open": counts.get(Outcome.OPEN, 0), "duties_overdue": counts.get(Outcome.OVERDUE, 0)}


def _mails(now: datetime) -> dict[str, float]:
    return owed_measure(NoticeDelivery.objects.all(), "event__recorded_at", now, "notice_mails")


MEASURES = (
    Measure(
        {
            "sweep_age_seconds": "Seconds since a sweep last got something done.",
            "sweep_refused": "1 where the newest sweep found that the clocks of machine and database differ.",
            "sweep_clocks": "Clocks that the last finished sweep checked.",
            "sweep_put_off": "Clocks that the last finished sweep put off because they failed.",
            "sweep_seconds": "Seconds that the last finished sweep took.",
            "clocks_due": "Clocks that are due and not checked yet.",
            "clocks_failing": "Clocks that failed when they were last checked.",
        },
        _sweep,
    ),
    Measure(
        {
            "duties_open": "Duties that are running and not due yet.",
            "duties_overdue": "Duties that are overdue.",
        },
        _duties,
    ),
    Measure(
        {
            "notice_mails_owed": "Mails of notices that wait to be sent.",
            "notice_mails_oldest_seconds": "Seconds since the oldest of them was owed.",
        },
        _mails,
    ),
)
