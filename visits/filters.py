"""Filters of the portal's own lists: each a chip that can be opened, and taken off again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from duties.choices import Rung
from duties.standing import AHEAD_DAYS, COMING_DAYS, RATED, Moment, duty_condition
from residents.models import CareCategory

Choices = Sequence[tuple[str, str]]

STATES: Choices = (
    ("running", "未办结"),
    ("overdue", "逾期"),
    ("today", "今天到期"),
    ("coming", f"未来 {COMING_DAYS} 天到期"),
    ("ahead", f"{AHEAD_DAYS} 天内到期"),
    ("unowned", "无人负责"),
    ("done_today", "今天到期，已办"),
    ("in_time", "按时"),
    ("late", "逾期后完成"),
    ("missed", "未完成"),
    ("cancelled", "已取消"),
    ("rated", "除已取消外全部"),
)


def state_condition(state: str, moment: Moment) -> Q:
    """The duties a state of STATES means at a moment; none for an unknown word."""
    standing = {"today": "due_today", "unowned": "no_owner"}.get(state, state)
    if standing in ("running", "overdue", "due_today", "coming", "ahead", "no_owner", "done_today"):
        return duty_condition(standing, moment)
    if state == "rated":
        return RATED
    if state not in ("in_time", "late", "missed", "cancelled"):
        return Q(pk__in=())
    return Q(outcome=state) if moment.is_now else Q(outcome=state, closed_at__lte=moment.at)


def category_choices() -> Choices:
    """Categories under the names that anybody may read."""
    return [(str(pk), label) for pk, label in CareCategory.objects.values_list("pk", "public_label")]


def rung_condition(rung: str, reached: str = "rung") -> Q:
    """Duties whose highest rung reached is this one; none for a word that is no rung. Before the first it is the first.

    `reached` names the column or annotation that holds it.
    """
    if rung not in {str(value) for value in Rung.values}:
        return Q(pk__in=())
    return Q(**{reached: rung}) | Q(**{f"{reached}__isnull": True}) if rung == "0" else Q(**{reached: rung})


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
