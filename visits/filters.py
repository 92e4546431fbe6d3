"""Filters of the portal's own lists: each a chip that can be opened, and taken off again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from baibuting.common.days import midnight
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from duties.choices import Rung
from duties.selectors import held_by
from duties.standing import COMING_DAYS, Moment, duty_condition
from residents.models import CareCategory

Choices = Sequence[tuple[str, str]]

STATES: Choices = (
    ("running", "未办结"),
    ("overdue", "逾期"),
    ("today", "今天到期"),
    ("coming", f"未来 {COMING_DAYS} 天到期"),
    ("done_today", "今天到期，已办"),
    ("in_time", "按时"),
    ("late", "逾期后完成"),
    ("missed", "未完成"),
    ("cancelled", "已取消"),
)


def state_condition(state: str, today: date) -> Q:
    """The duties a state of STATES means; none for an unknown word."""
    moment = Moment(today, midnight(today), is_now=True)
    conditions = {
        "running": duty_condition("running", moment),
        "overdue": duty_condition("overdue", moment),
        "today": duty_condition("due_today", moment),
        "coming": duty_condition("coming", moment),
        "done_today": duty_condition("done_today", moment),
        **{word: Q(outcome=word) for word in ("in_time", "late", "missed", "cancelled")},
    }
    return conditions.get(state, Q(pk__in=()))


def category_choices() -> Choices:
    """Categories under the names that anybody may read."""
    return [(str(pk), label) for pk, label in CareCategory.objects.values_list("pk", "public_label")]


def rung_condition(rung: str) -> Q:
    """Duties whose highest rung reached is this one; none for a word that is no rung."""
    return Q(rung=rung) if rung in {str(value) for value in Rung.values} else Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of an opened chip."""

    label: str
    url: str
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter as the page shows it; `off_url` is "" while it is not set."""

    title: str
    selected: str
    off_url: str
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class ListFilter:
    """A filter of a list: its word in the address, what it offers, and the condition a value means."""

    name: str
    title: str
    choices: Choices
    condition: Callable[[str], Q]

    def chip(self, params: QueryDict) -> Chip:
        """How it stands in an address."""
        value = params.get(self.name, "")
        selected = next((label for key, label in self.choices if key == value), "")
        choices = [Choice("全部", address(params, {self.name: ""}), not value)]
        choices += [
            Choice(label, address(params, {self.name: key}), key == value) for key, label in self.choices
        ]
        return Chip(self.title, selected, address(params, {self.name: ""}) if value else "", choices)


def address(params: QueryDict, changed: Mapping[str, str]) -> str:
    """The query string with some words changed, empty ones left out, back on the first page."""
    words = {**{name: str(params[name]) for name in params if name != "page"}, **changed}
    return "?" + urlencode({name: value for name, value in words.items() if value})


def duty_filters(scope: Scope, today: date) -> list[ListFilter]:
    """The filters of the list of duties. Two queries."""
    areas = _areas(scope)
    return [
        ListFilter("state", "状态", STATES, lambda state: state_condition(state, today)),
        ListFilter("rung", "级别", [(str(value), label) for value, label in Rung.choices], rung_condition),
        ListFilter("category", "类别", category_choices(), _category_condition),
        ListFilter("area", "区域", [(str(place.pk), place.full_name) for place in areas], _in_area(areas)),
        ListFilter("mine", "责任人", [("1", "由我负责")], lambda _: _mine(scope, today)),
    ]


def _category_condition(value: str) -> Q:
    return Q(category=value) if value.isdecimal() else Q(pk__in=())


def _areas(scope: Scope) -> list[Place]:
    """苑区 and 片区 of the scope; 楼栋 too where it lies inside one 片区."""
    places = Place.objects.within(scope).standing().select_related("parent__parent")
    wide = list(places.filter(level__in=(Level.QUARTER, Level.PRECINCT)))
    if len(wide) <= 1:
        wide += places.filter(level=Level.BUILDING)
    return sorted(wide, key=_tree_order)


def _tree_order(place: Place) -> tuple[str, ...]:
    above = place.parent
    if place.level == Level.QUARTER or above is None:
        return (place.sort_key,)
    return (*_tree_order(above), place.sort_key)


def _in_area(areas: Sequence[Place]) -> Callable[[str], Q]:
    paths = {str(place.pk): place.path for place in areas}
    return lambda value: Q(building__path__startswith=paths[value]) if value in paths else Q(pk__in=())


def _mine(scope: Scope, today: date) -> Q:
    return Q(pk__in=()) if scope.cadre_id is None else Q(held_by(scope.cadre_id, today))
