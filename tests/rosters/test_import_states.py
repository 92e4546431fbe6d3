"""The states of an import: the services and the database hold what the table in `rosters.rules` says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from rosters.choices import WAITING, WORKING, Actor, Purpose, State
from rosters.models import ImportFile, ImportRun
from rosters.rules import STEPS
from rosters.runner import IMPORTS
from rosters.services import (
    import_run_confirm,
    import_run_correct,
    import_run_drop,
    import_run_map,
    import_run_retry,
    import_run_switch,
)
from tests.rosters.uploads import opened, places, work

pytestmark = pytest.mark.django_db

SERVICES: dict[str, tuple[State, Callable[[ImportRun, datetime], Any]]] = {
    "map": (State.TO_CHECK, lambda run, now: import_run_map(run=run, mapping={"楼": "building"})),
    "switch": (State.TO_CHECK, lambda run, now: import_run_switch(run=run, kind="cadres")),
    "correct": (State.TO_CHECK, lambda run, now: import_run_correct(run=run, corrections=[])),
    "retry": (State.TO_CHECK, lambda run, now: import_run_retry(run=run)),
    "confirm": (State.TO_IMPORT, lambda run, now: import_run_confirm(run=run)),
    "drop": (State.DROPPED, lambda run, now: import_run_drop(run=run, now=now)),
}
# what a user may not do any more is said so; a file that was not checked yet is another matter
SENTENCES = {State.UNREADABLE: "请先检查", State.INTERRUPTED: "请先检查"}


def held(now: datetime) -> ImportRun:
    """A file that was checked and waits for its user."""
    run = opened(places(), now)
    work(now)
    run.refresh_from_db()
    return run


def test_it_works(now: datetime) -> None:
    run = held(now)
    assert run.state == State.READY
    assert import_run_confirm(run=run).state == State.TO_IMPORT


@pytest.mark.parametrize("state", [state for state in State if state != State.UNDONE])
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_does_what_the_table_allows_and_nothing_else(
    service: str, state: State, now: datetime
) -> None:
    run = held(now)
    ImportRun.objects.update(state=state)
    after, call = SERVICES[service]
    if after in STEPS.allowed(state, Actor.USER):
        call(run, now)
        run.refresh_from_db()
        assert run.state == after
        return
    before = ImportRun.objects.values().get()
    with pytest.raises(ValidationError, match=SENTENCES.get(state, "请重新上传文件")):
        call(run, now)
    assert ImportRun.objects.values().get() == before
    assert ImportFile.has(run, Purpose.UPLOAD)


def test_the_worker_takes_the_steps_of_the_table() -> None:
    assert set(IMPORTS.stages) == set(WAITING)
    assert set(IMPORTS.stages.values()) == set(WORKING)
    for waiting, working in IMPORTS.stages.items():
        assert STEPS.allowed(waiting, Actor.WORKER) == {working}
        assert IMPORTS.broken in STEPS.allowed(working, Actor.WORKER)


@pytest.mark.parametrize(
    "columns", [{"state": "lost"}, {"state": State.UNDONE}, {"undone_at": datetime(2026, 3, 12).astimezone()}]
)
def test_the_database_refuses_a_row_that_its_state_does_not_speak_of(
    columns: dict[str, Any], now: datetime
) -> None:
    run = opened(places(), now)
    with pytest.raises(IntegrityError, match="rosters_importrun_state_complete"), transaction.atomic():
        ImportRun.objects.update(**columns)
    run.refresh_from_db()
    assert (run.state, run.undone_at) == (State.TO_CHECK, None)
