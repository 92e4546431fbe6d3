"""Messages to be sent: each claimed for a while, sent outside any transaction, and settled in one of its own.

The three times nest: a run and its last message are over, or killed, before a lease ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Protocol, TypeVar

from django.db import models, transaction

from baibuting.common.bulk import rows_update

RUN = timedelta(
    seconds=50
)  # no sending begins later than this; the next run begins a minute after this one began
TIME_LIMIT = 180  # seconds until Celery kills a task that sends
LEASE = timedelta(
    minutes=5
)  # how long no other worker sends a claimed message; a killed worker's is free again afterwards

_CLAIMED = ("attempts", "last_attempt_at", "next_attempt_at")
_SETTLED = ("last_failure", "sent_at", "next_attempt_at")


class OwedMessage(models.Model):
    """A message that is sent at least once, and the state of its attempts.

    `next_attempt_at` is when it may be tried next, None when no more. A claim sets it before the message is sent, so
    a worker that is killed leaves its attempt counted and the message waiting.
    """

    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    last_attempt_at = models.DateTimeField("最近尝试", null=True)
    last_failure = models.CharField("最近失败", max_length=100, blank=True, default="")
    next_attempt_at = models.DateTimeField("下次尝试", null=True)
    sent_at = models.DateTimeField("发出时间", null=True)

    longest_wait: ClassVar[timedelta] = timedelta(hours=6)

    class Meta:
        abstract = True

    def wait(self) -> timedelta:
        """Return how long to wait after so many failed attempts: 2, 4, 8 … minutes, `longest_wait` at most."""
        return min(timedelta(minutes=2 ** min(self.attempts, 12)), self.longest_wait)


Owed = TypeVar("Owed", bound=OwedMessage)
Message = TypeVar("Message")


class Channel(Protocol[Message]):
    """A way of sending messages, for one run."""

    def claim(self, *, now: datetime) -> Message | None:
        """Claim, and commit, the message that has waited longest by `now`; None when the run has none left."""

    def send(self, message: Message, *, now: datetime) -> str:
        """Try once, outside any transaction; returns "" where the message was accepted, else why not."""

    def settle(self, message: Message, *, failure: str, now: datetime) -> int:
        """Record the outcome of the attempt; returns how many messages were accepted."""


def owed_send(channel: Channel[Message], *, now: datetime, read_clock: Callable[[], datetime]) -> int:
    """Send waiting messages, beginning none later than `RUN` after `now`; returns how many were accepted.

    After a crash only the message in flight may be sent twice.
    """
    taken = 0
    while read_clock() - now < RUN:
        message = channel.claim(now=read_clock())
        if message is None:
            break
        failure = channel.send(message, now=read_clock())
        taken += channel.settle(message, failure=failure, now=read_clock())
    return taken


def attempt_begin(messages: Sequence[Owed], *, now: datetime) -> None:
    """Count an attempt before it is made and claim the messages for it. The rows must be locked."""
    for message in messages:
        message.attempts += 1
        message.last_attempt_at = now
        message.next_attempt_at = now + max(LEASE, message.wait())
    rows_update(messages, _CLAIMED)


@transaction.atomic
def attempt_settle(messages: Sequence[Owed], *, failure: str, now: datetime) -> int:
    """Record the outcome of an attempt for all its messages; returns how many were accepted.

    An attempt that outlived its lease still records a message as accepted, but its failure does not touch the later
    attempt that holds the message by now. Messages deleted meanwhile are skipped.
    """
    made = {message.pk: message.attempts for message in messages}
    rows = type(messages[0])._default_manager.select_for_update().filter(pk__in=made, sent_at=None)
    settled = [row for row in rows.order_by("pk") if not failure or row.attempts == made[row.pk]]
    for row in settled:
        row.last_failure = failure
        row.sent_at = None if failure else now
        row.next_attempt_at = now + row.wait() if failure else None
    rows_update(settled, _SETTLED)
    return 0 if failure else len(settled)
