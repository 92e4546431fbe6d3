"""Key rotation: every sealed column is resealed under the current key, every digest computed anew.

Columns are found by walking the models, so that none can be forgotten: a SealedTextField; a BinaryField named in its
model's `digests` (column → function of the row); any other BinaryField, which is sealed bytes bound to what the model's
`sealed_bytes` says (column → function of the row) or else to "<app>.<model>.<column>|<uid>", unless the model names it
in `plain_bytes`.

Rows are locked in small batches, briefly and without waiting: what another transaction holds is skipped and comes
again. It can be stopped and started at any point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Func, Q, QuerySet, Value

from baibuting.common.bulk import rows_update
from baibuting.common.crypto import (
    ALGORITHMS,
    SealBrokenError,
    key_id_of,
    looks_sealed,
    open_sealed_bytes,
    seal_bytes,
)
from baibuting.common.fields import SealedTextField, is_unreadable

BATCH = 200


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a model that depend on keys."""

    model: type[models.Model]
    texts: tuple[str, ...]
    files: Mapping[str, Callable[[Any], str]]
    digests: Mapping[str, Callable[[Any], bytes | None]]

    @property
    def sealed(self) -> tuple[str, ...]:
        return (*self.texts, *self.files)


@dataclass(slots=True)
class Pass:
    """The outcome of one pass over all rows. `conflicts` are rows (model, id) whose new digest another row has already,
    `unreadable` values (column, id) that do not open: they are left as they are.
    """

    changed: int = 0
    skipped: int = 0
    conflicts: list[tuple[str, Any]] = field(default_factory=list)
    unreadable: list[tuple[str, Any]] = field(default_factory=list)


def key_columns() -> list[Columns]:
    """Return every model with sealed columns or digests, in a fixed order."""
    found = []
    for model in sorted(apps.get_models(), key=lambda one: one._meta.label_lower):
        if model._meta.proxy or not model._meta.managed:
            continue
        columns = _columns_of(model)
        if columns.texts or columns.files or columns.digests:
            found.append(columns)
    return found


def _columns_of(model: type[models.Model]) -> Columns:
    digests: Mapping[str, Any] = getattr(model, "digests", {})
    plain: frozenset[str] = getattr(model, "plain_bytes", frozenset())
    binary = [one for one in model._meta.local_concrete_fields if isinstance(one, models.BinaryField)]
    texts = tuple(one.attname for one in binary if isinstance(one, SealedTextField))
    files = [one.attname for one in binary if one.attname not in {*texts, *digests, *plain}]
    binders: Mapping[str, Any] = getattr(model, "sealed_bytes", {})
    return Columns(model, texts, {name: binders.get(name) or _bound_by_uid(name) for name in files}, digests)


def _bound_by_uid(name: str) -> Callable[[Any], str]:
    return lambda row: f"{row._meta.label_lower}.{name}|{row.uid}"


def keys_pass(*, batch: int = BATCH) -> Pass:
    """Pass over all rows once and bring under the current keys what is not; returns what was done."""
    done = Pass()
    for columns in key_columns():
        last: Any = None
        while (last := _batch(columns, last, batch, done)) is not None:
            pass
    return done


def sealed_under_old_keys() -> dict[str, int]:
    """Return the number of values not under the current key by sealed column: {"residents.resident.phone": 12}."""
    left = {}
    for columns in key_columns():
        for name in columns.sealed:
            count = _old_rows(columns.model._base_manager.all(), [name], []).count()
            left[f"{columns.model._meta.label_lower}.{name}"] = count
    return {name: count for name, count in left.items() if count}


def unreadable_values() -> list[tuple[str, Any]]:
    """Return the values (column, id) not under the current key that cannot be resealed, because they do not open."""
    found = []
    for columns in key_columns():
        for row in _old_rows(columns.model._base_manager.order_by("pk"), columns.sealed, []).iterator(BATCH):
            broken = (name for name in columns.sealed if _needs_sealing(_stored(row, name)))
            label = columns.model._meta.label_lower
            found += [(f"{label}.{name}", row.pk) for name in broken if not opens(columns, row, name)]
    return found


def _old_rows(rows: QuerySet[Any], sealed: Sequence[str], digests: Sequence[str]) -> QuerySet[Any]:
    """Return rows with a value not under the current key, and all with digests, which do not name their key."""
    now = bytes((ALGORITHMS[settings.FIELD_ALGORITHM], settings.FIELD_KEY_ID))
    condition = Q(pk__in=())
    for name in sealed:
        head = Func(F(name), Value(1), Value(2), function="substring", output_field=models.BinaryField())
        rows = rows.alias(**{f"head_of_{name}": head})
        condition |= ~Q(**{f"head_of_{name}__in": [now, b""]})
    for name in digests:
        condition |= Q(**{f"{name}__isnull": False})
    return rows.filter(condition)


def _batch(columns: Columns, after: Any, size: int, done: Pass) -> Any:
    """Bring the batch of rows after a primary key up to date; returns its last key, None after the last row."""
    manager = columns.model._base_manager
    rows = manager.order_by("pk") if after is None else manager.filter(pk__gt=after).order_by("pk")
    found = _old_rows(rows, columns.sealed, list(columns.digests))
    keys = list(found.values_list("pk", flat=True)[:size])
    if not keys:
        return None
    with transaction.atomic():
        locked = list(
            manager.filter(pk__in=keys)
            .order_by("pk")
            .select_for_update(skip_locked=True, no_key=True, of=("self",))
        )
        done.skipped += len(keys) - len(locked)
        changed = [row for row in locked if _renew(columns, row, done.unreadable)]
        done.changed += len(changed)
        done.conflicts += _write(columns, changed)
    return keys[-1]


def _renew(columns: Columns, row: Any, unreadable: list[tuple[str, Any]]) -> bool:
    """Reseal and digest a row's values where they are not under the current keys; returns whether any was not.

    What does not open is added to `unreadable`, column and id.
    """
    sealed_anew, broken = _seal_anew(columns, row)
    unreadable += [(f"{columns.model._meta.label_lower}.{name}", row.pk) for name in broken]
    return _digest_anew(columns, row) or sealed_anew


def _seal_anew(columns: Columns, row: Any) -> tuple[bool, list[str]]:
    """Reseal a row's values; returns whether any was, and the columns that do not open."""
    is_changed, broken = False, []
    for name in columns.sealed:
        if not _needs_sealing(_stored(row, name)):
            continue
        if opens(columns, row, name):
            _put_anew(columns, row, name)
            is_changed = True
        else:
            broken.append(name)
    return is_changed, broken


def _stored(row: Any, name: str) -> bytes:
    return bytes(row.__dict__[name] or b"")


def opens(columns: Columns, row: Any, name: str) -> bool:
    if name in columns.texts:
        return not is_unreadable(getattr(row, name))
    try:
        open_sealed_bytes(_stored(row, name), bound_to=columns.files[name](row))
    except SealBrokenError:
        return False
    return True


def _put_anew(columns: Columns, row: Any, name: str) -> None:
    if name in columns.texts:
        setattr(row, name, str(getattr(row, name)))
        return
    bound_to = columns.files[name](row)
    setattr(
        row, name, seal_bytes(open_sealed_bytes(_stored(row, name), bound_to=bound_to), bound_to=bound_to)
    )


def _digest_anew(columns: Columns, row: Any) -> bool:
    is_changed = False
    for name, digest_of in columns.digests.items():
        if not is_digestible(columns, row, name):
            continue
        stored_digest, digest = getattr(row, name), digest_of(row)
        if (None if stored_digest is None else bytes(stored_digest)) != digest:
            setattr(row, name, digest)
            is_changed = True
    return is_changed


def is_digestible(columns: Columns, row: Any, name: str) -> bool:
    """Return whether a digest's input can be read: for "phone_digest" the phone, for others all texts of the row."""
    made_of = name.removesuffix("_digest")
    texts = (made_of,) if made_of in columns.texts else columns.texts
    return not any(is_unreadable(getattr(row, text)) for text in texts)


def _needs_sealing(stored: bytes) -> bool:
    if not stored:
        return False
    if not looks_sealed(stored):
        return True
    return key_id_of(stored) != settings.FIELD_KEY_ID or stored[0] != ALGORITHMS[settings.FIELD_ALGORITHM]


def _write(columns: Columns, rows: list[Any]) -> list[tuple[str, Any]]:
    """Write the rows, one by one where digests collide; returns the colliding ones, left as they were."""
    names = (*columns.sealed, *columns.digests)
    try:
        with transaction.atomic():
            rows_update(rows, names)
    except IntegrityError:
        return list(_write_one_by_one(columns, rows, names))
    return []


def _write_one_by_one(columns: Columns, rows: list[Any], names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for row in rows:
        try:
            with transaction.atomic():
                rows_update([row], names)
        except IntegrityError:
            rows_update([row], columns.sealed)
            yield columns.model._meta.label_lower, row.pk
