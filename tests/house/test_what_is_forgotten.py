"""Every model that hangs on a person says what becomes of its rows when the person is erased, and of each of its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from django.apps import apps
from django.db import models

from baibuting.common.fields import SealedTextField
from baibuting.common.keeping import RowErasure
from baibuting.common.portal import Portal, portals
from residents.erasing import row_erasures
from residents.models import Resident

WORDS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, SealedTextField)


def hanging_on(model: type[models.Model]) -> set[str]:
    """The labels of a model and of all whose rows lead to it by foreign keys, at any distance."""
    found: dict[str, type[models.Model]] = {}
    waiting = [model]
    while waiting:
        one = waiting.pop()
        if one._meta.label_lower in found:
            continue
        found[one._meta.label_lower] = one
        for relation in one._meta.get_fields(include_hidden=True):
            if isinstance(relation, models.ForeignObjectRel) and isinstance(relation.related_model, type):
                waiting.append(relation.related_model._meta.concrete_model)  # type: ignore[arg-type]
    return set(found)


def naming() -> set[str]:
    """Those that name rows of any model by label and key alone."""
    return {one._meta.label_lower for one in apps.get_models() if hasattr(one, "pointing_at")}


def unsaid(erasure: RowErasure) -> Iterator[str]:
    """Columns that can hold words and of which the declaration says nothing; of a person's own row any column."""
    model = apps.get_model(erasure.model)
    for field in model._meta.concrete_fields:
        is_word = isinstance(field, WORDS) and not (field.choices or field.primary_key)
        if not (is_word or model is Resident) or (
            isinstance(field, models.ForeignKey) and model is not Resident
        ):
            continue
        if field.name not in {*erasure.becomes, *erasure.keeps} and not erasure.deletes:
            yield f"{erasure.model}.{field.name}"


def test_it_works() -> None:
    """A model that a coming app hangs on a person, by whatever way, is found here until its portal declares it."""
    declared = {one.model for one in row_erasures()}
    reached = hanging_on(Resident)
    assert {"visits.visit", "duties.dutyevent", "duties.noticeseen", "api.delivery"} <= reached
    assert (reached | naming()) - declared == set(), "declare them in the `erasures` of the app's portal"


def test_each_column_of_words_is_spoken_of() -> None:
    assert [name for one in row_erasures() for name in unsaid(one)] == []


def test_a_forgotten_column_is_found() -> None:
    said: Mapping[str, RowErasure] = {one.model: one for one in row_erasures()}
    silent = RowErasure("visits.visit", "走访", rows=said["visits.visit"].rows, becomes={"notes": ""})
    assert "visits.visit.request" in set(unsaid(silent))


def test_each_reason_to_keep_is_said() -> None:
    for one in row_erasures():
        model = apps.get_model(one.model)
        names = {field.name for field in model._meta.concrete_fields}
        assert set(one.becomes) | set(one.keeps) <= names, one.model
        assert all(one.keeps.values()), one.model


def test_a_retention_has_a_floor() -> None:
    for portal in portals().values():
        for one in portal.retentions:
            assert one.days >= one.least > 0, one.code
            apps.get_model(one.model)


@pytest.mark.parametrize("what", ["erasures", "retentions"])
def test_an_app_speaks_of_its_own_rows(what: str) -> None:
    """Or, of texts set aside, of what lies below every app."""
    for label, portal in portals().items():
        for one in getattr(portal, what):
            assert one.model.split(".")[0] in {label, "accounts"}, one.model
    assert Portal().erasures == ()
