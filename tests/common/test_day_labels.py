"""A day is said with its year wherever that is not the present one, in code and in templates."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.template import engines

from baibuting.common.day_labels import day_label, moment_label
from baibuting.common.days import SHANGHAI

NOW = datetime(2026, 11, 30, 9, tzinfo=SHANGHAI)


def test_it_works() -> None:
    assert day_label(date(2026, 3, 6), NOW) == "3月6日"
    assert day_label(date(2025, 3, 6), NOW) == "2025年3月6日"
    assert day_label(date(2027, 1, 1), NOW) == "2027年1月1日"


def test_the_present_is_a_moment_or_a_day() -> None:
    """Half past midnight on New Year's Day in Wuhan is still the old year in UTC."""
    new_year = datetime.fromisoformat("2026-12-31T16:30:00+00:00")
    assert day_label(date(2027, 1, 1), new_year) == day_label(date(2027, 1, 1), date(2027, 6, 1)) == "1月1日"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 3, 6, 14, 30, tzinfo=SHANGHAI), "3月6日 14:30"),
        (datetime(2026, 3, 6, tzinfo=SHANGHAI), "3月6日"),
        (datetime(2025, 3, 6, 8, 5, tzinfo=SHANGHAI), "2025年3月6日 08:05"),
    ],
)
def test_a_moment(at: datetime, words: str) -> None:
    assert moment_label(at, NOW) == words


def test_templates_say_the_same() -> None:
    written = engines["django"].from_string(
        "{% load day_labels %}{{ day|day_label:now }}|{{ at|day_label:now }}|{{ at|moment_label:now }}|"
        "{{ none|day_label:now }}|{{ none|moment_label:now }}"
    )
    at = datetime(2025, 3, 6, 8, 5, tzinfo=SHANGHAI)
    shown = written.render({"day": date(2026, 3, 6), "at": at, "none": None, "now": NOW})
    assert shown == "3月6日|2025年3月6日|2025年3月6日 08:05||"
