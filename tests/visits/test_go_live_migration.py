"""An office that counted before there was a go-live keeps its figures: it counts from the earliest day it knows."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from duties.models import DutyClock, GoLive
from tests.duties.steps import story_of_everything, sweep_at, visit
from tests.factories import care_record, community, moment
from visits.choices import IncidentKind
from visits.services import incident_report

pytestmark = pytest.mark.django_db


def migrate(name: str = "") -> None:
    """Go to a migration of visits; to today's without a name."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # rows and columns change in one transaction here
    executor = MigrationExecutor(connection)
    executor.migrate([("visits", name)] if name else executor.loader.graph.leaf_nodes())


def test_it_works() -> None:
    home, bare = community(), community("隔壁社区")
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 2, 20))
    visit(record.resident, "2026-02-10T10:00", received="2026-03-01T10:00")
    incident_report(
        building=home.building,
        kind=IncidentKind.EMERGENCY,
        occurred_at=moment("2026-02-25T10:00"),
        summary="水管爆裂",
        now=moment("2026-03-01T11:00"),
        reported_by=None,
    )
    sweep_at("2026-03-03T08:00")
    before = story_of_everything()
    GoLive.objects.all().delete()
    migrate("0007_duties_at_buildings")
    migrate()
    live = GoLive.objects.get()
    assert (live.community, live.on, live.confirmed_at) == (home.place, date(2026, 2, 10), None)
    assert bare.place.pk != live.community_id
    DutyClock.objects.update(next_check_at=moment("2026-03-03T08:00"))
    sweep_at("2026-03-03T08:00")
    assert story_of_everything() == before
