"""Mentions of a person in texts about others: 孩子由邻居…接送, 打…的电话. Found by name and numbers, and taken out.

Sealed texts cannot be searched by the database: every text of the community is opened once. docs/adr/0126 says when a
name is left in place.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from baibuting.common.fields import SealedTextField, is_unreadable
from baibuting.common.keeping import ERASED
from baibuting.common.persons import Person
from buildings.scope import Scope
from residents.identity import SEVERAL_NUMBERS
from residents.models import Resident

# sealed columns that hold one value and no sentence: a number shared with a spouse stays the spouse's
VALUES = frozenset({"phone", "id_number", "document_number", "secret", "credential"})
SHORTEST_NUMBER = 5  # characters; a shorter number stands for anything
BATCH = 500


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
    return sum(len(columns) for _, columns in _mentioning(path, _written(words)))


def mentions_erase(*, path: str, words: Sequence[str]) -> int:
    """Replace the words in every sealed text of a community (its path); return in how many texts."""
    written = _written(words)
    counted: Counter[str] = Counter()
    for row, columns in _mentioning(path, written):
        locked = type(row)._base_manager.select_for_update(of=("self",)).get(pk=row.pk)
        for column in columns:
            text = str(getattr(locked, column))
            for word in written:
                text = text.replace(word, ERASED)
            setattr(locked, column, text)
        locked.save(update_fields=list(columns))
        counted[row._meta.label_lower] += len(columns)
    return counted.total()


def _written(words: Sequence[str]) -> list[str]:
    """Return the words as texts and as JSON may write them, the longest first."""
    escaped = [json.dumps(word)[1:-1] for word in words]
    return sorted({*words, *escaped}, key=len, reverse=True)


def _mentioning(path: str, words: Sequence[str]) -> Iterator[tuple[models.Model, list[str]]]:
    """Yield the rows of a community whose sealed texts hold any of the words, with these columns."""
    if not words:
        return
    community = Scope(paths=frozenset({path}))
    for model, columns in _texts():
        written = ~Q(**dict.fromkeys(columns, b""))
        rows: Any = model._default_manager
        for row in rows.within(community).filter(written).order_by("pk").iterator(BATCH):
            found = [column for column in columns if _holds(getattr(row, column), words)]
            if found:
                yield row, found


def _holds(text: str, words: Sequence[str]) -> bool:
    return not is_unreadable(text) and any(word in text for word in words)


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
