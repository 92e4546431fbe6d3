"""Two of the office decide one kept entry in the same moment: the second is told that it has been decided."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from phone.choices import State
from phone.models import Submission
from phone.services import submission_drop
from tests.factories import Community, clerk
from tests.phone.entries import made, send
from tests.visits.people import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def drop_in_a_thread(row: Submission, by: User) -> Submission:
    """The deed on a connection of its own, as another web worker does it."""
    try:
        return submission_drop(submission=row, reason="第二位", by=by, now=NOW)
    finally:
        connection.close()


def wait_for_the_lock(waiting: Future[Any]) -> None:
    """Return once the other one stands at a lock of ours."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        assert not waiting.done(), "it did not wait"
        time.sleep(0.02)
    raise AssertionError("nobody stood at a lock")


def test_it_works(home: Community, head: Client) -> None:
    send(head, made("visit", method=""))
    row, lee = Submission.objects.get(), clerk(home.place)
    assert row.state == State.QUARANTINED
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            submission_drop(submission=row, reason="第一位", by=lee, now=NOW)
            second = pool.submit(drop_in_a_thread, row, lee)
            wait_for_the_lock(second)
        with pytest.raises(ValidationError, match="已经处理过"):
            second.result(timeout=10)
    row.refresh_from_db()
    assert (row.state, row.decision) == (State.DROPPED, "第一位")
