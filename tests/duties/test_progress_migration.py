"""An upgrade does not make the sweep look stale, and the runs of before stay as they were."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from duties.models import SweepRun
from tests.migrating import migrate

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    now = timezone.now()
    ends = {"a minute ago": now - timedelta(minutes=1), "long ago": now - timedelta(days=40), "never": None}
    made = {
        name: SweepRun.objects.create(now=now, started_at=now, finished_at=ended, looked_at=7).pk
        for name, ended in ends.items()
    }
    migrate(("duties", "0009_go_live"))
    migrate()
    found = {name: SweepRun.objects.get(pk=pk) for name, pk in made.items()}
    assert {name: run.progress_at for name, run in found.items()} == {
        "a minute ago": ends["a minute ago"],
        "long ago": None,
        "never": None,
    }
    assert {name: (run.finished_at, run.looked_at) for name, run in found.items()} == {
        name: (ended, 7) for name, ended in ends.items()
    }
    assert not any(run.is_refused or run.clock_ahead for run in found.values())
