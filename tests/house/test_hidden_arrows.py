"""Arrows that no import draws go down as well: templates, addresses by name, dotted names."""

from __future__ import annotations

import ast

import pytest

from tests.house import hidden
from tests.house.source import APPS, FRAME

# Reviewed: where, what it names → why it stays. Nothing does today.
REVIEWED: dict[tuple[str, str], str] = {
    (
        "buildings/models.py",
        "boards.boardcode",
    ): "what public codes were called before: the trail has such rows",
    ("audit/models.py", "accounts.auditevent"): "what the trail called itself before: it has such rows",
}


def test_it_works() -> None:
    """What is named is found, and whose it is."""
    tree = ast.parse(
        'redirect("phone:mine")\nreverse("home", args=[1])\nredirect("/m/")\nurl = reverse(name)'
    )
    assert list(hidden.names_in(tree)) == [(1, "phone:mine"), (2, "home")]
    assert list(hidden.strings_in(ast.parse('"""Said."""\nx = "duties.duty"'))) == [(2, "duties.duty")]
    assert hidden.USED.findall('{% include "boards/own.html" with a=b %}{%extends "base.html"%}') == [
        "boards/own.html",
        "base.html",
    ]
    assert hidden.LINKED.findall("{% url 'boards:board' place.pk %}") == ["boards:board"]
    assert hidden.DOTTED.match("phone.send_digests")
    assert not hidden.DOTTED.match("phone/mine.html")
    assert hidden.owner_of_address("phone:mine") == "phone"
    assert hidden.owner_of_address("admin:visits_visit_changelist") == "visits"
    assert hidden.owner_of_address("healthz") == FRAME
    assert hidden.owner_of_address("nobody:here") is None
    assert hidden.template_owners()["boards/own.html"] == "boards"
    assert hidden.template_owners()["admin/visits/visit_table.html"] == "visits"
    assert hidden.template_owners()["base.html"] == FRAME


@pytest.mark.parametrize(
    ("app", "other", "up"),
    [
        ("phone", "boards", True),
        ("boards", "phone", True),
        ("residents", "visits", True),
        ("desk", "phone", False),
        ("phone", "duties", False),
        ("phone", FRAME, False),
        (FRAME, "desk", False),
        ("phone", "phone", False),
    ],
)
def test_up_and_aside_are_told_from_down(app: str, other: str, up: bool) -> None:
    assert hidden.is_up(app, other) is up


@pytest.mark.parametrize(
    ("app", "text", "found"),
    [
        ("phone", '{% include "boards/own.html" %}', ["boards/own.html"]),
        ("boards", "<a href=\"{% url 'phone:mine' %}\">", ["phone:mine"]),
        ("visits", '{% extends "desk/base.html" %}{% include "visits/x.html" %}', ["desk/base.html"]),
        ("desk", "{% url 'phone:today' %}{% include 'boards/own.html' %}", []),
        ("phone", "{% extends 'base.html' %}{% url 'admin:index' %}{% url 'duties:nowhere' %}", []),
    ],
)
def test_what_a_template_may_not_know_is_found(app: str, text: str, found: list[str]) -> None:
    assert list(hidden.arrows_in(app, text)) == found


def test_no_template_names_what_stands_higher() -> None:
    assert [found for found in hidden.arrows_of_templates() if found not in REVIEWED] == []


def test_no_code_names_what_stands_higher() -> None:
    assert [found for found in hidden.arrows_of_code(*APPS) if found not in REVIEWED] == []


def test_every_address_that_is_named_is_there() -> None:
    assert list(hidden.strange_addresses(*APPS, FRAME)) == []


def test_the_reviewed_list_holds_nothing_that_is_gone() -> None:
    assert set(REVIEWED) - {*hidden.arrows_of_templates(), *hidden.arrows_of_code(*APPS)} == set()
