"""Erasing a person: which rows of all apps are theirs, what of them goes, and what stays for the figures (ADR 126).

The apps declare it (`Portal.erasures`); `visits.services.erasing` decides who may, and ends what runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet

from baibuting.common.fields import is_unreadable
from baibuting.common.keeping import ErasedPerson, RowErasure
from baibuting.common.portal import Portal, collected
from buildings.models import Place
from residents.mentions import is_only_bearer, mentions_count, mentions_erase, words_of
from residents.models import Resident, ResidentMerge


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would do: (what, how many rows, what becomes of them in Chinese).

    `mentions` is how many other texts name the person; `has_namesake`: their name stays in those.
    """

    rows: list[tuple[str, int, str]]
    mentions: int
    has_namesake: bool


@collected
def row_erasures(portals: Mapping[str, Portal]) -> tuple[RowErasure, ...]:
    """Return what every app declares, in the order in which rows are found."""
    every = [erasure for portal in portals.values() for erasure in portal.erasures]
    return tuple(sorted(every, key=lambda erasure: erasure.last))


def erasure_preview(*, resident: Resident, now: datetime) -> Preview:
    """Return what erasing a person would do."""
    person = _found(resident, now)
    return Preview(
        rows=[
            (erasure.label, len(person.of(erasure.model)), erasure.fate)
            for erasure in row_erasures()
            if person.of(erasure.model)
        ],
        mentions=mentions_count(path=_path(resident), words=person.words),
        has_namesake=not is_only_bearer(resident, others=person.keys),
    )


def rows_erase(*, resident: Resident, now: datetime) -> int:
    """Erase a person's rows in every app, and mentions of them; return how many rows and texts changed or went.

    Call it in a transaction with the resident's row locked, after what runs has ended. Raises ValidationError where
    an app cannot do so at this moment.
    """
    person = _found(resident, now)
    count = 0
    for erasure in reversed(row_erasures()):
        if erasure.is_touched and person.of(erasure.model):
            count += _erase(erasure, person)
    Resident.objects.unscoped("of a person in hand").filter(pk=resident.pk).update(erased_at=now)
    return count + mentions_erase(path=_path(resident), words=person.words)


def merged_into(resident: Resident) -> list[int]:
    """Return the keys of the registrations that were merged into this one."""
    merges = ResidentMerge.objects.unscoped("of a person in hand").filter(kept=resident, undone_at=None)
    return list(merges.values_list("gone_id", flat=True))


def merged_uids(resident: Resident) -> list[UUID]:
    """Return the random keys of a registration and of those merged into it, as far as their journals are kept."""
    uids = [resident.uid]
    merges = ResidentMerge.objects.unscoped("of a person in hand").filter(kept=resident, undone_at=None)
    for merge in merges:
        if merge.journal and not is_unreadable(merge.journal):
            uids.append(UUID(json.loads(merge.journal)["before"]["gone"]["uid"]))
    return uids


def _path(resident: Resident) -> str:
    return Place.objects.get(pk=resident.community_id).path


def _found(resident: Resident, now: datetime) -> ErasedPerson:
    """Return a person with the keys of all their rows."""
    others = merged_into(resident)
    person = ErasedPerson(
        keys=frozenset({resident.pk, *others}),
        community_id=resident.community_id,
        at=now,
        words=words_of(resident, others=others),
    )
    for erasure in row_erasures():
        if erasure.rows is not None:
            person.found[erasure.model] = list(erasure.rows(person).order_by().values_list("pk", flat=True))
    return person


def _erase(erasure: RowErasure, person: ErasedPerson) -> int:
    rows = _rows(erasure, person)
    count = rows.count()
    if erasure.change is not None:
        erasure.change(rows, person)
    if erasure.deletes:
        rows.delete()
    elif erasure.becomes:
        for row in rows.select_for_update(of=("self",)).iterator():
            _empty(row, erasure.becomes)
    return count


def _rows(erasure: RowErasure, person: ErasedPerson) -> QuerySet[Any]:
    return apps.get_model(erasure.model)._base_manager.filter(pk__in=person.of(erasure.model))


def _empty(row: Any, becomes: Mapping[str, Any]) -> None:
    """Replace what stands in these columns; an empty one stays empty. Past the model's checks, which are the database's."""
    filled = {name: value for name, value in becomes.items() if getattr(row, name)}
    for name, value in filled.items():
        setattr(row, name, value)
    row.save(update_fields=list(filled))
