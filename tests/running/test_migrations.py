"""Migrations that seal columns take what stood there along, and open it again when they are taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from buildings.models import EmergencyAccess
from cadres.emergency import emergency_open
from cadres.models import Appointment, Cover
from cadres.selectors import scope_for
from cadres.services import cover_start
from tests.duties.steps import visit
from tests.factories import care_record, clerk, community, moment
from visits.models import Visit
from visits.services import visit_void

NOW = moment("2026-03-11T09:00")
# before the columns were sealed
BEFORE = [
    ("visits", "0002_rule_terms_complete"),
    ("cadres", "0004_emergency_notices"),
    ("buildings", "0003_emergency_access"),
]


@pytest.fixture
def rows(db: None) -> list[tuple[str, str]]:
    """One row of each kind, with a reason that names somebody: (table and column, reason)."""
    ours, theirs = community(), community("丹水池社区")
    held = Appointment.objects.filter(place=ours.building).first()
    other = Appointment.objects.filter(place=ours.building).exclude(cadre=held.cadre).first()
    cover_start(
        appointment=held,
        stand_in=other.cadre,
        from_on=NOW.date(),
        until_on=NOW.date(),
        reason="王芳陪护住院的父亲",
    )
    made = visit(
        care_record(ours.building, now=NOW, started_on=NOW.date()).resident,
        "2026-03-11T08:00",
        received="2026-03-11T08:30",
    )
    visit_void(visit=made, reason="把王芳记成了王方", now=NOW)
    account = clerk(ours.place)
    scope = scope_for(account, today=NOW.date())
    emergency_open(user=account, scope=scope, building=theirs.building, reason="王芳家中起火", now=NOW)
    return [
        ("buildings_emergencyaccess.reason", "王芳家中起火"),
        ("cadres_cover.reason", "王芳陪护住院的父亲"),
        ("visits_visit.void_reason", "把王芳记成了王方"),
    ]


def stored(place: str) -> Any:
    table, column = place.split(".")
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{table}"')
        return cursor.fetchone()[0]


def migrate(targets: list[tuple[str, str]]) -> None:
    """Inside the test's own transaction, in which rows just made would be checked at its end and hold the tables until then."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    MigrationExecutor(connection).migrate(targets)


def test_it_works(rows: list[tuple[str, str]]) -> None:
    newest = list(MigrationExecutor(connection).loader.graph.leaf_nodes())
    assert not any(reason.encode() in bytes(stored(place)) for place, reason in rows)
    migrate(BEFORE)
    assert [stored(place) for place, _ in rows] == [reason for _, reason in rows]
    migrate(newest)
    assert not any(reason.encode() in bytes(stored(place)) for place, reason in rows)
    opened = [
        EmergencyAccess.objects.get().reason,
        Cover.objects.get().reason,
        Visit.objects.get().void_reason,
    ]
    assert opened == [reason for _, reason in rows]
