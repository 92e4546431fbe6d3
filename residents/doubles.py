"""Likely doubles: two registrations that may be one person, and whether they can be merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

from django.db.models import Count

from baibuting.common.tabular.values import birthday_of
from buildings.addresses import flat_is_coarser
from buildings.models import Place
from buildings.scope import Scope
from residents.models import Resident

_DIFFERS = "两条登记的{}不同，不是同一个人，或其中一条填错；请核对更正后再合并。"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two registrations of the same name, the older first, and what else suggests one person."""

    first: Resident
    second: Resident
    reasons: tuple[str, ...]

    @property
    def reason(self) -> str:
        return reason_of(self.reasons)


def likely_doubles(community_ids: Iterable[int], scope: Scope) -> list[Pair]:
    """Return the pairs inside a scope without contradictions, by name. Two queries."""
    rows = Resident.objects.within(scope).filter(community__in=community_ids, erased_at=None)
    several = rows.order_by().values("community", "name").annotate(count=Count("pk")).filter(count__gt=1)
    people = (
        rows.filter(name__in=several.values("name"))
        .select_related("household__building__parent__parent")
        .order_by("community", "name", "pk")
    )
    pairs = []
    for _, namesakes in groupby(people, key=lambda one: (one.community_id, one.name)):
        for first, second in combinations(list(namesakes), 2):
            reasons = reasons_for(first, second)
            if reasons and not merge_refusal(first, second):
                pairs.append(Pair(first, second, reasons))
    return pairs


def doubles_of(resident: Resident, scope: Scope) -> list[Pair]:
    """Return who inside a scope may be the same person as somebody, each as the first of a pair. One query."""
    namesakes = Resident.objects.within(scope).filter(
        community=resident.community_id, name=resident.name, erased_at=None
    )
    others = namesakes.exclude(pk=resident.pk).select_related("household__building__parent__parent")
    pairs = (Pair(other, resident, reasons_for(other, resident)) for other in others.order_by("pk"))
    return [pair for pair in pairs if pair.reasons and not merge_refusal(pair.first, pair.second)]


def reason_of(reasons: Sequence[str]) -> str:
    """Return the reasons as one line: "同名、同一天出生、同一电话"; "" where there are none."""
    return "、".join(["同名", *reasons]) if reasons else ""


def reasons_for(first: Resident, second: Resident) -> tuple[str, ...]:
    """Return what suggests that two registrations of one name are one person."""
    born = birthday(first)
    found = [
        (born is not None and born == birthday(second), "同一天出生"),
        (first.phone_digest is not None and first.phone_digest == second.phone_digest, "同一电话"),
        (first.household_id == second.household_id, "同一户"),
        (_flats_may_be_one(first, second), "同一楼栋而有一条没有写到室"),
    ]
    return tuple(words for holds, words in found if holds)


def birthday(resident: Resident) -> object:
    """Return the registered date of birth, else the one in the ID number; None for neither."""
    return resident.born_on or (birthday_of(resident.id_number) if len(resident.id_number) == 18 else None)


def _flats_may_be_one(first: Resident, second: Resident) -> bool:
    one, other = (
        (person.household.building_id, person.household.entrance, person.household.room)
        for person in (first, second)
    )
    return flat_is_coarser(one, other) or flat_is_coarser(other, one)


def merge_refusal(kept: Resident, gone: Resident) -> str:
    """Return why two registrations cannot be merged, as a sentence; "" where they can."""
    if kept.pk == gone.pk or kept.community_id != gone.community_id:
        return "请选择同一社区的两条登记。"
    if kept.erased_at or gone.erased_at:
        return "其中一条的个人信息已按规定删除，不能合并。"
    if kept.name != gone.name:
        return _DIFFERS.format("姓名")
    if kept.id_number and gone.id_number:
        return _DIFFERS.format("身份证号")  # the database never has one number twice
    if birthday(kept) and birthday(gone) and birthday(kept) != birthday(gone):
        return _DIFFERS.format("出生日期")
    if kept.gender and gone.gender and kept.gender != gone.gender:
        return _DIFFERS.format("性别")
    if kept.left_on != gone.left_on:
        return "其中一条已登记离开，另一条没有；请先把两条办理成一样，再合并。"
    return ""


def community_ids_of(scope: Scope) -> list[int]:
    """Return the ids of the communities in which a scope has places."""
    return list(Place.objects.within(scope).order_by().values_list("community", flat=True).distinct())
