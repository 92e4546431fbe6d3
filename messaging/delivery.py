"""Sending the messages that are owed: at least once, all of one person by one channel as one, never a storm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from baibuting.common.bulk import rows_update
from baibuting.common.days import local_day
from baibuting.common.owed import attempt_begin, attempt_settle, owed_send
from cadres.models import Cadre
from duties.choices import RUNNING
from messaging.choices import OF_THE_CHANNEL, Matter, Outcome
from messaging.models import Attempt, Channel, Dispatch
from messaging.rules import GAP, SENT_AN_HOUR, STALE, URGENT_GAP, answer_sentence, message_text
from messaging.selectors import Reach
from messaging.senders import letter_send
from messaging.senders.base import Letter, Reply
from messaging.services import account_of, attempt_note

BATCH = 200  # matters in one message
HOUR = timedelta(hours=1)
# What may have arrived: an attempt whose outcome nobody learned counts, so that a crash begins no storm.
ARRIVED = (Outcome.ACCEPTED, Outcome.BEGUN)


def messages_send(*, now: datetime, read_clock: Callable[[], datetime], batch: int = BATCH) -> int:
    """Send what is owed by `now`, for less than a minute; return how many matters were taken by a provider."""
    return owed_send(_Messages(batch), now=now, read_clock=read_clock)


@dataclass(frozen=True, slots=True)
class Claimed:
    """All that one cadre is owed by one channel, and the attempt at it."""

    dispatches: list[Dispatch]
    channel: Channel
    letter: Letter
    attempt: Attempt


class _Messages:
    """The outbox. A channel at fault is left alone for the rest of the run, so that it does not delay the others."""

    def __init__(self, batch: int) -> None:
        self._batch = batch
        self._away: set[int] = set()
        self._reply = Reply(Outcome.BEGUN)

    def claim(self, *, now: datetime) -> Claimed | None:
        while True:
            with transaction.atomic():
                rows = _next_owed(now, self._away, self._batch)
                if not rows:
                    return None
                claimed = _claimed(rows, now)
                if claimed is not None:
                    return claimed

    def send(self, message: Claimed, *, now: datetime) -> str:
        self._reply = letter_send(
            message.channel.kind, account_of(channel=message.channel, now=now), message.letter
        )
        if self._reply.outcome == Outcome.ACCEPTED:
            return ""
        return answer_sentence(message.channel.kind, self._reply.outcome, self._reply.code)[:100]

    @transaction.atomic
    def settle(self, message: Claimed, *, failure: str, now: datetime) -> int:
        attempt_note(attempt=message.attempt, reply=self._reply, now=now)
        taken = attempt_settle(message.dispatches, failure=failure, now=now)
        mine = Dispatch.objects.filter(
            pk__in=[one.pk for one in message.dispatches], sent_at=None, last_failure=failure
        )
        if self._reply.outcome == Outcome.REFUSED:
            mine.update(next_attempt_at=None)
        elif self._reply.outcome == Outcome.LATER:
            mine.update(next_attempt_at=now + HOUR)
        elif self._reply.outcome in OF_THE_CHANNEL:
            self._away.add(message.channel.pk)
        return taken


def _next_owed(now: datetime, away: set[int], batch: int) -> list[Dispatch]:
    """Lock and return what is owed to the cadre who has waited longest, by one channel; empty where nothing is owed.

    The cadre's row is locked first: two workers at once never split what he is owed over two messages. Those whose
    messages another worker holds are passed over.
    """
    owed = Dispatch.objects.filter(sent_at=None, next_attempt_at__lte=now).exclude(channel__in=away)
    owed = owed.exclude(channel__paused_until__gt=now)
    passed_over: list[int] = []
    while (first := _lock_cadre(owed.exclude(message__cadre__in=passed_over))) is not None:
        cadre_id, channel_id = first
        his = owed.filter(message__cadre=cadre_id, channel=channel_id).select_for_update(
            skip_locked=True, of=("self",)
        )
        rows = list(his.select_related("channel", "message__duty").order_by("pk")[:batch])
        if rows:
            return rows
        passed_over.append(cadre_id)
    return []


def _lock_cadre(owed: QuerySet[Dispatch]) -> tuple[int, int] | None:
    first = owed.order_by("-message__is_urgent", "next_attempt_at", "pk")
    # locked through the cadre's own table: the row to lock is not the one that is owed
    for row in first.select_related("message")[:20]:
        mine = Cadre.objects.filter(pk=row.message.cadre_id).select_for_update(skip_locked=True, no_key=True)
        if list(mine.values_list("pk")):
            return row.message.cadre_id, row.channel_id
    return None


def _claimed(rows: Sequence[Dispatch], now: datetime) -> Claimed | None:
    """Claim what is still worth sending of some rows of one cadre and channel; None where that is nothing, or not yet."""
    wanted = [row for row in rows if _is_wanted(row, now)]
    _drop([row for row in rows if row not in wanted], "已不必再发")
    if not wanted:
        return None
    channel, cadre = (
        wanted[0].channel,
        Cadre.objects.select_related("user").get(pk=wanted[0].message.cadre_id),
    )
    to = Reach.of([cadre]).address(cadre, channel.kind)
    if not channel.is_on or not to:
        _drop(wanted, "没有账号" if channel.is_on else "通道已停用")
        return None
    free_at = _free_at(cadre, channel, now, is_urgent=any(row.message.is_urgent for row in wanted))
    if free_at > now:
        for row in wanted:
            row.next_attempt_at = free_at
        rows_update(wanted, ["next_attempt_at"])
        return None
    attempt_begin(wanted, now=now)
    attempt = Attempt.objects.create(channel=channel, cadre=cadre, at=now, matters=len(wanted))
    return Claimed(wanted, channel, _letter(wanted, to, now), attempt)


def _is_wanted(row: Dispatch, now: datetime) -> bool:
    """Return whether there is still something to be told: not what was settled meanwhile, or is of yesterday."""
    message = row.message
    if message.matter == Matter.DIGEST:
        return message.key == local_day(now).isoformat()
    is_running = message.duty is not None and message.duty.outcome in RUNNING
    return is_running and message.made_at > now - STALE


def _drop(rows: Sequence[Dispatch], why: str) -> None:
    for row in rows:
        row.next_attempt_at, row.last_failure = None, why
    rows_update(rows, ["next_attempt_at", "last_failure"])


def _free_at(cadre: Cadre, channel: Channel, now: datetime, *, is_urgent: bool) -> datetime:
    """Return when a cadre may be told by a channel again: not twice within the gap, and only so often an hour."""
    lately = Attempt.objects.filter(cadre=cadre, channel=channel, at__gt=now - HOUR, outcome__in=ARRIVED)
    times = list(lately.order_by("-at").values_list("at", flat=True))
    if not times:
        return now
    after_gap = times[0] + (URGENT_GAP if is_urgent else GAP)
    return max(after_gap, times[SENT_AN_HOUR - 1] + HOUR) if len(times) >= SENT_AN_HOUR else after_gap


def _letter(rows: Sequence[Dispatch], to: str, now: datetime) -> Letter:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.message.matter] = counts.get(row.message.matter, 0) + 1
    text = message_text(counts, now, settings.PUBLIC_URL)
    once = "-".join(str(row.pk) for row in rows)
    return Letter(to=to, text=text, count=len(rows), once=once, at=now)
