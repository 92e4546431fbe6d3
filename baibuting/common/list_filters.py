"""Filters of the portal's own lists, each a chip that can be opened and removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

Choices = Sequence[tuple[str, str]]


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
    """A filter of a list: its query parameter, its choices, and the condition of each value."""

    name: str
    title: str
    choices: Choices
    condition: Callable[[str], Q]

    def chip(self, params: QueryDict) -> Chip:
        """Return the filter as set by an address's parameters."""
        value = params.get(self.name, "")
        selected = next((label for key, label in self.choices if key == value), "")
        choices = [Choice("全部", address(params, {self.name: ""}), not value)]
        choices += [
            Choice(label, address(params, {self.name: key}), key == value) for key, label in self.choices
        ]
        return Chip(self.title, selected, address(params, {self.name: ""}) if value else "", choices)


def address(params: QueryDict, changed: Mapping[str, str]) -> str:
    """Return the query string with the changed parameters, without empty ones and without the page."""
    words = {**{name: str(params[name]) for name in params if name != "page"}, **changed}
    return "?" + urlencode({name: value for name, value in words.items() if value})
