"""The worker's part: progress that is seen, an end that is whole, a worker that dies."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from audit.models import AuditEvent
from baibuting.common.tabular.report import ImportReport
from buildings.models import Place
from rosters import runner
from rosters.choices import Purpose, State
from rosters.imports import roster_import
from rosters.models import ImportFile, ImportRun
from rosters.services import import_run_confirm, import_run_retry
from tests.processes import start_manage
from tests.rosters.uploads import opened, places, work

pytestmark = pytest.mark.django_db(transaction=True)

MANY = [["怡康苑", "第一片区", f"{number}栋", 40] for number in range(1000, 1300)]
WORK = (
    "from datetime import datetime; from rosters.runner import IMPORTS;"
    "IMPORTS.work(read_clock=lambda: datetime.fromisoformat('{now}'))"
)


def ready(data: bytes, now: datetime) -> ImportRun:
    """Checked and confirmed."""
    run = opened(data, now)
    work(now)
    return import_run_confirm(run=run)


def seen(run: ImportRun) -> tuple[int, int]:
    """Progress as somebody else sees it."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT done, total FROM rosters_importrun WHERE id = %s", [run.pk])
            return cursor.fetchone()
    finally:
        other.close()


def test_it_works(now: datetime) -> None:
    run = ready(places(), now)
    assert work(now) == 1
    run.refresh_from_db()
    assert (run.state, run.done, run.total) == (State.DONE, 3, 3)
    assert work(now) == 0


def test_progress_is_seen_while_the_transaction_is_open(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = opened(places(), now)
    during: list[tuple[int, int]] = []

    def slow_import(*, progress: Any, **_: Any) -> ImportReport:
        assert connection.in_atomic_block
        for done in (2, 5):
            progress(done, 5)
            during.append(seen(run))
        return ImportReport(rows=5)

    monkeypatch.setattr(runner, "roster_import", slow_import)
    work(now)
    # the second comes at once and still counts: it is the last
    assert during == [(2, 5), (5, 5)]


def test_all_rows_are_said_to_be_read_before_they_are_written(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing may take longer than reading; the page then says that everything has been read."""
    data = places([["怡康苑", "第一片区", f"{number}栋", 40] for number in range(200, 230)])
    run, before = opened(data, now), Place.objects.count()
    told: list[tuple[int, int, bool]] = []

    def watched(*, progress: Any, **options: Any) -> ImportReport:
        def tell(done: int, total: int) -> None:
            told.append((done, total, Place.objects.count() > before))

        return roster_import(progress=tell, **options)

    monkeypatch.setattr(runner, "roster_import", watched)
    work(now)
    run.refresh_from_db()
    assert told == [(25, 30, False), (30, 30, False)]
    assert (run.state, run.done, run.total) == (State.READY, 30, 30)
    # and what waits for its import begins anew
    run = import_run_confirm(run=run)
    assert (run.done, run.total) == (0, 0)


def test_a_killed_worker_leaves_nothing_behind_and_the_run_says_so(now: datetime) -> None:
    run = ready(places(MANY), now)
    count = Place.objects.count()
    process = start_manage("shell", "-c", WORK.format(now=now.isoformat()))
    try:
        deadline = time.monotonic() + 40
        while seen(run)[0] == 0 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        run.refresh_from_db()
        assert run.state == State.IMPORTING, process.communicate()[1] if process.poll() is not None else ""
    finally:
        process.kill()
        process.communicate()
    wait_for_backends_to_end(run)
    work(now)
    run.refresh_from_db()
    assert run.state == State.INTERRUPTED
    assert "没有写入任何内容" in run.message
    assert Place.objects.count() == count
    assert not AuditEvent.objects.filter(action="import").exists()
    # the file is still there, so it can be tried again
    import_run_retry(run=run)
    work(now)
    import_run_confirm(run=run)
    work(now)
    run.refresh_from_db()
    assert (run.state, run.created) == (State.DONE, len(MANY))


def wait_for_backends_to_end(run: ImportRun) -> None:
    """PostgreSQL notices a dead client within a moment."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with runner.IMPORTS.lock(run.pk) as lock:
            if lock.acquire():
                return
        time.sleep(0.1)


def test_a_run_that_is_being_worked_on_is_left_alone(now: datetime) -> None:
    run = opened(places(), now)
    ImportRun.objects.update(state=State.CHECKING)
    with runner.IMPORTS.lock(run.pk) as lock:
        assert lock.acquire()
        assert work(now) == 0
        run.refresh_from_db()
        assert run.state == State.CHECKING
    work(now)
    run.refresh_from_db()
    assert run.state == State.INTERRUPTED


def test_of_two_workers_one_takes_the_run(now: datetime) -> None:
    run = opened(places(), now)
    with runner.IMPORTS.lock(run.pk) as lock:
        assert lock.acquire()
        assert work(now) == 0
    assert work(now) == 1


def test_an_error_in_the_program_leaves_nothing_and_says_nothing_of_persons(
    now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = ready(places(), now)

    def breaks(**options: Any) -> ImportReport:
        Place.objects.filter(level=4).update(floor_count=99)
        raise RuntimeError("Key (name)=(张三) already exists")

    monkeypatch.setattr(runner, "roster_import", breaks)
    work(now)
    run.refresh_from_db()
    assert run.state == State.INTERRUPTED
    assert not Place.objects.filter(floor_count=99).exists()
    assert "RuntimeError" in caplog.text
    assert "张三" not in caplog.text + run.message


def test_a_check_that_failed_keeps_the_file_for_another_try(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = opened(places(), now)
    with monkeypatch.context() as broken:
        broken.setattr(runner, "error_book", lambda *_: 1 / 0)
        work(now)
    run.refresh_from_db()
    assert run.state == State.INTERRUPTED
    assert ImportFile.find(run, Purpose.UPLOAD) is not None
    import_run_retry(run=run)
    work(now)
    run.refresh_from_db()
    assert run.state == State.READY


def test_an_upload_is_bound_to_its_run(now: datetime) -> None:
    from baibuting.common.crypto import SealBrokenError

    run = opened(places(), now)
    file = ImportFile.objects.get(run=run)
    file.pk, file.purpose = None, Purpose.ERRORS
    file.save()
    with pytest.raises(SealBrokenError):
        ImportFile.find(run, Purpose.ERRORS)
