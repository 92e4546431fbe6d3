"""The part of the tree a user may access: one value, made once a request, applied by one queryset method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Self, TypeVar

from django.db import models

from baibuting.common.spans import Span


@dataclass(frozen=True, slots=True)
class Scope:
    """The paths a user may read and write today, as plain values.

    `paths` are materialised paths of places ("/1/5/"): a place is inside when its own path starts with one of
    them. `everywhere` is for set-up accounts and system jobs. An empty scope sees nothing.
    `emergency` are those of the paths that are open for an emergency alone, to read and not to write.
    `user_id` and `cadre_id` say whose it is. `full_names` is true for users accountable for the people in it.
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
        """Return whether a place with this path lies inside."""
        return self.everywhere or any(path.startswith(own) for own in self.paths)

    def reaches(self, path: str) -> bool:
        """Return whether a place with this path, or one below it, lies inside."""
        return self.covers(path) or any(own.startswith(path) for own in self.paths)

    def writable(self) -> Scope:
        """Return the part in which the user may write, choose and export: without emergency access."""
        if not self.emergency:
            return self
        return replace(self, paths=self.paths - self.emergency, emergency=frozenset())

    def within_paths(self, paths: Iterable[str]) -> Scope:
        """Return the part inside the places with these paths."""
        kept = frozenset(paths)
        looked_at = frozenset(path for path in kept if any(path.startswith(own) for own in self.emergency))
        return replace(self, everywhere=False, paths=kept, emergency=looked_at)

    def minimal_paths(self) -> list[str]:
        """Return the paths without those below another one; keeps the SQL short."""
        kept: list[str] = []
        for path in sorted(self.paths):
            if not any(path.startswith(above) for above in kept):
                kept.append(path)
        return kept

    def communities(self) -> list[int]:
        """Return the ids of the communities in which its places lie, sorted."""
        return sorted({int(path.split("/", 2)[1]) for path in self.paths})

    def whole_communities(self) -> list[int] | None:
        """Return the ids of the communities it consists of; None where it covers only a part of one."""
        is_whole = self.paths and all(path.count("/") == 2 for path in self.minimal_paths())
        return self.communities() if is_whole else None


Scope.NOTHING = Scope()
Scope.EVERYWHERE = Scope(everywhere=True, full_names=True)


def path_condition(scope: Scope) -> models.Q:
    """Return the condition on places that lie inside the scope."""
    condition = models.Q(pk__in=())
    for path in scope.minimal_paths():
        condition |= models.Q(path__startswith=path)
    return condition


_Row = TypeVar("_Row", bound=models.Model)


class ScopedQuerySet(models.QuerySet[_Row]):
    """A queryset that knows where its rows lie.

    The model's `place_lookup` names the foreign key that leads to the place; "" where the row is the place itself.
    """

    is_chosen = False  # whether `within` or `unscoped` was called

    def within(self, scope: Scope) -> Self:
        """Return only the rows inside a scope."""
        return self._inside(scope)._as_chosen()

    def unscoped(self, reason: str) -> Self:
        """Return all rows, where no scope is needed; `reason` documents why, for the reader of the code alone."""
        if not reason:
            raise ValueError("say why these rows need no scope")
        return self._as_chosen()

    def _as_chosen(self) -> Self:
        chosen = self._chain()  # type: ignore[attr-defined]
        chosen.is_chosen = True
        return chosen

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone.is_chosen = self.is_chosen
        return clone

    def _inside(self, scope: Scope) -> Self:
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
        # Rows hold their community's id, and their indexes begin with it. For whole communities no place is looked
        # up; for a part of one the planner would otherwise read the rows of the whole city. docs/benchmarks.md.
        whole = scope.whole_communities()
        if whole is not None:
            return self.filter(community__in=whole)
        return self.filter(models.Q(community__in=scope.communities()), **inside)


class SpannedQuerySet(ScopedQuerySet[_Row]):
    """A queryset of rows in force from a first day through a last one, named by the model's `span`."""

    def running(self, on: date) -> Self:
        """Return the rows in force on a day, first and last day included."""
        span: Span = self.model.span  # type: ignore[attr-defined]
        return self.filter(span.on(on))

    def unended(self) -> Self:
        """Return the rows that have no last day yet."""
        span: Span = self.model.span  # type: ignore[attr-defined]
        return self.filter(**{span.last: None})


class UnscopedRowsError(RuntimeError):
    """Rows of people were about to be read or changed without `within` or `unscoped`."""


class GuardedQuerySet(ScopedQuerySet[_Row]):
    """Rows of people: to read, count, change or delete them before `within` or `unscoped` raises UnscopedRowsError.

    A queryset derived from a chosen one is chosen; when two are combined both must be. As a condition of another query
    (`pk__in=`, `Exists`) it is not read by itself and is not checked. Reverse relations (`resident.visits`) and
    prefetched ones are guarded too. Access from a loaded row to one other row is not: foreign keys, `select_related`,
    `refresh_from_db` and `delete()` of a row go through Django's `_base_manager`.
    """

    def _refuse_unchosen(self) -> None:
        if not self.is_chosen and self._result_cache is None and not self.query.is_empty():  # type: ignore[has-type]
            raise UnscopedRowsError(
                f"{self.model._meta.label} holds rows of people: say .within(scope), or .unscoped(reason) where the "
                "rows are no matter of who looks. docs/adr/0103"
            )

    def _fetch_all(self) -> None:
        self._refuse_unchosen()
        super()._fetch_all()  # type: ignore[misc]

    def iterator(self, chunk_size: int | None = None) -> Iterator[_Row]:
        self._refuse_unchosen()
        return super().iterator(chunk_size)

    def count(self) -> int:
        self._refuse_unchosen()
        return super().count()

    def exists(self) -> bool:
        self._refuse_unchosen()
        return super().exists()

    def contains(self, obj: models.Model) -> bool:
        self._refuse_unchosen()
        return super().contains(obj)

    def aggregate(self, *args: Any, **options: Any) -> dict[str, Any]:
        self._refuse_unchosen()
        return super().aggregate(*args, **options)

    def update(self, **values: Any) -> int:
        self._refuse_unchosen()
        return super().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        self._refuse_unchosen()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_update(self, objs: Iterable[_Row], *args: Any, **options: Any) -> int:
        """Write columns of loaded rows; returns how many rows matched."""
        return super(GuardedQuerySet, self.unscoped("rows in hand")).bulk_update(objs, *args, **options)

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def __or__(self, other: models.QuerySet[_Row]) -> Self:
        return self._joined(super().__or__(other), other)

    def __xor__(self, other: models.QuerySet[_Row]) -> Self:
        return self._joined(super().__xor__(other), other)  # type: ignore[misc]

    def _combinator_query(self, combinator: str, *others: models.QuerySet[_Row], all: bool = False) -> Self:  # noqa: A002
        return self._joined(super()._combinator_query(combinator, *others, all=all), *others)  # type: ignore[misc]

    def _joined(self, joined: Any, *others: models.QuerySet[_Row]) -> Any:
        parts = [part for part in (self, *others) if not part.query.is_empty()]
        joined = joined._chain()
        joined.is_chosen = all(getattr(part, "is_chosen", True) for part in parts)
        return joined


def _carries_community(model: type[models.Model]) -> bool:
    return any(field.name == "community" for field in model._meta.fields)
