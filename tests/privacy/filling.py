"""Rows of models that no service here makes: filled in from their own fields, so that a new app is looked at too."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import models
from django.db.models import Model

from baibuting.common.fields import SealedTextField
from buildings.models import Place
from tests.privacy.families import NOW, Family
from tests.privacy.words import FAR


def complete(family: Family) -> None:
    """A row of every model that lies at a place and that nobody above has thought of, made from its own fields."""
    for model in scoped_models(family):
        if not family.rows.get(model):
            _make(family, model)


def _make(family: Family, model: type[Model]) -> Any:
    row = model(**{field.attname: _value(family, field) for field in _needed(model)})
    row.save()
    for field in model._meta.many_to_many:
        if field.related_model is Place:
            getattr(row, field.name).set([family.place])
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
        and (
            _holds_words(field)
            or not (field.null or field.has_default())
            or field.name in ALSO.get(model._meta.label, ())
        )
    ]


def _holds_words(field: Any) -> bool:
    return not field.choices and isinstance(field, models.CharField | models.TextField | SealedTextField)


def _value(family: Family, field: Any) -> Any:
    if field.is_relation:
        if field.related_model is Place:
            return (family.community.place if field.name == "community" else family.place).pk
        rows = family.of(field.related_model._meta.label)
        found = rows[-1] if rows else field.related_model._default_manager.first()
        return (found or _make(family, field.related_model)).pk
    if field.choices:
        return field.choices[0][0]
    if _holds_words(field):
        return family.words.text("文字")[: getattr(field, "max_length", None)]
    if isinstance(field, models.DateTimeField):
        return NOW + timedelta(hours=3) if field.name.startswith(("until", "expires")) else NOW
    return next((make() for kind, make in PLAIN.items() if isinstance(field, kind)), 1)


# what a model's own constraints ask for besides
ALSO: dict[str, tuple[str, ...]] = {"api.Delivery": ("platform", "next_attempt_at")}
PLAIN: dict[type[models.Field], Any] = {
    models.DateField: NOW.date,
    models.TimeField: NOW.time,
    models.UUIDField: uuid4,
    models.BinaryField: lambda: os.urandom(32),
}
