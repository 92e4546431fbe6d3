"""Which conditions a list takes: these and no others, so that no filter finds out what is masked."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters as df
from django.db.models import Q, QuerySet
from django_filters.rest_framework import DjangoFilterBackend

from api.choices import LEVELS, LevelWord
from buildings.programs import Days, Flag, Id, PlaceFilters, check_day
from cadres.choices import Post
from cadres.selectors import in_force
from duties.choices import RUNNING, Outcome, Rung
from duties.models import Duty
from stats.choices import CategoryWord
from visits.choices import IncidentKind, Method


class ListedFilters(DjangoFilterBackend):
    """django-filter, with its complaints as problem+json."""

    def get_filterset_kwargs(self, request: Any, queryset: Any, view: Any) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(request, queryset, view), "request": request}


def category_condition(word: str, *, prefix: str = "category__") -> Q:
    """Rows of a category; the sensitive ones go under one word."""
    if word == CategoryWord.FOCUS:
        return Q(**{f"{prefix}is_sensitive": True})
    return Q(**{f"{prefix}code": word, f"{prefix}is_sensitive": False})


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
