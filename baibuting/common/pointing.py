"""Rows of any model that refer to given rows; checked before those are erased for good."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db import models


def rows_pointing(
    model: type[models.Model], pks: Collection[int]
) -> Iterator[tuple[type[models.Model], list[tuple[int, int]]]]:
    """Yield every relation that leads to a model: the model it comes from, with (its row, our row) for the rows given.

    Read from the models themselves, so that no new model is forgotten. A model that names rows of any other by
    "app.model" and key has a class method `pointing_at(label, pks)`, which returns the same pairs.
    """
    if not pks:
        return
    yield from rows_naming(model, pks)
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel) or relation.many_to_many:
            continue  # a many-to-many relation is found by its own table, which is a model as well
        pointing = relation.related_model
        if not isinstance(pointing, type) or pointing._meta.proxy:
            continue
        name = relation.field.attname
        rows = pointing._base_manager.filter(**{f"{name}__in": list(pks)}).order_by()
        found = list(rows.values_list("pk", name))
        if found:
            yield pointing, found


def rows_naming(
    model: type[models.Model], pks: Collection[int]
) -> Iterator[tuple[type[models.Model], list[tuple[int, int]]]]:
    """Yield the same for rows that name others by label and key alone: no foreign key protects those."""
    for naming in model._meta.apps.get_models():
        ask = getattr(naming, "pointing_at", None)
        if ask is not None and (found := ask(model._meta.label_lower, pks)):
            yield naming, found


def columns_set(row: models.Model, values: dict[str, Any]) -> list[str]:
    """Set former values, as JSON holds them, on a row; returns the columns (attribute names) that were set."""
    fields = {field.attname: field for field in row._meta.concrete_fields}
    for name, value in values.items():
        field = fields[name]
        is_text = isinstance(value, str) and not isinstance(field, models.BinaryField)
        setattr(row, name, field.to_python(value) if is_text else value)
    return list(values)
