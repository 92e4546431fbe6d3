"""Rows of people are refused to whoever has not said which of them are meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Exists, Max, OuterRef, Prefetch

from buildings.scope import GuardedQuerySet, Scope, UnscopedRowsError
from residents.models import CareRecord, Household, Resident
from tests.factories import community, resident
from tests.guard import refuse_unchosen
from visits.models import Visit

pytestmark = pytest.mark.django_db
GUARDED = {
    "residents.Resident", "residents.CareRecord", "residents.ResidentMerge",
    "visits.Visit", "visits.Incident", "visits.Arrival", "visits.FirstDue", "visits.RuleDue", "residents.Erasure",
    "concerns.Concern", "concerns.ConcernEvent", "proposals.Proposal",
    "repairs.RepairOrder", "repairs.RepairPicture", "repairs.RepairStep", "repairs.RepairRating", "repairs.Consent",
}  # fmt: skip

READS: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "bool": bool,
    "len": len,
    "slice": lambda rows: rows[:1].__iter__(),
    "index": lambda rows: rows[0],
    "get": lambda rows: rows.get(),
    "first": lambda rows: rows.first(),
    "values": lambda rows: list(rows.values_list("name")),
    "iterator": lambda rows: rows.iterator(),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "in_bulk": lambda rows: rows.in_bulk(),
    "aggregate": lambda rows: rows.aggregate(),
    "contains": lambda rows: rows.contains(Resident(pk=1)),
    "lock": lambda rows: rows.select_for_update().get(),
    "update": lambda rows: rows.update(name="无名"),
    "delete": lambda rows: rows.delete(),
    "filtered": lambda rows: list(rows.filter(pk=1)),
    "union": lambda rows: list(rows.union(Resident.objects.unscoped("a test"))),
    "union with": lambda rows: list(Resident.objects.unscoped("a test").union(rows)),
    "or": lambda rows: list(rows | Resident.objects.unscoped("a test")),
    "or with": lambda rows: list(Resident.objects.unscoped("a test") | rows),
}


@pytest.fixture(autouse=True)
def as_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """This file's own queries are refused like anybody's."""
    monkeypatch.setattr(GuardedQuerySet, "_refuse_unchosen", refuse_unchosen)


def test_it_works(now: datetime) -> None:
    home, other = community(), community("邻社区")
    here, there = resident(home.buildings[0], now=now), resident(other.buildings[0], now=now)
    own = Scope(paths=frozenset({home.place.path}))
    with pytest.raises(UnscopedRowsError, match=r"say \.within"):
        list(Resident.objects.all())
    assert list(Resident.objects.within(own)) == [here]
    assert list(Resident.objects.within(own).filter(pk=there.pk)) == []
    assert set(Resident.objects.unscoped("a test").filter(pk__in=[here.pk, there.pk])) == {here, there}


@pytest.mark.parametrize("read", READS.values(), ids=list(READS))
def test_nothing_is_read_or_changed_before_it_is_said(read: Callable[[Any], Any], now: datetime) -> None:
    person = resident(community().buildings[0], now=now)
    with pytest.raises(UnscopedRowsError):
        read(Resident.objects.filter(community=person.community_id))
    assert Resident.objects.unscoped("a test").get(pk=person.pk).name == person.name


def test_what_was_chosen_is_read_and_changed_as_ever(now: datetime) -> None:
    person = resident(community().buildings[0], now=now)
    chosen = Resident.objects.unscoped("a test").filter(pk=person.pk)
    nobody = Resident.objects.unscoped("a test").filter(pk=0)
    assert list(chosen.iterator()) == [person]
    assert chosen.contains(person)
    assert chosen.aggregate(most=Max("pk")) == {"most": person.pk}
    assert list(chosen ^ nobody) == [person]
    assert nobody.delete() == (0, {})
    assert list(chosen) == [person]


def test_a_reason_is_given() -> None:
    with pytest.raises(ValueError, match="say why"):
        Resident.objects.unscoped("")


def test_an_empty_scope_and_none_are_answers() -> None:
    assert list(Resident.objects.within(Scope.NOTHING)) == []
    assert list(Resident.objects.none()) == []
    assert Resident.objects.none().count() == 0


def test_what_hangs_on_a_row_is_guarded_too(now: datetime) -> None:
    person = resident(community().buildings[0], now=now)
    with pytest.raises(UnscopedRowsError):
        list(person.care_records.all())
    with pytest.raises(UnscopedRowsError):
        list(Household.objects.prefetch_related("residents"))
    told = Prefetch("residents", Resident.objects.unscoped("a test"))
    flat = Household.objects.prefetch_related(told).get(pk=person.household_id)
    assert list(flat.residents.all()) == [person]


def test_one_row_leads_to_another(now: datetime) -> None:
    """Foreign keys, refreshing and locking by a reason: the row in hand was found by somebody who said which."""
    person = resident(community().buildings[0], now=now)
    record = CareRecord(resident_id=person.pk)
    assert record.resident == person
    person.refresh_from_db()
    assert Resident.objects.unscoped("a test").select_for_update(of=("self",)).get(pk=person.pk) == person


def test_as_a_condition_it_needs_no_word(now: datetime) -> None:
    person = resident(community().buildings[0], now=now)
    flats = Household.objects.filter(pk__in=Resident.objects.filter(name=person.name).values("household"))
    assert [flat.pk for flat in flats] == [person.household_id]
    seen = Visit.objects.filter(resident=OuterRef("pk"), visited_at__date__lte=date(2026, 1, 1))
    assert not Resident.objects.unscoped("a test").filter(Exists(seen)).exists()


def test_the_models_of_the_privacy_perimeter_are_guarded() -> None:
    found = {
        model._meta.label
        for model in apps.get_models()
        if isinstance(getattr(model, "objects", None) and model._default_manager.all(), GuardedQuerySet)
    }
    assert found == GUARDED
