"""List filters that offer only what lies in the viewer's scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from buildings.choices import Level
from buildings.models import Place
from buildings.viewer import viewer_of


class PlaceFilter(admin.SimpleListFilter):
    """Filters rows by a place of one level. `lookup` leads from the row to its place; the model's own by default."""

    level: ClassVar[Level]
    lookup: ClassVar[str | None] = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        places = Place.objects.within(viewer_of(request).scope).filter(level=self.level, closed_on=None)
        offered = self.narrowed(request, places).select_related("parent__parent")
        return [(str(place.pk), self.label(request, place)) for place in offered.order_by(*self.order)]

    order: ClassVar[tuple[str, ...]] = ("community_id", "sort_key")

    def narrowed(self, request: HttpRequest, places: QuerySet[Place]) -> QuerySet[Place]:
        """Return the places to choose from; fewer where another filter is set."""
        return places

    def label(self, request: HttpRequest, place: Place) -> str:
        """Return the label of a place in the list of choices."""
        return place.full_name

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        place = None
        if value.isdecimal():
            place = Place.objects.within(viewer_of(request).scope).filter(level=self.level, pk=value).first()
        return queryset.none() if place is None else self.inside(queryset, place)

    def inside(self, queryset: QuerySet[Any], place: Place) -> QuerySet[Any]:
        """Return the rows that lie in the place."""
        lookup = queryset.model.place_lookup if self.lookup is None else self.lookup  # type: ignore[attr-defined]
        path = f"{lookup}__path" if lookup else "path"
        return queryset.filter(**{f"{path}__startswith": place.path})


class QuarterFilter(PlaceFilter):
    """Filters by 苑区. Choosing another one drops the 片区 chosen inside the former."""

    title = "苑区"
    parameter_name = "quarter"
    level = Level.QUARTER

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        dropped = [PrecinctFilter.parameter_name, "p"]
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name, *dropped]),
            "display": "全部",
        }
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}, dropped),
                "display": label,
            }


class PrecinctFilter(PlaceFilter):
    """Filters by 片区; offers those of the chosen 苑区 where one is chosen."""

    title = "片区"
    parameter_name = "precinct"
    level = Level.PRECINCT
    order = ("community_id", "parent__sort_key", "sort_key")

    def narrowed(self, request: HttpRequest, places: QuerySet[Place]) -> QuerySet[Place]:
        quarter = request.GET.get(QuarterFilter.parameter_name, "")
        return places.filter(parent_id=int(quarter)) if quarter.isdecimal() else places

    def label(self, request: HttpRequest, place: Place) -> str:
        return place.name if QuarterFilter.parameter_name in request.GET else place.full_name


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """Filters by a foreign key; offers only choices in the scope."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        allowed = model_admin.choices_of(field.remote_field.model, request)
        if allowed is None:
            return super().field_choices(field, request, model_admin)
        return [(row.pk, str(row)) for row in allowed]
