"""The base of every kind of row that programs read: its fields, and the filters of its list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters as df
from django import forms
from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from baibuting.common.days import midnight
from buildings.models import Place

EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)


class Row(serializers.ModelSerializer):
    """A row that is only looked at. `?fields=id,due_on` leaves the other fields out."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        only = self.context.get("only")
        if only is None:
            return fields
        wanted = only.split(",")
        unknown = [name for name in wanted if name not in fields]
        if unknown:
            named = "、".join(fields)
            raise serializers.ValidationError({"fields": f"可以写的字段：{named}，用逗号隔开。"})
        return {name: field for name, field in fields.items() if name in wanted}

    def may(self, grant: str) -> bool:
        """Return whether the program has a grant."""
        return grant in self.context.get("grants", ())


def check_day(name: str, day: date) -> date:
    """Return the day. Raises ValidationError outside EARLIEST to LATEST, where dates overflow."""
    if not EARLIEST <= day <= LATEST:
        raise ValidationError({name: f"日期应在 {EARLIEST:%Y-%m-%d} 到 {LATEST:%Y-%m-%d} 之间。"})
    return day


@extend_schema_field(OpenApiTypes.INT64)
class Id(df.Filter):
    """A filter on the id of a row."""

    field_class = forms.IntegerField

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **options)


class Days(df.DateFilter):
    """A filter on a day; `ends` names the column and look-up, `moment` whether the column holds moments."""

    def __init__(self, field_name: str, *, last: bool, moment: bool = False, **options: Any) -> None:
        self.last, self.moment = last, moment
        label = f"{'止' if last else '起'}（含当日），如：2026-11-23"
        super().__init__(field_name=field_name, label=label, **options)

    def filter(self, qs: Any, value: date | None) -> Any:
        if value is None:
            return qs
        check_day(self.field_name, value)
        if not self.moment:
            return qs.filter(**{f"{self.field_name}__{'lte' if self.last else 'gte'}": value})
        if self.last:
            return qs.filter(**{f"{self.field_name}__lt": midnight(value + timedelta(days=1))})
        return qs.filter(**{f"{self.field_name}__gte": midnight(value)})


class Flag(df.ChoiceFilter):
    """A filter that takes true or false."""

    def __init__(self, yes: Q, **options: Any) -> None:
        self.yes = yes
        super().__init__(choices=(("true", "是"), ("false", "否")), **options)

    def filter(self, qs: Any, value: Any) -> Any:
        if not value:
            return qs
        return qs.filter(self.yes) if value == "true" else qs.exclude(self.yes)


class PlaceFilters(df.FilterSet):
    """Filters of rows that lie at a place."""

    under = Id(method="in_place", label="只要这个区域或楼栋以下的，填它的 id")

    def in_place(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        place = Place.objects.within(self.request.user.scope).filter(pk=value).first()
        if place is None:
            return rows.none()
        lookup: str = rows.model.place_lookup  # type: ignore[attr-defined]
        return rows.filter(**{f"{lookup}__path__startswith" if lookup else "path__startswith": place.path})
