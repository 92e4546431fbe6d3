"""Telling those who would have gone that the person has died or moved away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from baibuting.common.days import local_day
from cadres.ladder import Ladder
from duties.choices import EventKind
from duties.models import Duty, DutyEvent


def leaving_tell(*, duties: Sequence[Duty], left_on: date, reason: str, now: datetime) -> list[DutyEvent]:
    """One notice per holder of today, however many of the person's duties he had; the most pressing one carries it.

    Where the accountable post is vacant, whoever is told in its place hears of it, as with any step of the ladder.
    """
    ladder = Ladder.load({duty.building_id for duty in duties})
    events: dict[int, DutyEvent] = {}
    for duty in sorted(duties, key=lambda duty: (duty.due_at, duty.pk)):
        told = ladder.told(duty.building_id, 0, local_day(now), duty.accountable_post)
        if told.cadre_id is None or told.cadre_id in events:
            continue
        events[told.cadre_id] = DutyEvent(
            duty=duty,
            community_id=duty.community_id,
            kind=EventKind.LEFT,
            told_rung=told.told_rung,
            told_post=told.post,
            told_cadre_id=told.cadre_id,
            passed_over=told.passed_over,
            fell_due_at=now,
            recorded_at=now,
            detail={"left_on": left_on.isoformat(), "reason": reason},
        )
    return DutyEvent.objects.bulk_create(events.values())
