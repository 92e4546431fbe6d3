"""The lists: one a kind of row."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.views.base import ScopedViewSet
from baibuting.common.portal import RowKind
from buildings.programs import PlaceFilters
from buildings.scope import ScopedQuerySet


class RowViewSet(ScopedViewSet):
    """The list of a kind of row: a subclass names its `kind` and has all else from it."""

    kind: ClassVar[RowKind]
    filterset_class: ClassVar[Any]

    def __init_subclass__(cls, *, kind: RowKind | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if kind is not None:
            cls.kind, cls.grant, cls.order = kind, kind.grant, kind.order
            cls.names_grant = kind.names_grant or None
            cls.filterset_class = kind.filters or PlaceFilters

    def rows(self) -> ScopedQuerySet[Any]:
        rows: ScopedQuerySet[Any] = self.kind.rows()
        return rows

    def get_serializer_class(self) -> Any:
        return self.kind.row


def described(kind: RowKind) -> Any:
    """Return the decorator that says in the schema what the list of a kind gives."""
    return extend_schema_view(
        list=extend_schema(summary=f"{kind.label}列表", description=kind.about),
        retrieve=extend_schema(
            summary=f"一条{kind.label}", description="按 id 取一条；不在范围内的视同没有。"
        ),
    )


def list_of(kind: RowKind) -> type[RowViewSet]:
    """Return the list of a kind of row. It stands in the module of its row: the address is that app's to answer for."""
    where = {"__module__": kind.row.__module__}
    made: type[RowViewSet] = described(kind)(
        type(f"{kind.row.__name__}List", (RowViewSet,), where, kind=kind)
    )
    return made
