"""What each concern's clock asks for: that it is closed by its day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from baibuting.common.days import local_day, midnight
from cadres.choices import Post
from cadres.selectors import successors
from concerns.kinds import KIND
from concerns.models import Concern
from concerns.rules import LADDERS
from duties.models import DutyClock, GoLive
from duties.rules import steps_above
from duties.selectors import go_lives
from duties.sources import ClockFacts, Obligation


def concern_facts(clocks: Sequence[DutyClock], now: datetime) -> list[ClockFacts]:
    """Return the facts of concerns' clocks. One opened before its community went live asks for nothing."""
    concerns = list(
        Concern.objects.unscoped("facts of clocks in hand")
        .filter(clock__in=clocks)
        .select_related("clock", "appointment", "building")
    )
    live = go_lives(clock.community_id for clock in clocks)
    owed_by = [one.appointment_id for one in concerns if one.appointment_id]
    heirs = successors(owed_by, local_day(now))
    return [_facts(concern, live.get(concern.community_id), heirs) for concern in concerns]


def _facts(concern: Concern, live: GoLive | None, heirs: dict[int, int | None]) -> ClockFacts:
    counts = live is not None and concern.reported_at >= live.begins_at
    return ClockFacts(
        clock=concern.clock,
        place_id=concern.building_id,
        category_id=None,
        obligations=[_obligation(concern, heirs)] if counts else [],
        ended_at=None,
        known_since=concern.reported_at,
        next_opening_at=None,
    )


def _obligation(concern: Concern, heirs: dict[int, int | None]) -> Obligation:
    """Return the duty to close it.

    The office holds no post: then the duty is in the name of the building's 楼栋长, who is not reminded of it himself.
    """
    appointment = concern.appointment
    post = appointment.post if appointment else Post.BUILDING_HEAD
    ladder = steps_above(post, LADDERS[concern.urgency], concern.building.level)
    return Obligation(
        kind=KIND,
        accountable_post=post,
        appointment_id=(heirs.get(appointment.pk) or appointment.pk) if appointment else None,
        opened_on=local_day(concern.reported_at),
        due_on=concern.due_on,
        due_at=midnight(concern.due_on + timedelta(days=1)),
        ladder=ladder if appointment else [step for step in ladder if step[0] > 1],
        done_at=concern.closed_at,
        basis={"urgency": concern.urgency, "days": concern.days},
    )
