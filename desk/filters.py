"""Filters of the lists behind the desk's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter

from django.db.models import Q

from baibuting.common.day_labels import day_label
from baibuting.common.list_filters import Choices, ListFilter
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER
from desk.figures import WEEKS, at_place
from duties.as_of import AsOf, due_within
from duties.choices import Rung
from duties.filters import STATES, family_asked, family_choices, rung_condition, state_condition
from duties.selectors import held_by
from residents.selectors import category_choices

AREA = "area"


def area_named(scope: Scope, value: str) -> Place | None:
    """Return the place of the scope with that id; None for any other value. One query."""
    if not value.isdecimal() or len(value) > 18:
        return None
    return Place.objects.within(scope).filter(pk=value).select_related("parent__parent").first()


def narrowed(scope: Scope, value: str, area: Place | None) -> Scope:
    """Return the scope of a list: all of it without a value, nothing for a value that names no place of it."""
    if not value:
        return scope
    return at_place(scope, area) if area is not None else Scope.NOTHING


def area_filter(scope: Scope, area: Place | None) -> ListFilter:
    """Return the filter by place: 苑区 and 片区, 楼栋 too within one 片区, and the chosen place. Two queries at most.

    It has no condition: the list's scope is narrowed already.
    """
    places = Place.objects.within(scope).active().select_related("parent__parent").order_by(*TREE_ORDER)
    wide = list(places.filter(level__in=(Level.QUARTER, Level.PRECINCT)))
    if len(wide) <= 1:
        wide += places.filter(level=Level.BUILDING)
    if area is not None and area.pk not in map(attrgetter("pk"), wide):
        wide.insert(0, area)
    return ListFilter(AREA, "区域", [(str(place.pk), place.full_name) for place in wide], lambda _: Q())


def duty_filters(scope: Scope, moment: AsOf, area: Place | None) -> list[ListFilter]:
    """Return the filters of the list of duties. Three queries at most."""
    return [
        ListFilter("state", "状态", STATES, lambda state: state_condition(state, moment)),
        ListFilter(
            "rung",
            "级别",
            [(str(value), label) for value, label in Rung.choices],
            lambda rung: rung_condition(rung, "reached"),
        ),
        ListFilter("category", "类别", category_choices(), _category_condition),
        *([ListFilter("family", "种类", families, family_asked)] if (families := family_choices()) else []),
        area_filter(scope, area),
        ListFilter("week", "应办", _week_choices(moment), _week_condition),
        *(
            [ListFilter("mine", "责任人", [("1", "由我负责")], lambda _: _mine(scope, moment))]
            if scope.cadre_id is not None
            else []
        ),
    ]


def _category_condition(value: str) -> Q:
    return Q(category=value) if value.isdecimal() and len(value) <= 18 else Q(pk__in=())


def _week_choices(moment: AsOf) -> Choices:
    monday = moment.day - timedelta(days=moment.day.weekday())
    return [
        (day.isoformat(), week_label(day, moment.day))
        for day in (monday - timedelta(weeks=n) for n in range(WEEKS + 1))
    ]


def week_label(monday: date, today: date) -> str:
    """Return a week as read: 11月16日至22日; with the years where it is not of this one."""
    last = monday + timedelta(days=6)
    if last.year != monday.year:
        return f"{monday.year}年{monday.month}月{monday.day}日至{last.year}年{last.month}月{last.day}日"
    month = f"{last.month}月" if last.month != monday.month else ""
    return f"{day_label(monday, today)}至{month}{last.day}日"


def _week_condition(value: str) -> Q:
    try:
        monday = date.fromisoformat(value)
        return due_within(monday, monday + timedelta(days=6))
    except (ValueError, OverflowError):
        return Q(pk__in=())


def _mine(scope: Scope, moment: AsOf) -> Q:
    return Q(pk__in=()) if scope.cadre_id is None else Q(held_by(scope.cadre_id, moment.day))


def conditions_of(filters: Sequence[ListFilter], params: Mapping[str, object]) -> Q:
    """Return the conditions of all filters that the address sets."""
    condition = Q()
    for found in filters:
        if params.get(found.name):
            condition &= found.condition(str(params[found.name]))
    return condition
