"""Whether the configured keys are those this database was written with: a wrong one is refused before it writes.

Each key that writes leaves its key check value in the database (docs/adr/0124); `migrate`, `check --database default`
and `/healthz` compare. A database from before there were such values gets them once a stored value has opened.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django.db.models import F, Func, Value

from accounts.choices import KeyKind
from accounts.models import KeyCheckValue
from accounts.rotation import Columns, is_digestible, key_columns, opens
from baibuting.common.crypto import digest_candidates, key_check_value

SAMPLES = 3  # rows of a column that are tried: one of them may have been altered
VARIABLES = {KeyKind.FIELD: "FIELD_KEYS", KeyKind.LOOKUP: "LOOKUP_KEYS"}


def key_problems() -> list[str]:
    """Return a sentence for each configured key that is another than the database knows, and each that is missing.

    One query. An empty list where nothing was recorded yet.
    """
    return [
        problem
        for row in KeyCheckValue.objects.order_by("kind", "number")
        if (problem := _problem(row, _configured()[KeyKind(row.kind)]))
    ]


def _configured() -> Mapping[KeyKind, Mapping[int, bytes]]:
    return {KeyKind.FIELD: settings.FIELD_KEYS, KeyKind.LOOKUP: settings.LOOKUP_KEYS}


def _problem(row: KeyCheckValue, keys: Mapping[int, bytes]) -> str:
    variable, key = VARIABLES[KeyKind(row.kind)], keys.get(row.number)
    if key is None:
        if row.retired_at is not None:
            return ""
        return (
            f"{variable} 里缺少 {row.number} 号密钥，库里还有用它写的数据。"
            "请补上这把密钥；确要停用，先运行 rotate_keys 换完。"
        )
    if hmac.compare_digest(key_check_value(key), bytes(row.value)):
        return ""
    return (
        f"{variable} 里的 {row.number} 号密钥不是写这个数据库的那一把，已停止，什么也没有写。"
        "请换回原来的密钥；找不到时，从另外保存的密钥备份中取。"
    )


def check_keys(app_configs: Any, databases: Any = None, **options: Any) -> list[CheckMessage]:
    """Return an error for each sentence of `key_problems`; a database that is not migrated yet has none."""
    if DEFAULT_DB_ALIAS not in (databases or ()) or not _is_migrated():
        return []
    return [Error(problem, id="accounts.E001") for problem in key_problems()]


def _is_migrated() -> bool:
    with connection.cursor() as cursor:
        return KeyCheckValue._meta.db_table in connection.introspection.table_names(cursor)


@transaction.atomic
def keys_record(*, now: datetime) -> None:
    """Record the keys that write, and those under which values lie, where the database does not know them yet.

    Raises ValidationError for a key that is not the recorded one, that is missing, or under whose number values lie of
    which none opens; nothing is then recorded.
    """
    if problems := key_problems():
        raise ValidationError(problems)
    known = set(KeyCheckValue.objects.values_list("kind", "number"))
    found = [
        *((KeyKind.FIELD, number) for number in _fields_proven(known)),
        *((KeyKind.LOOKUP, number) for number in _lookups_proven(known)),
    ]
    configured = _configured()
    KeyCheckValue.objects.bulk_create(
        (
            KeyCheckValue(
                kind=kind, number=number, value=key_check_value(configured[kind][number]), recorded_at=now
            )
            for kind, number in found
        ),
        ignore_conflicts=True,
    )
    _writing().exclude(retired_at=None).update(retired_at=None)


def keys_retire(*, now: datetime) -> None:
    """Let the keys that no longer write be taken out of the settings: nothing is left under them."""
    KeyCheckValue.objects.filter(retired_at=None).exclude(pk__in=_writing()).update(retired_at=now)


def _writing() -> models.QuerySet[KeyCheckValue]:
    fields = KeyCheckValue.objects.filter(kind=KeyKind.FIELD, number=settings.FIELD_KEY_ID)
    return fields | KeyCheckValue.objects.filter(kind=KeyKind.LOOKUP, number=settings.LOOKUP_KEY_ID)


def _fields_proven(known: set[tuple[str, int]]) -> Iterator[int]:
    """Yield the unknown keys that write or under which a value opens. Raises ValidationError where values do not open."""
    for number in settings.FIELD_KEYS:
        if (KeyKind.FIELD, number) in known:
            continue
        tried = [opens(*sample) for sample in _sealed_under(number)]
        if tried and not any(tried):
            raise ValidationError(
                f"FIELD_KEYS 里的 {number} 号密钥打不开库里用 {number} 号写的数据，已停止。请换回原来的密钥，再运行 migrate。"
            )
        if tried or number == settings.FIELD_KEY_ID:
            yield number


def _sealed_under(number: int) -> Iterator[tuple[Columns, Any, str]]:
    """Yield some values (columns, row, name) of each column that name this key in their second byte."""
    for columns in key_columns():
        for name in columns.sealed:
            head = Func(F(name), Value(2), Value(1), function="substring", output_field=models.BinaryField())
            rows = columns.model._base_manager.alias(key_number=head).filter(key_number=bytes((number,)))
            yield from ((columns, row, name) for row in rows.order_by("pk")[:SAMPLES])


def _lookups_proven(known: set[tuple[str, int]]) -> Iterator[int]:
    """Yield the look-up key that writes, where it is unknown.

    Digests do not name their key: before any is known, one of the stored ones must come out under a configured key.
    Raises ValidationError where none does.
    """
    if (KeyKind.LOOKUP, settings.LOOKUP_KEY_ID) in known:
        return
    if not any(kind == KeyKind.LOOKUP for kind, _ in known):
        tried = list(_digests_tried())
        if tried and not any(tried):
            raise ValidationError(
                "LOOKUP_KEY 不是写这个数据库的那一把：库里没有一个查找摘要对得上，已停止。请换回原来的密钥，再运行 migrate。"
            )
    yield settings.LOOKUP_KEY_ID


def _digests_tried() -> Iterator[bool]:
    """Yield, for some rows of each column of digests, whether theirs comes out under a configured key."""
    for columns in key_columns():
        for name, digest_of in columns.digests.items():
            rows = columns.model._base_manager.exclude(**{name: None}).order_by("pk")
            for row in rows[:SAMPLES]:
                if is_digestible(columns, row, name):
                    yield bytes(getattr(row, name)) in digest_candidates(digest_of(row))
