"""List filters that offer only what lies in the viewer's scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from buildings.choices import Level
from buildings.models import Place
from buildings.selectors import TREE_ORDER
from buildings.viewer import viewer_of

FEW = 40  # buildings that are offered without a 片区 or 苑区 being chosen


class PlaceFilter(admin.SimpleListFilter):
    """Filters rows by a place of one level. `lookup` leads from the row to its place; the model's own by default."""

    level: ClassVar[Level]
    lookup: ClassVar[str | None] = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        places = Place.objects.within(viewer_of(request).scope).filter(level=self.level, closed_on=None)
        offered = self.narrowed(request, places).select_related("parent__parent")
        return [
            (str(place.pk), self.label(request, place))
            for place in offered.order_by(*self.order)[: self.most(request)]
        ]

    order: ClassVar[tuple[str, ...]] = ("community_id", "sort_key")

    def has_output(self) -> bool:
        """Return whether the filter applies: one set to a place that is not offered shows no rows, instead of all."""
        return super().has_output() or self.value() is not None

    def most(self, request: HttpRequest) -> int | None:
        """Return how many choices are read at most; None for all."""
        return None

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


class WiderFilter(PlaceFilter):
    """Filters by a place that has others below it: choosing another one drops what was chosen inside the former."""

    below: ClassVar[tuple[str, ...]]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        dropped = [*self.below, "p"]
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[str(self.parameter_name), *dropped]),
            "display": "全部",
        }
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({str(self.parameter_name): value}, dropped),
                "display": label,
            }


class QuarterFilter(WiderFilter):
    """Filters by 苑区."""

    title = "苑区"
    parameter_name = "quarter"
    level = Level.QUARTER
    below = ("precinct", "building")


class PrecinctFilter(WiderFilter):
    """Filters by 片区; offers those of the chosen 苑区 where one is chosen."""

    title = "片区"
    parameter_name = "precinct"
    level = Level.PRECINCT
    below = ("building",)
    order = ("community_id", "parent__sort_key", "sort_key")

    def narrowed(self, request: HttpRequest, places: QuerySet[Place]) -> QuerySet[Place]:
        quarter = request.GET.get(QuarterFilter.parameter_name, "")
        return places.filter(parent_id=int(quarter)) if quarter.isdecimal() else places

    def label(self, request: HttpRequest, place: Place) -> str:
        return place.name if QuarterFilter.parameter_name in request.GET else place.full_name


class BuildingFilter(PlaceFilter):
    """Filters by 楼栋: those of the chosen 片区 or 苑区, else the chosen one; all of them where they are few."""

    title = "楼栋"
    parameter_name = "building"
    level = Level.BUILDING
    order = TREE_ORDER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = super().lookups(request, model_admin)
        return found if self._area(request) or len(found) <= FEW else []

    def most(self, request: HttpRequest) -> int | None:
        return None if self._area(request) else FEW + 1

    def narrowed(self, request: HttpRequest, places: QuerySet[Place]) -> QuerySet[Place]:
        area, chosen = self._area(request), request.GET.get(self.parameter_name, "")
        if area:
            return places.filter(Q(parent_id=area) | Q(parent__parent_id=area))
        return places.filter(pk=chosen) if chosen.isdecimal() and len(chosen) <= 18 else places

    def _area(self, request: HttpRequest) -> int | None:
        """Return the id of the narrowest wider place that is chosen."""
        for name in (PrecinctFilter.parameter_name, QuarterFilter.parameter_name):
            if request.GET.get(name, "").isdecimal() and len(request.GET[name]) <= 18:
                return int(request.GET[name])
        return None


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """Filters by a foreign key; offers only choices in the scope."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        allowed = model_admin.choices_of(field.remote_field.model, request)
        if allowed is None:
            return super().field_choices(field, request, model_admin)
        return [(row.pk, str(row)) for row in allowed]
