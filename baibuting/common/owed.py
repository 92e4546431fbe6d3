"""Messages that are owed: claimed for a while, sent outside any transaction, each settled in one of its own.

The three times fit into one another: a run and the message it ends with are over, or killed, before a lease ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Protocol, TypeVar

from django.db import models, transaction

from baibuting.common.bulk import rows_update

RUN = timedelta(
    seconds=50
)  # no message is begun later than this; the next run begins a minute after this one began
TIME_LIMIT = 180  # seconds until Celery kills a task that sends
LEASE = timedelta(
    minutes=5
)  # so long nobody else sends what is claimed; a killed worker's is free again afterwards

_CLAIMED = ("attempts", "last_attempt_at", "next_attempt_at")
_SETTLED = ("last_failure", "sent_at", "next_attempt_at")


class OwedMessage(models.Model):
    """A message that is sent at least once, and how its attempts fared.

    `next_attempt_at` is when it may be tried next, None when it is not tried any more. A claim sets it before the
    message leaves, so a worker that is killed leaves its attempt counted and the message waiting.
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
    """One way on which messages go out, for the length of one run."""

    def claim(self, *, now: datetime) -> Message | None:
        """Take, and commit, what has waited longest by `now`; None when there is nothing to be sent in this run."""

    def send(self, message: Message, *, now: datetime) -> str:
        """Try once, outside any transaction; returns "" where the message was taken, else why not."""

    def settle(self, message: Message, *, failure: str, now: datetime) -> int:
        """Write down how the attempt went; returns how many messages were taken by it."""


def owed_send(channel: Channel[Message], *, now: datetime, read_clock: Callable[[], datetime]) -> int:
    """Send what is owed, beginning no message later than `RUN` after `now`; returns how many were taken.

    A crash costs the message in flight a second copy, and no other one.
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
    """Count an attempt before it is made, and keep everybody else from making it too. The rows must be locked."""
    for message in messages:
        message.attempts += 1
        message.last_attempt_at = now
        message.next_attempt_at = now + max(LEASE, message.wait())
    rows_update(messages, _CLAIMED)


@transaction.atomic
def attempt_settle(messages: Sequence[Owed], *, failure: str, now: datetime) -> int:
    """Write down how an attempt went for all that it carried; returns how many were taken.

    An attempt that outlived its lease still says that a message was taken, but its failure says nothing about the
    later attempt that holds the message by now. What was deleted meanwhile has nothing left to be noted.
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
