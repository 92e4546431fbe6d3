"""stats/: every figure is the one of the portal's own pages and the length of the list behind it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.choices import Audience, Grant, LevelWord
from baibuting.common.days import midnight
from buildings.scope import Scope
from desk.figures import Overview
from duties.as_of import AsOf
from duties.choices import Rung
from stats.choices import CategoryWord
from tests.api.callers import Caller, caller
from tests.api.test_changes_at_random import Life
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, community, moment, resident
from tests.visits.people import stop_the_clock

pytestmark = pytest.mark.django_db
NOW = moment("2026-03-11T09:00")
NAMES = (
    "overdue", "due_today", "done_today", "coming", "no_owner", "never_seen", "incidents_running", "vacancies",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, NOW)


def home_figures(scope: Scope, now: datetime) -> dict[str, int]:
    """What the portal's first page says."""
    overview = Overview(scope, AsOf.now(now))
    rungs = {f"rung {rung}": count for rung, count in overview.by_rung().items()}
    return {name: overview.value(name) for name in NAMES} | rungs


def stats_figures(row: dict[str, Any]) -> dict[str, int]:
    """The same of a row of stats/."""
    rungs = {f"rung {found['rung']}": found["overdue"] for found in row["overdue_by_rung"]}
    return {name: row[name] for name in NAMES} | rungs


def stats(asks: Caller, **params: Any) -> list[dict[str, Any]]:
    answer = asks.get("stats/", params)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()["rows"]


def test_it_works() -> None:
    home = community()
    person = resident(home.building, now=moment("2026-03-01T09:00"))
    care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1), resident=person)
    visit(person, "2026-03-02T10:00")
    care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at(NOW)
    asks = caller(home.place, now=NOW)
    (row,) = stats(asks, **{"from": "2026-03-01", "to": "2026-03-31"})
    assert row["name"] == "百步亭社区"
    assert (row["care_records"], row["never_seen"], row["overdue"]) == (2, 1, 2)
    assert (row["posts"], row["vacancies"]) == (48, 0)
    assert (row["due"], row["in_time"], row["running"], row["visits"]) == (3, 1, 2, 1)
    assert row["hidden"] == []
    (then,) = stats(asks, as_of="2026-03-03")
    assert (then["care_records"], then["never_seen"], then["overdue"], then["due"]) == (2, 1, 0, None)


@contextmanager
def undone() -> Iterator[None]:
    """Each example on a database of its own."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(seed=st.integers(0, 10_000))
def test_every_figure_is_the_first_pages_now_and_on_past_days(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks back at a day sees what the first page said at its end."""
    with undone():
        home = community()
        life = Life(home, random.Random(seed))
        life.void = life.visit  # type: ignore[method-assign] # what is taken back later changes the past, rightly
        life.relocate = life.move_building = life.rename  # type: ignore[method-assign] # today's tree answers
        asked = [(caller(place, now=NOW), place, level) for place, level in (
            (home.place, "community"), (home.quarters[0], "quarter"), (home.buildings[2], "building"))]  # fmt: skip
        noted: dict[tuple[date, str], dict[str, int]] = {}
        for ahead in range(10):
            day = date(2026, 3, 11) + timedelta(days=ahead)
            life.now = midnight(day) + timedelta(hours=6)
            for _ in range(10):
                life.change()
            life.now = midnight(day + timedelta(days=1)) - timedelta(seconds=1)
            sweep_at(life.now)
            for _, place, level in asked:
                noted[day, level] = home_figures(Scope(paths=frozenset([place.path])), life.now)
        stop_the_clock(monkeypatch, life.now)
        assert sum(figures["overdue"] for figures in noted.values()) > 0
        for (day, level), figures in noted.items():
            (asks,) = [asks for asks, _, of in asked if of == level]
            (row,) = stats(asks, level=level, as_of=day.isoformat())
            assert stats_figures(row) == figures, (day, level)


def random_home(seed: int, monkeypatch: pytest.MonkeyPatch, changes: int = 150) -> Community:
    home = community()
    life = Life(home, random.Random(seed))
    for _ in range(changes):
        life.change()
    sweep_at(life.now)
    stop_the_clock(monkeypatch, life.now)
    return home


def test_every_figure_is_the_length_of_its_list(monkeypatch: pytest.MonkeyPatch) -> None:
    home = random_home(3, monkeypatch)
    asks = caller(home.place, now=NOW)
    period = {"from": "2026-03-10", "to": "2026-03-20"}
    due = {"due_from": "2026-03-10", "due_to": "2026-03-20"}
    for row in [row for level in LevelWord for row in stats(asks, level=level, **period)]:
        under = {"under": row["place"]}
        lists = {
            "care_records": asks.all("care-records/", open="true", **under),
            "overdue": asks.all("duties/", outcome="overdue", **under),
            "incidents_running": asks.all("incidents/", open="true", **under),
            "due": asks.all("duties/", **due, **under),
            "in_time": asks.all("duties/", outcome="in_time", **due, **under),
            "running": asks.all("duties/", running="true", **due, **under),
            "visits": asks.all(
                "visits/", voided="false", visited_from="2026-03-10", visited_to="2026-03-20", **under
            ),
        }
        assert {name: row[name] for name in lists} == {name: len(found) for name, found in lists.items()}
        assert sum(found["overdue"] for found in row["overdue_by_rung"]) == row["overdue"]
        parts = ("in_time", "late", "missed", "cancelled", "running")
        assert sum(row[part] for part in parts) == row["due"]


def test_levels_categories_and_rungs_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    home = random_home(4, monkeypatch)
    asks = caller(home.place, now=NOW)
    (whole,) = stats(asks)
    for level in LevelWord:
        rows = stats(asks, level=level)
        assert sum(row["overdue"] for row in rows) == whole["overdue"]
        assert sum(row["vacancies"] for row in rows) == whole["vacancies"]
    by_category = [stats(asks, category=word)[0] for word in CategoryWord]
    assert sum(row["care_records"] for row in by_category) == whole["care_records"] > 0
    assert by_category[0]["visits"] is by_category[0]["vacancies"] is None  # belong to no category
    arrivals = len(asks.all("duties/", outcome="overdue", kind="arrival"))
    assert sum(row["overdue"] for row in by_category) + arrivals == whole["overdue"]
    by_rung = [stats(asks, rung=rung)[0]["overdue"] for rung in Rung.values]
    assert sum(by_rung) == whole["overdue"] > 0


# --- outside the community -------------------------------------------------------------------------------------------
def crowded() -> Community:
    """20 old people in the first 苑区 (12 and 8 a 片区), 9 in the second, two of them released; all overdue."""
    home = community(staffed=False)
    crowd = [
        (0, 6, "elderly_alone"),
        (1, 6, "hardship"),
        (2, 8, "elderly_alone"),
        (4, 7, "elderly_alone"),
        (6, 2, "released"),
    ]
    for number, people, code in crowd:
        for _ in range(people):
            care_record(
                home.buildings[number], now=moment("2026-02-01T09:00"), started_on=date(2026, 2, 1), code=code
            )
    sweep_at(NOW)
    return home


def test_outside_the_community_small_figures_are_held_back_and_so_is_what_gives_them_away() -> None:
    home = crowded()
    district = caller(home.place, now=NOW, audience=Audience.OUTSIDE)
    (whole,) = stats(district)
    assert (whole["care_records"], whole["never_seen"]) == (29, 29)
    assert "care_records" not in whole["hidden"]
    assert [row["care_records"] for row in stats(district, level="quarter")] == [20, 9]
    # 12 and 8 are shown; of 7 and 2 neither: the 苑区's 9 less the 7 would be the 2
    precincts = stats(district, level="precinct")
    assert [row["care_records"] for row in precincts] == [12, 8, None, None]
    assert ["care_records" in row["hidden"] for row in precincts] == [False, False, True, True]
    # two released people: neither they nor the smallest other category
    words = {word: stats(district, category=word)[0]["care_records"] for word in CategoryWord}
    assert words == {"hardship": None, "hospital": None, "laid_off": None, "elderly_alone": 21, "focus": None}
    # days by days, and days less days, would be single days
    assert whole["due_today"] is whole["coming"] is None
    assert {"due_today", "coming"} <= set(whole["hidden"])
    assert whole["vacancies"] == 48


def test_the_community_itself_sees_all_of_it() -> None:
    home = crowded()
    own = caller(home.place, now=NOW, audience=Audience.COMMUNITY)
    assert [row["care_records"] for row in stats(own, level="precinct")] == [12, 8, 7, 2]
    assert stats(own, category="focus")[0]["care_records"] == 2


def test_what_is_hidden_does_not_depend_on_who_asks() -> None:
    """Two tokens laid side by side tell no more than one."""
    home = crowded()
    whole = {
        row["place"]: row
        for level in LevelWord
        for row in stats(caller(home.place, now=NOW, audience=Audience.OUTSIDE), level=level)
    }
    for place, level in (
        (home.quarters[1], "quarter"),
        (home.precincts[2], "precinct"),
        (home.buildings[0], "building"),
    ):
        part = caller(place, now=NOW, audience=Audience.OUTSIDE)
        assert stats(part, level=level) == [whole[place.pk]]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "2026-02-01", "to": "2026-02-27"}, "from"),
        ({"from": "2026-03-01", "to": "2026-03-31"}, "from"),
        ({"category": "focus", "rung": "4"}, "rung"),
    ],
)
def test_questions_whose_answers_could_be_subtracted_are_refused_outside(
    params: dict[str, str], field: str
) -> None:
    home = community(staffed=False)
    refused = caller(home.place, now=NOW, audience=Audience.OUTSIDE).get("stats/", params)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert caller(home.place, now=NOW).get("stats/", params).status_code == 200


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"as_of": "2026-03-12"}, "as_of"),
        ({"as_of": "1066-10-14"}, "as_of"),
        ({"from": "2026-03-01"}, "to"),
        ({"to": "2026-03-01"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"level": "street"}, "level"),
        ({"category": "released"}, "category"),
        ({"rung": "9"}, "rung"),
        ({"family": "nonsense"}, "family"),
        ({"family": ""}, "family"),
        ({"name": "张"}, "name"),
    ],
)
def test_a_question_that_means_nothing_is_refused(params: dict[str, str], field: str) -> None:
    home = community(staffed=False)
    refused = caller(home.place, now=NOW).get("stats/", params)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_without_the_grant_nothing_is_counted() -> None:
    home = community(staffed=False)
    assert caller(home.place, now=NOW, grants=[Grant.DUTIES]).get("stats/").status_code == 403


def test_the_number_of_queries_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = community("小社区", staffed=False), random_home(5, monkeypatch, changes=60)
    taken = []
    for home in (small, large):
        asks = caller(home.place, now=NOW)
        for params in (
            {},
            {"as_of": "2026-03-01", "from": "2026-02-01", "to": "2026-02-28", "level": "building"},
        ):
            with CaptureQueriesContext(connection) as queries:
                stats(asks, **params)
            taken.append(len(queries))
    assert taken[:2] == taken[2:]
    assert max(taken) < 25
