"""The base of every admin whose rows lie at a place: nothing outside the viewer's scope is shown or accepted."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from adminkit.base import PortalAdmin
from adminkit.pages import ObjectPage, ServiceForm, add_refusal
from buildings.admin_filters import (
    BuildingFilter,
    PlaceFilter,
    PrecinctFilter,
    QuarterFilter,
    ScopedRelatedFilter,
)
from buildings.choices import Level
from buildings.forms import PlaceChoiceField, PlaceMultipleChoiceField
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from buildings.selectors import covers_every_community
from buildings.viewer import viewer_of

__all__ = [
    "BuildingFilter",
    "ObjectPage",
    "PlaceChoiceField",
    "PlaceFilter",
    "PlaceMultipleChoiceField",
    "PrecinctFilter",
    "QuarterFilter",
    "ScopedAdmin",
    "ScopedRelatedFilter",
    "ServiceForm",
    "SharedAdmin",
    "add_refusal",
    "scoped_choices",
]


def scoped_choices(model: type[models.Model], request: HttpRequest) -> QuerySet[Any] | None:
    """Return the rows of a model that may be chosen in the viewer's scope; None for a model that lies at no place."""
    rows = model._default_manager.all()
    if not isinstance(rows, ScopedQuerySet):
        return None
    inside = rows.within(viewer_of(request).scope.writable())
    return inside.select_related("parent__parent") if model is Place else inside


class SharedAdmin(PortalAdmin):
    """Rows shared by all communities: only users accountable for all of them may change them, others read them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self._answers_for_all(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._answers_for_all(request)

    def list_note(self, request: HttpRequest) -> str:
        if self._answers_for_all(request):
            return ""
        return "各社区共用，由工作范围含所有社区的账号修改；需要调整请与其联系。"

    def _answers_for_all(self, request: HttpRequest) -> bool:
        return covers_every_community(viewer_of(request).scope.writable())


class ScopedAdmin(PortalAdmin):
    """Rows within the scope. The model has `place_lookup` and a ScopedQuerySet as its manager."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.within(viewer_of(request).scope)

    def rows_to_change(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of the scope, without those it has for an emergency alone."""
        rows: Any = super().get_queryset(request)
        return self.get_queryset(request).filter(
            pk__in=rows.within(viewer_of(request).scope.writable()).values("pk")
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may change it; not where the scope has it for an emergency alone."""
        if not super().has_change_permission(request, obj):
            return False
        scope = viewer_of(request).scope
        if obj is None or not scope.emergency:
            return True
        rows: Any = type(obj)._default_manager
        return bool(rows.within(scope.writable()).filter(pk=obj.pk).exists())

    def community_id_of(self, obj: Any) -> int | None:
        """Return the id of the community of the row, or of its place."""
        found = super().community_id_of(obj)
        if found is not None:
            return found
        for part in obj.place_lookup.split("__"):
            obj = getattr(obj, part)
        return super().community_id_of(obj)

    def choices_of(self, model: type[models.Model], request: HttpRequest) -> QuerySet[Any] | None:
        inside = scoped_choices(model, request)
        return super().choices_of(model, request) if inside is None else inside

    def communities(self, request: HttpRequest) -> QuerySet[Place]:
        """Return the communities that lie entirely in the scope."""
        return Place.objects.within(viewer_of(request).scope.writable()).filter(
            level=Level.COMMUNITY, closed_on=None
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "community":
            options["queryset"] = communities = self.communities(request)
            if len(communities) == 1:  # most offices have one, so it is preselected
                options["initial"], options["empty_label"] = communities[0], None
        elif db_field.remote_field.model is Place:
            options.setdefault("form_class", PlaceChoiceField)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.remote_field.model is Place:
            options.setdefault("form_class", PlaceMultipleChoiceField)
        return super().formfield_for_manytomany(db_field, request, **options)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Return the filters; those of foreign keys offer only what lies in the scope."""
        return [self._scoped_filter(spec) for spec in super().get_list_filter(request)]

    def _scoped_filter(self, spec: Any) -> Any:
        if not isinstance(spec, str):
            return spec
        model: Any = self.model
        for part in spec.split("__"):
            field = model._meta.get_field(part)
            model = field.related_model
        return (spec, ScopedRelatedFilter) if model is not None else spec
