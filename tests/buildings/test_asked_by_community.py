"""Whoever asks for a part of a community asks by community too, so that an index can serve."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import Model

from buildings.scope import Scope, ScopedQuerySet
from duties.models import Duty

PART = Scope(paths=frozenset({"/7/71/", "/9/91/911/"}))
SCOPED = [
    model
    for model in apps.get_models()
    if isinstance(model._default_manager.all(), ScopedQuerySet) and not model._meta.proxy
]
CARRYING = [
    model
    for model in SCOPED
    # cadres and clients say by themselves where they lie
    if type(model._default_manager.all()).within is ScopedQuerySet.within
    and getattr(model, "place_lookup", "")
    and any(field.name == "community" for field in model._meta.fields)
]


def test_it_works() -> None:
    asked = str(Duty.objects.within(PART).query)
    assert '"duties_duty"."community_id" IN (7, 9)' in asked
    assert "/7/71/%" in asked
    assert "/9/91/911/%" in asked


@pytest.mark.parametrize("model", CARRYING, ids=[model.__name__ for model in CARRYING])
def test_every_row_that_carries_its_community_is_asked_for_by_it(model: type[Model]) -> None:
    asked = str(model._default_manager.within(PART).query)  # type: ignore[attr-defined]
    assert f'"{model._meta.db_table}"."community_id" IN (7, 9)' in asked
    assert "/7/71/%" in asked


@pytest.mark.parametrize("model", SCOPED, ids=[model.__name__ for model in SCOPED])
def test_every_scoped_model_can_be_asked_for_a_part_and_for_whole_communities(model: type[Model]) -> None:
    rows = model._default_manager.all()
    assert str(rows.within(PART).query)  # type: ignore[attr-defined]
    whole = str(rows.within(Scope(paths=frozenset({"/7/", "/9/"}))).query)  # type: ignore[attr-defined]
    if model in CARRYING:
        assert "LIKE" not in whole


def test_communities_are_named_once_and_in_order() -> None:
    assert Scope(paths=frozenset({"/9/", "/7/71/", "/7/72/1/"})).communities() == [7, 9]
    assert Scope(paths=frozenset({"/9/", "/7/71/"})).whole_communities() is None
    assert Scope(paths=frozenset({"/9/", "/9/91/"})).whole_communities() == [9]
    assert Scope.NOTHING.whole_communities() is None
