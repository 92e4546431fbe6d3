"""What stands in the database, table by table, to see whether anything has changed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from types import TracebackType

from django.apps import apps
from django.db import connection

FLEETING = {"sessions.session"}


def tables() -> list[str]:
    """Every table of a model; sessions left out, which a look at a page may write."""
    return [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in FLEETING
    ]


def digests(of: Iterable[str] | None = None) -> dict[str, str]:
    """What stands in every table, or in those named, as one word each."""
    parts = [
        f"""SELECT '{table}', md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM "{table}" t"""
        for table in (tables() if of is None else of)
    ]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


class Changes(AbstractContextManager["Changes"]):
    """`tables`: those that stand otherwise at the end of the block than they did in `before`, their digests.

    PostgreSQL counts what a transaction writes: only where it has written at all need a table be read again.
    """

    def __init__(self, before: dict[str, str]) -> None:
        self.before = before
        self.tables: list[str] = []

    def __enter__(self) -> Changes:
        self._written = _written()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            written = _written()
            touched = [name for name in self.before if written.get(name) != self._written.get(name)]
            after = digests(touched)
            self.tables = [name for name in touched if after[name] != self.before[name]]


def _written() -> dict[str, int]:
    """How many rows the open transaction has inserted, changed and deleted, by table; also what it took back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return dict(cursor.fetchall())
