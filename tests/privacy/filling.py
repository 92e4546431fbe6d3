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
    from tests.privacy.families import Family


def complete(family: Family, now: datetime) -> None:
    """A row of every model that lies at a place and that nobody above has thought of, made from its own fields."""
    for model in scoped_models(family):
        if not family.rows.get(model):
            _make(family, model, now)


def _make(family: Family, model: type[Model], now: datetime) -> Any:
    row = model(**{field.attname: _value(family, field, now) for field in _needed(model)})
    row.save()
    for link in model._meta.many_to_many:
        if link.related_model is Place:
            getattr(row, link.name).set([family.place])
    return family.add(row)


def scoped_models(family: Family) -> list[type[Model]]:
    """Models whose rows lie at a place; of our community's own rows the building has none to itself."""
    return [
        model
        for model in apps.get_models()
        if not model._meta.proxy
        and hasattr(model, "place_lookup")
        and (family.words is FAR or not model.place_lookup.endswith("community"))
    ]


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
        if field.related_model is Place:
            return (family.community.place if field.name == "community" else family.place).pk
        rows = family.of(field.related_model._meta.label)
        found = rows[-1] if rows else field.related_model._default_manager.first()
        return (found or _make(family, field.related_model, now)).pk
    if isinstance(field, SealedTextField | models.CharField | models.TextField):
        return family.words.text("文字")[: field.max_length]
    if isinstance(field, models.DateTimeField):
        return now + timedelta(hours=3) if field.name.startswith(("until", "expires")) else now
    return now.date() if isinstance(field, models.DateField) else 1
