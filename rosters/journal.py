"""What an import has written, sealed with its run so that it can be undone.

Each row is kept with a mark, a hash of its values after the import: a row whose mark differs was changed since.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connections, models, router

from baibuting.common.tabular.report import Written
from rosters.choices import Purpose
from rosters.models import ImportFile, ImportRun

# Columns derived from another row: a place's from its parent's path, a care record's from its person's flat.
FOLLOWING: dict[str, frozenset[str]] = {
    "buildings.place": frozenset({"path", "sort_key"}),
    "residents.carerecord": frozenset({"building_id"}),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: `before` its former values by column (attribute name), None for a new one; `mark` its hashes.

    A new row's mark has two parts, the second over its sealed columns, which change with the keys.
    """

    label: str
    pk: int
    before: dict[str, Any] | None
    mark: list[str]


@dataclass(slots=True)
class Journal:
    """Everything an import wrote, one entry a row. `keys` are the numbers of the keys its marks were made under."""

    keys: list[int] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def journal_keep(run: ImportRun, written: Iterable[Written]) -> None:
    """Store what a run wrote. Call it in the import's transaction, after everything is written."""
    by_row = _one_a_row(written)
    marks = _marks(by_row)
    rows = [
        [label, pk, before, marks[label, pk]]
        for (label, pk), before in by_row.items()
        if (label, pk) in marks  # a row written and erased again by the same import is left out
    ]
    data = json.dumps({"keys": _keys(), "rows": rows}, ensure_ascii=False, separators=(",", ":"))
    ImportFile.keep(run, Purpose.JOURNAL, data.encode())


def journal_of(run: ImportRun) -> Journal | None:
    """Return what a run wrote; None where it is no longer kept."""
    data = ImportFile.find(run, Purpose.JOURNAL)
    if data is None:
        return None
    plain = json.loads(data)
    return Journal(plain["keys"], [Entry(*row) for row in plain["rows"]])


def journal_compare(journal: Journal) -> tuple[list[Entry], set[tuple[str, int]]]:
    """Return the entries whose rows still exist, and (label, id) of those whose values differ today."""
    today = _marks({(entry.label, entry.pk): entry.before for entry in journal.entries})
    # under other keys than then, sealed columns cannot be compared
    parts = slice(None) if journal.keys == _keys() else slice(1)
    there = [entry for entry in journal.entries if (entry.label, entry.pk) in today]
    changed = {
        (entry.label, entry.pk) for entry in there if today[entry.label, entry.pk][parts] != entry.mark[parts]
    }
    return there, changed


def _keys() -> list[int]:
    return [settings.FIELD_KEY_ID, settings.LOOKUP_KEY_ID]


def _one_a_row(written: Iterable[Written]) -> dict[tuple[str, int], dict[str, Any] | None]:
    """Merge what was written to a row: new stays new, and the first former value of a column is kept."""
    rows: dict[tuple[str, int], dict[str, Any] | None] = {}
    for one in written:
        key = (one.model.lower(), one.pk)
        before = None if one.before is None else _plain(key[0], one.before)
        known = rows.setdefault(key, before)
        if known is not None and before is not None:
            rows[key] = before | known
    return rows


def _plain(label: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return former values as JSON, by attribute name. Digests are left out: they follow from their source."""
    model = apps.get_model(label)
    plain: dict[str, Any] = {}
    for name, value in before.items():
        column: Any = model._meta.get_field(name)
        if isinstance(value, bytes | memoryview):
            continue
        if isinstance(value, models.Model):
            value = value.pk
        plain[column.attname] = _text(value)
    return plain


def _text(value: Any) -> Any:
    """Return a value as JSON; text from a sealed column is plain here."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, str | UUID) else value


def _marks(rows: Mapping[tuple[str, int], Mapping[str, Any] | None]) -> dict[tuple[str, int], list[str]]:
    """Return the marks of existing rows: a new row over all its columns, a changed one over the columns changed."""
    new: dict[str, list[int]] = defaultdict(list)
    changed: dict[str, list[int]] = defaultdict(list)
    for (label, pk), before in rows.items():
        (new if before is None else changed)[label].append(pk)
    found = {(label, pk): mark for label, pks in new.items() for pk, mark in _whole_rows(label, pks)}
    for label, pks in changed.items():
        for pk, row in apps.get_model(label)._base_manager.in_bulk(pks).items():
            columns = rows[label, pk] or {}
            said = json.dumps(
                {name: _text(getattr(row, name)) for name in sorted(columns)}, ensure_ascii=False
            )
            found[label, pk] = [sha256(said.encode()).hexdigest()]
    return found


def _whole_rows(label: str, pks: Collection[int]) -> Iterable[tuple[int, list[str]]]:
    """Yield the marks of whole rows, computed by the database: no decryption, fast for thousands."""
    model = apps.get_model(label)
    connection = connections[router.db_for_read(model)]
    following = FOLLOWING.get(label, frozenset())
    fields = [field for field in model._meta.concrete_fields if field.attname not in following]
    plain, sealed = (
        _row_of(connection, [field for field in fields if isinstance(field, models.BinaryField) is is_sealed])
        for is_sealed in (False, True)
    )
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, md5({plain}::text), md5({sealed}::text) FROM {table} WHERE {key} = ANY(%s)",  # noqa: S608 - names come from the model
            [list(pks)],
        )
        return [(pk, [of_plain, of_sealed]) for pk, of_plain, of_sealed in cursor.fetchall()]


def _row_of(connection: Any, fields: Sequence[models.Field[Any, Any]]) -> str:
    return f"row({', '.join(connection.ops.quote_name(field.column) for field in fields)})"
