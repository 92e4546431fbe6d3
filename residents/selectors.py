"""Reading residents: what to call them in front of whom, and finding them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from baibuting.common.masking import mask_name
from baibuting.common.names import name_condition as name_condition
from residents.choices import EndReason, LeftReason
from residents.models import CareCategory, CareRecord, Resident, ResidentMerge


def display_name(resident: Resident, *, may_know: bool) -> str:
    """Return the full name to whoever answers for the person, a masked one to everyone else."""
    return resident.name if may_know else mask_name(resident.name)


def category_label(category: CareCategory, *, may_know: bool) -> str:
    """Return a sensitive category is named only to the duty's holder and the ladder above him."""
    return category.label if may_know or not category.is_sensitive else category.public_label


def category_choices() -> list[tuple[str, str]]:
    """Categories under the names that anybody may read."""
    return [(str(pk), label) for pk, label in CareCategory.objects.values_list("pk", "public_label")]


def residents_matching(queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Residents by name or by pinyin initials."""
    return queryset.filter(name_condition(text)) if text.strip() else queryset


def death_known(resident: Resident, *, except_record: CareRecord | None = None) -> date | None:
    """Return the day somebody died by what is registered: on his own row, or as the end of a record; None for the
    living.
    """
    if resident.left_reason == LeftReason.DIED:
        return resident.left_on
    ended = resident.care_records.unscoped("of a person in hand").filter(end_reason=EndReason.DIED)
    if except_record is not None:
        ended = ended.exclude(pk=except_record.pk)
    return ended.order_by("ended_on").values_list("ended_on", flat=True).first()


def resident_ids_now(ids: Iterable[int]) -> list[int]:
    """Return ids as they were known somewhere else, those merged into another replaced by his; each once, in their
    order.
    """
    ids = list(ids)
    merged = ResidentMerge.objects.unscoped("ids alone").filter(gone_id__in=ids, undone_at=None)
    kept = dict(merged.values_list("gone_id", "kept_id"))
    return list(dict.fromkeys(kept.get(one, one) for one in ids))
