"""The phone's cast: a community on a day that stands still, somebody overdue in its first building, its 楼栋长."""

from __future__ import annotations

import pytest
from django.test import Client

from cadres.choices import Post
from residents.models import CareRecord
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, community, moment
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def record(home: Community) -> CareRecord:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START)
    sweep_at(NOW)
    return record


@pytest.fixture
def head(home: Community) -> Client:
    return signed_in_as(home, home.building, Post.BUILDING_HEAD)
