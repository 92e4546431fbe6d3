"""A card's words make sense together: overdue, and seen meanwhile, only with the reason."""

from __future__ import annotations

from datetime import date

import pytest

from cadres.choices import Post
from residents.models import CareRecord
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, category, community, moment
from tests.visits.people import NOW, signed_in_as, stop_the_clock
from visits.services import visit_rule_publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


def monthly(home: Community) -> CareRecord:
    """Under care since 10 January; the first visit was due on the 17th."""
    return care_record(
        home.building, now=moment("2026-01-10T09:00"), started_on=date(2026, 1, 10), code="hardship"
    )


def words(home: Community) -> str:
    sweep_at(NOW)
    page = signed_in_as(home, home.building, Post.BUILDING_HEAD).get("/m/").content.decode()
    return page.split("<article")[1].split("</article>")[0]


def test_it_works(home: Community) -> None:
    visit(monthly(home).resident, "2026-02-26T10:00", method="phone")
    card = words(home)
    assert "2月26日见过，但电话不算" in card
    assert "上次见到" not in card


def test_seen_before_the_round_began_both_are_said(home: Community) -> None:
    """Seen on 5 January, before the record."""
    visit(monthly(home).resident, "2026-01-05T10:00")
    assert "上次见到：1月5日（上门）" in words(home)


def test_the_visit_from_which_the_round_counts_is_no_contradiction(home: Community) -> None:
    record = care_record(
        home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1), code="elderly_alone"
    )
    visit(record.resident, "2026-03-02T10:00")
    assert "上次见到：3月2日（上门）" in words(home)


def test_never_seen_is_said(home: Community) -> None:
    monthly(home)
    assert "上次见到：还没有见到过" in words(home)


def test_where_more_than_one_visit_is_asked_for(home: Community) -> None:
    visit_rule_publish(
        community=home.place,
        category=category("hardship"),
        effective_on=date(2026, 1, 1),
        cadence="calendar",
        period="month",
        times=2,
        first_within_days=7,
        ladder=((1, 0),),
        now=moment("2025-12-20T09:00"),
        user=None,
    )
    person = monthly(home).resident
    for at in ("2026-01-12T10:00", "2026-02-10T10:00"):
        visit(person, at)
    assert "2月10日见过，但要走访 2 次，还没有满" in words(home)


def test_two_categories_of_a_person_are_one_card(home: Community) -> None:
    record = monthly(home)
    care_record(
        home.building,
        now=moment("2026-03-01T09:00"),
        started_on=date(2026, 3, 1),
        code="elderly_alone",
        resident=record.resident,
    )
    sweep_at(NOW)
    page = signed_in_as(home, home.building, Post.BUILDING_HEAD).get("/m/").content.decode()
    assert page.count("<article") == 1
