"""A migration waits a short while for a table that somebody uses, then gives up unchanged and says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection
from django.db.migrations.recorder import MigrationRecorder

from baibuting.management.commands import migrate
from visits.models import VisitRule

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, LAST = "0008_first_due", "0009_rule_dues"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tables are as today's models have them, whatever happens."""
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", 0.3)
    yield
    call_command("migrate", verbosity=0)  # the apps above went back with it


def applied() -> bool:
    return MigrationRecorder.Migration.objects.filter(app="visits", name=LAST).exists()


def columns() -> set[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, VisitRule._meta.db_table)
    return {column.name for column in found}


def lock_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        (found,) = cursor.fetchone()
        return str(found)


def test_it_works() -> None:
    """Somebody reads the table in a transaction that does not end."""
    reader: Any = connection.copy()
    with closing(reader):
        reader.set_autocommit(False)
        with reader.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM visits_visitrule")
        with pytest.raises(CommandError, match="这一步什么也没有改"):
            call_command("migrate", "visits", BEFORE, verbosity=0)
        assert applied()
        assert "spread_days" in columns()
        assert lock_timeout() == "0", "whatever the process does next waits as before"
        reader.rollback()
    call_command("migrate", "visits", BEFORE, verbosity=0)
    assert not applied()
    assert "spread_days" not in columns()


def test_any_other_fault_stays_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nobody FROM nowhere")

    with monkeypatch.context() as patch:
        patch.setattr(migrate.migrate.Command, "handle", broken)
        with pytest.raises(ProgrammingError, match="nowhere"):
            call_command("migrate", verbosity=0)
    assert lock_timeout() == "0"
