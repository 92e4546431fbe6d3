"""Every migration that rewrites rows runs forwards and back on a PostgreSQL whose rows have something in every column."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from accounts.models import SetAsideText, User
from accounts.selectors import account_called
from baibuting.common import sealing
from baibuting.common.fields import SealedTextField
from baibuting.common.plain_text import breaks
from buildings.models import EmergencyAccess
from buildings.services import place_change
from cadres.choices import Post
from cadres.models import Appointment, Cadre
from cadres.services import cover_start
from duties.choices import DutyActionKind
from duties.models import DutyAction
from phone.models import Submission
from reports.models import ReportRun
from rosters.models import ImportRun
from tests.duties.steps import duty_of, visit
from tests.factories import care_record, community, moment, resident, user
from tests.migrating import Key, migrate
from visits.services import visit_void

WORDS = "陪老伴去协和医院住院"


def sealing_migrations(loader: MigrationLoader) -> dict[Key, Key]:
    """Those that have a plain column sealed, each with the migration before it in its app."""
    found = {}
    for key, migration in loader.disk_migrations.items():
        steps = [step for step in migration.operations if isinstance(step, migrations.RunPython)]
        if any(step.code.__module__ == sealing.__name__ for step in steps):
            found[key] = next(parent for parent in migration.dependencies if parent[0] == key[0])
    return found


def before_all_of(found: dict[Key, Key]) -> list[Key]:
    """Where to go back to: in each app to before the first of them."""
    earliest: dict[str, Key] = {}
    for (app, _), parent in found.items():
        earliest[app] = min(parent, earliest.get(app, parent))
    return list(earliest.values())


def sealed_columns(loader: MigrationLoader, keys: Iterable[Key]) -> set[tuple[type, str]]:
    """What those migrations seal, as the models of today have it."""
    return {
        (apps.get_model(app, step.model_name), step.name)
        for app, name in keys
        for step in loader.disk_migrations[app, name].operations
        if isinstance(step, migrations.AddField) and isinstance(step.field, SealedTextField)
    }


def texts(columns: set[tuple[type, str]]) -> dict[tuple[str, UUID], str]:
    """What each of them says, row by row."""
    return {
        (f"{model._meta.label}.{name}", row.uid): str(getattr(row, name))
        for model, name in columns
        for row in model._base_manager.order_by("pk")  # type: ignore[attr-defined]
    }


def plain(model: type[models.Model], name: str) -> set[Any]:
    """What lies in the table itself."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{name}" FROM "{model._meta.db_table}"')
        return {value for (value,) in cursor.fetchall()}


def go_back(targets: list[Key]) -> None:
    """To each of them in turn, but for those that went further back with another one."""
    for target in targets:
        if target in MigrationRecorder(connection).applied_migrations():
            migrate(target)


def fill() -> None:
    """A row of every model whose columns were sealed, with words in each of its columns."""
    ours, account = community(), user("lee", email=WORDS)
    held = Appointment.objects.get(place=ours.building, post=Post.BUILDING_HEAD)
    stand_in = Cadre.objects.filter(community=ours.place).exclude(pk=held.cadre_id)[0]
    now = timezone.now()
    today = timezone.localdate()
    for place in ours.buildings:
        place_change(place=place, remark=f"{WORDS}{place.name}")
    cover_start(appointment=held, stand_in=stand_in, from_on=today, until_on=today, reason=WORDS)
    EmergencyAccess.objects.create(
        user=account, place=ours.building, reason=WORDS, started_at=now, until_at=now + timedelta(hours=3)
    )
    seen = visit(resident(ours.building, now=moment("2026-03-01T10:00")), "2026-03-02T10:00")
    visit_void(visit=seen, reason=WORDS, now=now)
    Submission.objects.create(
        entry_uid=seen.uid, hash="0" * 64, kind="visit", state="declined", sender=account, place=ours.building,
        made_at=now, received_at=now, message=WORDS, decided_at=now, decided_by=account, decision=f"不录：{WORDS}",
    )  # fmt: skip
    duty = duty_of(care_record(ours.building, now=moment("2026-03-01T10:00"), started_on=date(2026, 3, 1)))
    for kind, details in (
        (DutyActionKind.NOTE, {}),
        (DutyActionKind.WAIVE, {}),
        (DutyActionKind.REVOKE_WAIVER, {"revokes": True}),
    ):
        told = DutyAction.objects.last() if details else None
        DutyAction.objects.create(
            duty=duty, community=ours.place, place=ours.building, kind=kind, by_user=account,
            by_cadre=held.cadre, rung=1, words=f"{WORDS}{kind}", at=now, revokes=told,
        )  # fmt: skip
    ReportRun.objects.create(
        kind="ledger", place=ours.place, first_on=today, last_on=today, is_full=True, reason=WORDS, user=account,
        created_at=now,
    )  # fmt: skip
    ImportRun.objects.create(
        kind="care",
        community=ours.place,
        community_name="百步亭社区",
        user=account,
        file_name=WORDS,
        created_at=now,
    )


def actions() -> list[tuple[str, str, int | None]]:
    """What was done about duties: the kind, its words, and what it revokes."""
    return [(row.kind, row.words, row.revokes_id) for row in DutyAction.objects.order_by("pk")]


OLD_NAMES = {
    "cadres_cadre.name": "王建国13812345678", "buildings_place.name": "205栋 82345678", "accounts_user.username": "13912345678",
    "buildings_place.code": "420106195603051234",
}  # fmt: skip


def numbers_written() -> None:
    """Names of before the rule, two of one kind, and an account called by a mobile."""
    with connection.cursor() as cursor:
        for column, text in OLD_NAMES.items():
            table, name = column.split(".")
            most = 2 if table == "cadres_cadre" else 1
            newest = f"SELECT max(id) - {most} FROM {table}"
            cursor.execute(f"UPDATE {table} SET {name} = %s WHERE id > ({newest})", [text])


def numbers_are_set_aside() -> None:
    """Hidden in the column, whole in the sealed table; who signed in with his mobile still does."""
    kept = {(text.column, text.row_id): text.text for text in SetAsideText.objects.all()}
    assert len(kept) == 5
    assert set(kept.values()) == set(OLD_NAMES.values())
    for label, pk in kept:
        app, model, column = label.split(".")
        value = getattr(apps.get_model(app, model)._base_manager.get(pk=pk), column)
        assert not breaks(value)
        assert value
    account = User.objects.get(pk=next(pk for label, pk in kept if label == "accounts.user.username"))
    assert account == User.objects.get(account_called("13912345678"))
    names = Cadre.objects.filter(name__startswith="王建国").values_list("name", flat=True)
    assert len(set(names)) == 2


@pytest.mark.django_db(transaction=True)
def test_it_works() -> None:
    """Back to before each of them, all words in the clear again, and forwards: nothing is lost and nothing fails."""
    loader = MigrationLoader(connection)
    rewriting = sealing_migrations(loader)
    columns = sealed_columns(loader, rewriting)
    assert len(columns) >= 7
    fill()
    before, done = texts(columns), actions()
    for model, name in columns:
        label = f"{model._meta.label}.{name}"
        assert any(WORDS in text for (column, _), text in before.items() if column == label), f"fill {label}"
    try:
        go_back(before_all_of(rewriting))
        for model, name in columns:
            assert any(WORDS in str(value) for value in plain(model, name)), model
        with connection.cursor() as cursor:
            cursor.execute("SELECT kind FROM duties_handling ORDER BY id")
            assert [kind for (kind,) in cursor.fetchall()] == ["note", "wave_through", "take_back"]
        numbers_written()
    finally:
        migrate()
    numbers_are_set_aside()
    assert actions() == done
    assert {text for text in texts(columns).values() if text} == {text for text in before.values() if text}
    for model, name in columns:
        assert not any(WORDS.encode() in bytes(value) for value in plain(model, name)), model
    # a model that had no uid yet has got other ones; the others kept theirs
    after = texts(columns)
    assert all(after[key] == text for key, text in before.items() if key in after)
