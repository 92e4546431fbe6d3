"""Rows in force from a first day through a last one, both included, or without a last day yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint


@dataclass(frozen=True, slots=True)
class Span:
    """The columns of a model with a row's first and last day in force; `is_open` where the last may be empty."""

    first: str = "started_on"
    last: str = "ended_on"
    is_open: bool = True

    def on(self, day: date, *, prefix: str = "") -> Q:
        """Return the condition that a row is in force on a day; `prefix` leads to the row ("covers__")."""
        begun, not_over = Q(**{f"{prefix}{self.first}__lte": day}), Q(**{f"{prefix}{self.last}__gte": day})
        return begun & (Q(**{f"{prefix}{self.last}": None}) | not_over if self.is_open else not_over)

    def holds(self, row: models.Model, day: date) -> bool:
        """Return whether a loaded row is in force on a day."""
        last = getattr(row, self.last)
        return getattr(row, self.first) <= day and (last is None or day <= last)

    def ends_after_start(self, name: str, message: str) -> CheckConstraint:
        """Return the check that the last day is not before the first."""
        ordered = Q(**{f"{self.last}__gte": F(self.first)})
        condition = Q(**{self.last: None}) | ordered if self.is_open else ordered
        return CheckConstraint(condition=condition, name=name, violation_error_message=message)

    def one_unended(self, columns: Collection[str], name: str, message: str) -> UniqueConstraint:
        """Return the constraint that among rows with equal values of these columns at most one has no last day."""
        return UniqueConstraint(
            fields=list(columns),
            condition=Q(**{self.last: None}),
            name=name,
            violation_error_message=message,
        )
