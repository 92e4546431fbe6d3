"""Who sees which part of the tree: one value, made once a request, applied by one queryset method."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Self, TypeVar

from django.db import models

from baibuting.common.spans import Span


@dataclass(frozen=True, slots=True)
class Scope:
    """The paths somebody may read and write today, as plain values.

    `paths` are materialised paths of places ("/1/5/"): a place is inside when its own path starts with one of
    them. `everywhere` is for set-up accounts and system jobs. An empty scope sees nothing.
    `emergency` are those of the paths that are open for an emergency alone, to look and not to write.
    `user_id` and `cadre_id` say whose it is. `full_names` is true for whoever answers for the people he sees.
    """

    paths: frozenset[str] = frozenset()
    everywhere: bool = False
    full_names: bool = False
    user_id: int | None = None
    cadre_id: int | None = None
    emergency: frozenset[str] = frozenset()

    NOTHING: ClassVar[Scope]
    EVERYWHERE: ClassVar[Scope]

    def covers(self, path: str) -> bool:
        """Whether a place with this path lies inside."""
        return self.everywhere or any(path.startswith(own) for own in self.paths)

    def reaches(self, path: str) -> bool:
        """Whether a place with this path lies inside, or something below it does."""
        return self.covers(path) or any(own.startswith(path) for own in self.paths)

    def writable(self) -> Scope:
        """The same without what is open for an emergency alone: where somebody may write, choose from, and export."""
        if not self.emergency:
            return self
        return replace(self, paths=self.paths - self.emergency, emergency=frozenset())

    def within_paths(self, paths: Iterable[str]) -> Scope:
        """The part of it that lies in places inside it, named by their paths."""
        kept = frozenset(paths)
        looked_at = frozenset(path for path in kept if any(path.startswith(own) for own in self.emergency))
        return replace(self, everywhere=False, paths=kept, emergency=looked_at)

    def minimal_paths(self) -> list[str]:
        """The paths without those that lie below another one; keeps the SQL short."""
        kept: list[str] = []
        for path in sorted(self.paths):
            if not any(path.startswith(above) for above in kept):
                kept.append(path)
        return kept

    def communities(self) -> list[int]:
        """Return the ids of the communities in which its places lie, sorted."""
        return sorted({int(path.split("/", 2)[1]) for path in self.paths})

    def whole_communities(self) -> list[int] | None:
        """Return the ids of the communities it consists of; None where it holds a part of one."""
        is_whole = self.paths and all(path.count("/") == 2 for path in self.minimal_paths())
        return self.communities() if is_whole else None


Scope.NOTHING = Scope()
Scope.EVERYWHERE = Scope(everywhere=True, full_names=True)


def path_condition(scope: Scope) -> models.Q:
    """The condition on places that lie inside the scope."""
    condition = models.Q(pk__in=())
    for path in scope.minimal_paths():
        condition |= models.Q(path__startswith=path)
    return condition


_Row = TypeVar("_Row", bound=models.Model)


class ScopedQuerySet(models.QuerySet[_Row]):
    """A queryset that knows where its rows lie.

    The model's `place_lookup` names the foreign key that leads to the place; "" where the row is the place itself.
    """

    def within(self, scope: Scope) -> Self:
        """Only rows inside the scope."""
        if scope.everywhere:
            return self.all()
        if not scope.paths:
            return self.none()
        lookup: str = self.model.place_lookup  # type: ignore[attr-defined]
        if not lookup:
            return self.filter(path_condition(scope))
        places = self.model._meta.apps.get_model("buildings", "Place")
        inside = {f"{lookup}__in": places._default_manager.filter(path_condition(scope)).values("pk")}
        if not _carries_community(self.model):
            return self.filter(**inside)
        # Rows carry their community's id, and their indexes begin with it. Of whole communities no place need be
        # looked up; of a part of one the planner would else read the rows of the whole city. docs/benchmarks.md.
        whole = scope.whole_communities()
        if whole is not None:
            return self.filter(community__in=whole)
        return self.filter(community__in=scope.communities(), **inside)


class SpannedQuerySet(ScopedQuerySet[_Row]):
    """A queryset of rows that hold from a first day through a last one, as the model's `span` names them."""

    def running(self, on: date) -> Self:
        """Return the rows that hold on a day, both end days included."""
        span: Span = self.model.span  # type: ignore[attr-defined]
        return self.filter(span.on(on))

    def unended(self) -> Self:
        """Return the rows that have no last day yet."""
        span: Span = self.model.span  # type: ignore[attr-defined]
        return self.filter(**{span.last: None})


def _carries_community(model: type[models.Model]) -> bool:
    return any(field.name == "community" for field in model._meta.fields)
