"""Does one thing through the client and tells what the trail has of it; and has its transaction fail at the last moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from django.db import OperationalError, connection, transaction
from django.db.models import Max

from audit.models import AuditEvent
from tests.privacy.fingerprints import digests
from tests.privacy.world import savepoint

Deed = Callable[[], Any]  # sends one request and gives its response


@dataclass
class Done:
    """What a deed has left behind: its answer, its rows in the trail, the tables it changed."""

    response: Any
    events: list[AuditEvent] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    afterwards: list[str] = field(
        default_factory=list
    )  # those changed once the trail's transaction had ended


def done(deed: Deed, before: dict[str, str]) -> Done:
    """Let it be done, look, and take it back."""
    return _watched(deed, before, fails=False)


def cut_short(deed: Deed, before: dict[str, str]) -> Done:
    """The same, but the transaction that wrote the trail's row fails where it would be committed.

    A row that was written outside of a transaction, or an effect that was, is still there afterwards.
    """
    return _watched(deed, before, fails=True)


def _watched(deed: Deed, before: dict[str, str], *, fails: bool) -> Done:
    with savepoint():
        last = AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0
        with _commits(fails=fails) as ended:
            try:
                response = deed()
            except OperationalError:  # of what is no request
                response = None
            if hasattr(response, "streaming_content"):
                b"".join(response.streaming_content)
        events = list(AuditEvent.objects.filter(pk__gt=last).order_by("pk"))
        now = digests()
        changed = sorted(table for table, digest in now.items() if digest != before[table])
    afterwards = sorted(table for table, digest in ended.items() if digest != now[table])
    return Done(response, events, changed, afterwards)


@contextmanager
def _commits(*, fails: bool) -> Iterator[dict[str, str]]:
    """Gives the tables as they stood when the outermost transaction with a row of the trail in it ended, or has it fail there.

    Inside a test the outermost transaction of a request is a savepoint directly above the test's own.
    """
    floor, ended, waiting = len(connection.savepoint_ids), dict[str, str](), [False]
    save, commit = AuditEvent.save, connection.savepoint_commit

    def saved(event: AuditEvent, *args: Any, **options: Any) -> None:
        if len(connection.savepoint_ids) == floor:  # outside of any transaction the row is one of its own
            with transaction.atomic():
                saved(event, *args, **options)
            return
        save(event, *args, **options)
        waiting[0] = True

    def committed(sid: str) -> None:
        if waiting[0] and len(connection.savepoint_ids) == floor:
            waiting[0] = False
            if fails:
                raise OperationalError("the connection is gone")
            ended.update(digests())
        commit(sid)

    with (
        mock.patch.object(AuditEvent, "save", saved),
        mock.patch.object(connection, "savepoint_commit", committed),
    ):
        yield ended
