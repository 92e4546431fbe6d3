"""What a wrong clock wrote before its time: the moments it gave, and the mails it owed. See docs/adr/0121."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from duties.choices import EventKind
from duties.events import BY_CLOCK
from duties.models import DutyEvent, NoticeDelivery

HELD_BACK = "未到期，暂不发送"


def notices_put_right(events: Collection[DutyEvent], now: datetime) -> None:
    """Put right the notices that these new events take back as premature, or give again.

    A notice written at a moment that has not come is dated to now, when that is found: the one thing about a written
    event that is ever corrected. Its mail waits until the notice is given again. No query where neither is among them.
    """
    premature = _notices_of(event for event in events if event.detail == BY_CLOCK)
    if premature:
        DutyEvent.objects.filter(pk__in=premature, recorded_at__gt=now).update(recorded_at=now)
        NoticeDelivery.objects.filter(event__in=premature, sent_at=None).update(
            next_attempt_at=None, last_failure=HELD_BACK
        )
    again = _notices_of(event for event in events if event.kind == EventKind.REINSTATED)
    if again:
        NoticeDelivery.objects.filter(event__in=again, last_failure=HELD_BACK).update(
            next_attempt_at=now, last_failure=""
        )


def _notices_of(events: Iterable[DutyEvent]) -> list[int]:
    """Return the ids of the notices on the steps that these events are about."""
    steps = {(event.duty_id, event.rung) for event in events if event.rung is not None}
    if not steps:
        return []
    raised = DutyEvent.objects.filter(duty__in={duty for duty, _ in steps}, kind=EventKind.RAISED)
    return [pk for pk, duty, rung in raised.values_list("pk", "duty_id", "rung") if (duty, rung) in steps]
