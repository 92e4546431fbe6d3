"""Which conditions a list takes: these and no others, so that no filter finds out what is masked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters as df
from django import forms
from django.db.models import Q, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError

from api.choices import LEVELS, LevelWord
from baibuting.common.days import midnight
from buildings.models import Place
from cadres.choices import Post
from cadres.selectors import in_force
from duties.choices import RUNNING, Outcome, Rung
from duties.models import Duty
from stats.choices import CategoryWord
from visits.choices import IncidentKind, Method

EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)


class ListedFilters(DjangoFilterBackend):
    """django-filter, with its complaints as problem+json."""

    def get_filterset_kwargs(self, request: Any, queryset: Any, view: Any) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(request, queryset, view), "request": request}


def category_condition(word: str, *, prefix: str = "category__") -> Q:
    """Rows of a category; the sensitive ones go under one word."""
    if word == CategoryWord.FOCUS:
        return Q(**{f"{prefix}is_sensitive": True})
    return Q(**{f"{prefix}code": word, f"{prefix}is_sensitive": False})


def check_day(name: str, day: date) -> date:
    """A day of this age; others overflow somewhere. Raises ValidationError."""
    if not EARLIEST <= day <= LATEST:
        raise ValidationError({name: f"日期应在 {EARLIEST:%Y-%m-%d} 到 {LATEST:%Y-%m-%d} 之间。"})
    return day


@extend_schema_field(OpenApiTypes.INT64)
class Id(df.Filter):
    """The id of a row."""

    field_class = forms.IntegerField

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **options)


class Days(df.DateFilter):
    """A condition on a day; `ends` names the column and look-up, `moment` whether the column holds moments."""

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
    """true or false in an address."""

    def __init__(self, yes: Q, **options: Any) -> None:
        self.yes = yes
        super().__init__(choices=(("true", "是"), ("false", "否")), **options)

    def filter(self, qs: Any, value: Any) -> Any:
        if not value:
            return qs
        return qs.filter(self.yes) if value == "true" else qs.exclude(self.yes)


class PlaceFilters(df.FilterSet):
    """Of rows that lie at a place."""

    under = Id(method="in_place", label="只要这个区域或楼栋以下的，填它的 id")

    def in_place(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        place = Place.objects.within(self.request.user.scope).filter(pk=value).first()
        if place is None:
            return rows.none()
        lookup: str = rows.model.place_lookup  # type: ignore[attr-defined]
        return rows.filter(**{f"{lookup}__path__startswith" if lookup else "path__startswith": place.path})


class TreeFilters(PlaceFilters):
    level = df.ChoiceFilter(choices=LevelWord.choices, method="of_level", label="级别")
    standing = Flag(Q(closed_on=None), label="是否在用")

    def of_level(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(level=LEVELS[LevelWord(value)])


class AppointmentFilters(PlaceFilters):
    post = df.ChoiceFilter(choices=Post.choices, label="职务")
    on = df.DateFilter(method="held_on", label="在这一天任职的，如：2026-11-23")

    def held_on(self, rows: QuerySet[Any], name: str, value: date) -> QuerySet[Any]:
        return rows.filter(in_force(check_day(name, value)))


class CategoryFilters(PlaceFilters):
    category = df.ChoiceFilter(choices=CategoryWord.choices, method="of_category", label="类别")

    def of_category(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(category_condition(value))


class CareRecordFilters(CategoryFilters):
    open = Flag(Q(ended_on=None), label="是否仍在册")
    started_from = Days("started_on", last=False)
    started_to = Days("started_on", last=True)


class DutyFilters(CategoryFilters):
    # the column's own choices are read when they are asked for: kinds are registered by then
    kind = df.ChoiceFilter(choices=Duty._meta.get_field("kind").choices, label="种类")
    outcome = df.ChoiceFilter(choices=Outcome.choices, label="状态")
    running = Flag(Q(outcome__in=RUNNING), label="是否未办结")
    rung = df.TypedChoiceFilter(choices=Rung.choices, coerce=int, label="已升到的级别")
    due_from = Days("due_on", last=False)
    due_to = Days("due_on", last=True)
    care_record = Id(field_name="care_record_id", label="必访对象的 id")


class VisitFilters(PlaceFilters):
    resident = df.UUIDFilter(field_name="resident__uid", label="居民的 uid")
    method = df.ChoiceFilter(choices=Method.choices, label="走访方式")
    seen = Flag(Q(seen=True), label="是否见到本人")
    voided = Flag(Q(voided_at__isnull=False), label="是否已作废")
    visited_from = Days("visited_at", last=False, moment=True)
    visited_to = Days("visited_at", last=True, moment=True)


class IncidentFilters(PlaceFilters):
    kind = df.ChoiceFilter(choices=IncidentKind.choices, label="类别")
    open = Flag(Q(closed_at=None), label="是否未办结")
    occurred_from = Days("occurred_at", last=False, moment=True)
    occurred_to = Days("occurred_at", last=True, moment=True)
