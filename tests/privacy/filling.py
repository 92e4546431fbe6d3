"""Rows of every model that lies at a place and that nobody has thought of, made from its own fields."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Model

from baibuting.common.fields import SealedTextField
from buildings.models import Place
from tests.privacy.words import FAR

if TYPE_CHECKING:
    from tests.privacy.world import Family


def complete(family: Family, now: datetime) -> None:
    """One row of each such model, full of the family's words."""
    for model in scoped_models(family):
        if not family.rows.get(model):
            family.add(_made(family, model, now))


def scoped_models(family: Family) -> list[type[Model]]:
    """Models whose rows lie at a place; of our community's own rows the building has none to itself."""
    return [
        model
        for model in apps.get_models()
        if not model._meta.proxy
        and hasattr(model, "place_lookup")
        and (family.words is FAR or not model.place_lookup.endswith("community"))
    ]


def _made(family: Family, model: type[Model], now: datetime) -> Any:
    row = model(**{field.attname: _value(family, field, now) for field in _needed(model)})
    row.save()
    return row


def _needed(model: type[Model]) -> list[Any]:
    """Fields to be filled: whatever has to be, and whatever can hold words."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key
        and not field.choices
        and (
            isinstance(field, models.CharField | models.TextField) or not (field.null or field.has_default())
        )
    ]


def _value(family: Family, field: Any, now: datetime) -> Any:
    if field.is_relation:
        return _related(family, field, now)
    if isinstance(field, SealedTextField):
        return family.words.text("文字")
    if isinstance(field, models.BinaryField):
        return b"1"
    if isinstance(field, models.CharField | models.TextField):
        return family.words.text("文字")[: field.max_length]
    if isinstance(field, models.DateTimeField):
        return now + timedelta(hours=3) if field.name.startswith("until") else now
    return now.date() if isinstance(field, models.DateField) else 1


def _related(family: Family, field: Any, now: datetime) -> Any:
    """The row a foreign key names: the family's own where it has one, else any, else one made for it."""
    model = field.related_model
    if model is Place:
        return (family.community.place if field.name == "community" else family.place).pk
    rows = family.of(model._meta.label)
    if rows:
        return rows[-1].pk
    any_row = model._default_manager.first()
    return (any_row or family.add(_made(family, model, now))).pk
