"""Queries on residents, and what of their names and categories is disclosed to whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, LPad

from accounts.models import User
from baibuting.common.masking import mask_name
from baibuting.common.names import name_condition as name_condition
from buildings.models import PlaceGrant
from residents.choices import EndReason, ErasureState, LeftReason
from residents.models import CareCategory, CareRecord, Erasure, Resident, ResidentMerge


def display_name(resident: Resident, *, may_know: bool) -> str:
    """Return the full name where the viewer `may_know` it, being accountable for the person, else a masked one."""
    return resident.name if may_know else mask_name(resident.name)


def category_label(category: CareCategory, *, may_know: bool) -> str:
    """Return the category's label; of a sensitive one, the public label unless the viewer `may_know` it."""
    return category.label if may_know or not category.is_sensitive else category.public_label


def category_choices() -> list[tuple[str, str]]:
    """Return (id, public label) of every category."""
    return [(str(pk), label) for pk, label in CareCategory.objects.values_list("pk", "public_label")]


def flat_key(household: str) -> Concat:
    """Return the order of flats within a building, by number: 103 before 1003. `household` leads to the flat."""
    return Concat(
        *(
            LPad(F(f"{household}__{name}" if household else name), width, Value("0"))
            for name, width in (("entrance", 10), ("room", 20))
        )
    )


def address_key(building: str, household: str) -> Concat:
    """Return the order of addresses: the tree of places, then the flats of a building."""
    return Concat(F(f"{building}__sort_path"), flat_key(household))


def residents_matching(queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return residents by name or by pinyin initials; all for a blank text."""
    return queryset.filter(name_condition(text)) if text.strip() else queryset


def death_known(resident: Resident, *, except_record: CareRecord | None = None) -> date | None:
    """Return the registered day of death: on the resident's row, or as the end of a record; None for the living."""
    if resident.left_reason == LeftReason.DIED:
        return resident.left_on
    ended = resident.care_records.unscoped("of a person in hand").filter(end_reason=EndReason.DIED)
    if except_record is not None:
        ended = ended.exclude(pk=except_record.pk)
    return ended.order_by("ended_on").values_list("ended_on", flat=True).first()


def resident_ids_now(ids: Iterable[int]) -> list[int]:
    """Return the ids with those of merged residents replaced by the kept ones; each once, in the given order."""
    ids = list(ids)
    merged = ResidentMerge.objects.unscoped("ids alone").filter(gone_id__in=ids, undone_at=None)
    kept = dict(merged.values_list("gone_id", "kept_id"))
    return list(dict.fromkeys(kept.get(one, one) for one in ids))


def erasures_waiting(user: User, *, today: date) -> int:
    """Return how many proposals to erase somebody wait in the places granted to an account. One query.

    By its grants and not by the viewer's scope: whoever works with no people has none outside the admin.
    """
    granted = PlaceGrant.objects.filter(Q(until_on=None) | Q(until_on__gte=today), user=user)
    path = ExpressionWrapper(OuterRef("resident__household__building__path"), output_field=CharField())
    here = granted.annotate(building_path=path).filter(building_path__startswith=F("place__path"))
    waiting = Erasure.objects.unscoped("counted within the places granted")
    return waiting.filter(Exists(here), state=ErasureState.PROPOSED).count()
