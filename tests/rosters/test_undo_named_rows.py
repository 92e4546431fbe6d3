"""撤销导入 spares what others name by model and key alone, also where they come between the plan and its doing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from phone.models import Submission
from rosters import undoing
from rosters.choices import State
from rosters.models import ImportRun
from rosters.undoing import import_run_undo, undo_plan
from tests.factories import Community, clerk, community, user
from tests.rosters.undoing import CADRES, RESIDENTS, imported, undone, visits
from tests.rosters.uploads import client_of
from visits.models import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def run(home: Community, now: datetime) -> ImportRun:
    office: Client = client_of(clerk(home.place))
    for kind, rows in (("cadres", CADRES), ("residents", RESIDENTS)):
        imported(office, now, kind, rows)
    return imported(office, now, "visits", visits("2026-11-02"))


def sent_from_a_phone(home: Community, now: datetime) -> Submission:
    return Submission.objects.create(
        entry_uid=uuid4(), hash="0" * 64, kind="visit", state="stored", sender=user("head"), place=home.place,
        made_at=now, received_at=now, object_type="visits.visit", object_id=Visit.objects.get().pk,
    )  # fmt: skip


def test_it_works(home: Community, run: ImportRun, now: datetime) -> None:
    sent_from_a_phone(home, now)
    assert undo_plan(run).told()["reasons"] == ["1 条走访已有手机提交"]
    with pytest.raises(ValidationError, match="已有手机提交"):
        undone(run, now + timedelta(minutes=5))
    assert Visit.objects.count() == 1


def test_what_comes_in_between_is_not_lost(
    home: Community, run: ImportRun, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A phone's entry finds the visit after the plan was made: no foreign key would hold the visit back."""
    plan = undoing.undo_plan

    def slow(asked: ImportRun) -> Any:
        made = plan(asked)
        sent_from_a_phone(home, now)
        return made

    monkeypatch.setattr(undoing, "undo_plan", slow)
    with pytest.raises(ValidationError, match="刚才又有人"):
        import_run_undo(run=run, by=run.user, now=now + timedelta(minutes=5))  # type: ignore[arg-type]
    run.refresh_from_db()
    assert (Visit.objects.count(), run.state) == (1, State.DONE)


def test_without_either_it_is_taken_back(run: ImportRun, now: datetime) -> None:
    assert undone(run, now + timedelta(minutes=5)).state == State.UNDONE
    assert not Visit.objects.exists()
