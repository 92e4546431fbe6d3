"""Clocks that a change somewhere else concerns: the sweep looks for them first, for whoever made it knows of no clocks."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from baibuting.common.days import local_day, next_midnight
from cadres.models import Appointment
from cadres.selectors import in_force, same_seat
from duties.choices import RUNNING
from duties.models import Duty, DutyClock, GoLive

WRITTEN_MEANWHILE = timedelta(days=1)


def clocks_wake_left(*, now: datetime) -> int:
    """Make due the clocks of which a running duty names an appointment that has ended. Return how many.

    The code that ends an appointment knows of no clocks, for posts lie below duties. Without a successor in the seat,
    a clock that is due by the next midnight anyway is left alone; so is one that is locked, or that failed.
    """
    today = local_day(now)
    left = Duty.objects.filter(
        outcome__in=RUNNING, appointment__isnull=False, appointment__ended_on__lt=today
    )
    successor = Appointment.objects.filter(in_force(today), same_seat("appointment__"))
    found = left.annotate(is_followed=Exists(successor)).order_by().values_list("clock_id", "is_followed")
    # named one by one: joined to the duties in one statement, every clock there is would be read
    followed: dict[bool, set[int]] = {True: set(), False: set()}
    for clock_id, is_followed in found:
        followed[is_followed].add(clock_id)
    if not any(followed.values()):
        return 0
    looked_at_later = Q(next_check_at=None) | Q(next_check_at__gt=next_midnight(now))
    clocks = DutyClock.objects.filter(
        Q(pk__in=followed[True]) | Q(looked_at_later, pk__in=followed[False]), failures=0
    )
    ids = list(clocks.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return DutyClock.objects.filter(pk__in=ids).update(next_check_at=now) if ids else 0


def clocks_wake_started(*, now: datetime) -> int:
    """Make due the clocks of a community that went live of late and that still ask for nothing. Return how many.

    Whoever was writing a record while the day was confirmed did not see it, and left a clock that is never looked at
    again. Such a transaction is over long before `WRITTEN_MEANWHILE` is.
    """
    of_late = GoLive.objects.filter(confirmed_at__gte=now - WRITTEN_MEANWHILE, confirmed_at__lte=now)
    communities = list(of_late.values_list("community", flat=True))
    if not communities:
        return 0
    asleep = DutyClock.objects.filter(
        ~Exists(Duty.objects.filter(clock=OuterRef("pk"))),
        community__in=communities,
        next_check_at=None,
        care_record__isnull=False,
        care_record__ended_on=None,
    )
    ids = list(asleep.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
    return DutyClock.objects.filter(pk__in=ids).update(next_check_at=now) if ids else 0
