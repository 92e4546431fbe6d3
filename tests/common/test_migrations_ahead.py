"""The program of before lives on the schema of after: what it reads and writes is still there while both run.

Expand, then contract: a release adds columns with a default, the next takes away what nobody reads any more. Judged
are the migrations that no installation has run yet; `RELEASED` moves on with each release.
"""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import analyse_sql_statements
from django_migration_linter.sql_analyser.postgresql import PostgresqlAnalyser

from baibuting.floors import APPS

# the last migration of each app that installations have run; an app that is not named is new
RELEASED = {
    "accounts": "0009", "api": "0004", "audit": "0002", "boards": "0002", "buildings": "0008", "cadres": "0007",
    "duties": "0009", "phone": "0007", "reports": "0003", "residents": "0007", "rosters": "0006", "visits": "0008",
    "volunteers": "0004",
}  # fmt: skip


def ahead() -> list[str]:
    """The migrations that the next upgrade runs."""
    keys = MigrationLoader(connection).disk_migrations
    return sorted(name for app, name in keys if app in APPS and name[:4] > RELEASED.get(app, "0000"))


@pytest.mark.django_db
def test_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    names = ahead()
    assert names
    linter = MigrationLinter(
        include_apps=APPS, include_name=names, no_cache=True, analyser_string="postgresql"
    )
    linter.lint_all_migrations()
    assert linter.nb_total >= len(names)
    assert not linter.has_errors, capsys.readouterr().out


@pytest.mark.parametrize(
    "statement",
    [
        'ALTER TABLE "visits_visit" DROP COLUMN "notes" CASCADE;',
        'ALTER TABLE "visits_visit" RENAME COLUMN "notes" TO "words";',
        'ALTER TABLE "visits_visit" ADD COLUMN "stars" integer NOT NULL;',
        'DROP TABLE "visits_visit" CASCADE;',
    ],
)
def test_what_the_program_of_before_would_miss_is_found(statement: str) -> None:
    errors, _, _ = analyse_sql_statements(PostgresqlAnalyser, [statement])
    assert errors
