"""The base of these admins: rows prepared for the viewer, sealed columns revealed on request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from adminkit.base import PortalChangeList
from buildings.admin_base import ScopedAdmin
from residents.selectors import category_choices


class PreparedChangeList(PortalChangeList):
    """A list whose page of rows is prepared by its admin at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        self.model_admin.prepare(request, self.result_list)  # type: ignore[attr-defined]


class PreparedAdmin(ScopedAdmin):
    """An admin whose rows have what the viewer may read as plain attributes (`person`, `category_label`, …)."""

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Set those attributes on the rows of a page, in a constant number of queries."""
        raise NotImplementedError

    def prepare_ticked(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        self.prepare(request, rows)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return PreparedChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        obj = super().get_object(request, object_id, from_field)
        if obj is not None:
            self.prepare(request, [obj])
        return obj


class CategoryFilter(admin.SimpleListFilter):
    """Filters by category, under public labels. `path` leads from the row to its category."""

    title = "类别"
    parameter_name = "category"
    path: ClassVar[str] = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return category_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(**{self.path: value}) if value.isdecimal() else queryset.none()
