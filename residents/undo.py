"""Erasing residents and flats that an import has written and nothing refers to; see docs/adr/0080."""

from __future__ import annotations

from collections.abc import Collection

from baibuting.common.portal import RowUndo
from residents.models import Household, Resident


def residents_erase(*, resident_ids: Collection[int]) -> None:
    """Erase residents. Raises ProtectedError where something refers to one of them by now."""
    Resident.objects.unscoped("what an import wrote, by its journal").filter(pk__in=resident_ids).delete()


def households_erase(*, household_ids: Collection[int]) -> None:
    """Erase flats. Raises ProtectedError where a resident lives in one of them by now."""
    Household.objects.filter(pk__in=household_ids).delete()


UNDOES = (
    RowUndo(
        "residents.household",
        60,
        "户",
        "住户",
        erase=lambda pks, now: households_erase(household_ids=pks),
    ),
)
