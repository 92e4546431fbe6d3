"""Mentions of a person in texts about others: 孩子由邻居…接送, 打…的电话. Found by name and numbers, and taken out.

Sealed texts cannot be searched by the database: every text of the community is opened once. docs/adr/0126 says when a
name is left in place.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from baibuting.common.crypto import SealBrokenError, open_sealed
from baibuting.common.fields import SealedTextField, bound_to, is_unreadable
from baibuting.common.keeping import ERASED
from baibuting.common.persons import Person
from buildings.scope import Scope
from residents.identity import SEVERAL_NUMBERS
from residents.models import Resident

# sealed columns that hold one value and no sentence: a number shared with a spouse stays the spouse's
VALUES = frozenset({"phone", "id_number", "document_number", "secret", "credential"})
SHORTEST_NUMBER = 5  # characters; a shorter number stands for anything
BATCH = 2_000


def words_of(resident: Resident, *, others: Collection[int] = ()) -> tuple[str, ...]:
    """Return what mentions a person: their numbers, and their name where nobody else of the community has it.

    `others` are keys of registrations that are theirs as well.
    """
    numbers = [*resident.phone.split(SEVERAL_NUMBERS), resident.id_number, resident.document_number]
    words = [str(one) for one in numbers if len(one) >= SHORTEST_NUMBER and not is_unreadable(one)]
    if is_only_bearer(resident, others=others):
        words.append(resident.name)
    return tuple(dict.fromkeys(words))


def is_only_bearer(resident: Resident, *, others: Collection[int] = ()) -> bool:
    """Return whether nobody else of the community, resident, cadre or volunteer, has the same name."""
    if len(resident.name) < 2 or resident.name == ERASED:
        return False
    own = {resident.pk, *others}
    for model in apps.get_models():
        if issubclass(model, Person):
            namesakes: Any = model._base_manager.all()
            found = namesakes.filter(community=resident.community_id, name=resident.name)
            if found.exclude(pk__in=own if model is Resident else ()).exists():
                return False
    return True


def mentions_count(*, path: str, words: Sequence[str]) -> int:
    """Return how many texts in a community (its path) mention any of the words."""
    return sum(1 for _ in _mentioning(path, _written(words)))


def mentions_erase(*, path: str, words: Sequence[str]) -> int:
    """Replace the words in every sealed text of a community (its path); return in how many texts."""
    written, count = _written(words), 0
    for model, pk, column in list(_mentioning(path, written)):
        row = model._base_manager.select_for_update(of=("self",)).get(pk=pk)
        text = str(getattr(row, column))
        for word in written:
            text = text.replace(word, ERASED)
        setattr(row, column, text)
        row.save(update_fields=[column])
        count += 1
    return count


def _written(words: Sequence[str]) -> list[str]:
    """Return the words as texts and as JSON may write them, the longest first."""
    escaped = [json.dumps(word)[1:-1] for word in words]
    return sorted({*words, *escaped}, key=len, reverse=True)


def _mentioning(path: str, words: Sequence[str]) -> Iterator[tuple[type[models.Model], int, str]]:
    """Yield the model, key and column of each sealed text of a community that holds any of the words.

    Rows are read as plain values: a community has hundreds of thousands of texts after some years. A text that cannot
    be opened mentions nobody.
    """
    if not words:
        return
    community = Scope(paths=frozenset({path}))
    for model, columns in _texts():
        rows: Any = model._default_manager
        told = rows.within(community).filter(~Q(**dict.fromkeys(columns, b"")))
        for pk, uid, *texts in told.order_by("pk").values_list("pk", "uid", *columns).iterator(BATCH):
            for column, sealed in zip(columns, texts, strict=True):
                if sealed and _holds(bytes(sealed), bound_to(model, column, uid), words):
                    yield model, pk, column


def _holds(sealed: bytes, bound: str, words: Sequence[str]) -> bool:
    try:
        text = open_sealed(sealed, bound_to=bound)
    except SealBrokenError:
        return False
    return any(word in text for word in words)


def _texts() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Yield the models that lie at a place and have sealed texts, with these columns."""
    for model in apps.get_models():
        if model._meta.proxy or not hasattr(model, "place_lookup"):
            continue
        columns = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, SealedTextField) and field.attname not in VALUES
        ]
        if columns:
            yield model, columns
