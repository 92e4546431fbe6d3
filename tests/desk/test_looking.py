"""What is looked at instead of read: the line of the rate, places beside each other, marks on the map."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from cadres.choices import Post
from cadres.services import appointment_end
from desk.charts import rate_line
from desk.figures import Rate, Week
from tests.desk.numbers import length, shown
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, clerk, community, moment
from tests.pages import signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock, text_of

BEFORE = moment("2026-03-01T09:00")
MONDAY = date(2026, 1, 5)


def weeks(*rates: tuple[int, int]) -> list[Week]:
    """Whole weeks from the first Monday of 2026, each as (due, in time)."""
    return [Week(MONDAY + timedelta(weeks=number), Rate(*rate)) for number, rate in enumerate(rates)]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, db: None) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def client(home: Community) -> Client:
    return signed_in(clerk(home.place))


# --- the line -----------------------------------------------------------------------------------------------------------
def test_it_works() -> None:
    line = rate_line(weeks((10, 9), (10, 10), (20, 17)))
    assert line is not None
    assert [point.words for point in line.points] == [
        "1月5日至1月11日：90.0%",
        "1月12日至1月18日：100.0%",
        "1月19日至1月25日：85.0%",
    ]
    assert [level.label for level in line.levels] == ["85%", "90%", "95%", "100%"]
    heights = [point.y for point in line.points]
    assert heights[1] < heights[0] < heights[2], "the better, the higher"
    assert line.words == (
        "最近一周（1月19日至1月25日）85.0%；这 3 周里最低 85.0%（1月19日至1月25日），最高 100.0%（1月12日至1月18日）。"
    )
    assert len(line.runs) == 1


def test_a_week_without_duties_breaks_the_line() -> None:
    line = rate_line(weeks((4, 4), (4, 4), (0, 0), (4, 2), (0, 0), (4, 4), (4, 4)))
    assert line is not None
    assert [len(run.split()) for run in line.runs] == [2, 2], "the lonely week is a point alone"
    assert len(line.points) == 5


@pytest.mark.parametrize(
    ("rate", "floor"), [((100, 99), "90%"), ((10, 7), "70%"), ((10, 0), "0%"), ((8, 8), "90%")]
)
def test_the_axis_begins_below_the_lowest_week(rate: tuple[int, int], floor: str) -> None:
    line = rate_line(weeks(rate, (10, 10)))
    assert line is not None
    assert line.levels[0].label == floor
    assert all(line.bottom >= point.y for point in line.points)


def test_one_week_is_said_without_extremes() -> None:
    line = rate_line(weeks((0, 0), (2, 1)))
    assert line is not None
    assert line.words == "最近一周（1月12日至1月18日）50.0%。"


def test_nothing_due_draws_nothing() -> None:
    assert rate_line(weeks((0, 0), (0, 0))) is None
    assert rate_line([]) is None


def test_the_page_has_the_line_in_words_as_well(home: Community, client: Client) -> None:
    visit(care_record(home.building, now=BEFORE, started_on=START).resident, "2026-03-04T10:00")
    sweep_at(NOW)
    page = text_of(client, "/")
    assert 'role="img" aria-label="每周按时率折线图。最近一周（3月2日至3月8日）100.0%' in page


def test_as_of_a_sunday_its_own_week_is_the_last(home: Community, client: Client) -> None:
    def last(day: str) -> date:
        found: list[dict[str, Any]] = client.get("/", {"as_of": day}).context["trend"]["weeks"]
        return found[0]["week"].starts_on

    assert last("2026-03-08") == date(2026, 3, 2), "the Sunday has ended, and the week with it"
    assert last("2026-03-07") == date(2026, 2, 23)
    assert last("2026-03-09") == date(2026, 3, 2)


# --- places beside each other -------------------------------------------------------------------------------------------
def compared(client: Client, url: str) -> tuple[str, list[tuple[str, int]]]:
    found = client.get(url).context["compared"]
    return found["title"], [(row["bar"].label, row["bar"].overdue) for row in found["bars"]]


def test_places_are_compared_and_every_number_is_its_list(home: Community, client: Client) -> None:
    for building in (home.buildings[6], home.buildings[6], home.buildings[0]):
        care_record(building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    assert compared(client, "/") == ("苑区", [("文卉苑", 2), ("怡康苑", 1)])
    quarter = home.quarters[1]
    title, bars = compared(client, f"/places/{quarter.pk}/")
    assert (title, bars[0][1]) == ("片区", 2)
    assert compared(client, f"/places/{home.precincts[0].pk}/")[0] == "楼栋"
    for url in ("/", f"/places/{quarter.pk}/", f"/places/{home.precincts[0].pk}/"):
        numbers = {name: one for name, one in shown(client, url).items() if name.startswith("overdue in")}
        assert numbers
        assert {name: length(client, address) for name, (_, address) in numbers.items()} == {
            name: number for name, (number, _) in numbers.items()
        }
    assert client.get(f"/places/{home.building.pk}/").context["compared"] is None


def test_a_secretary_compares_what_is_his(home: Community) -> None:
    branch = signed_in_as(home, home.precincts[1], Post.BRANCH_SECRETARY)
    title, bars = compared(branch, "/")
    assert title == "楼栋"
    assert {label for label, _ in bars} == {"103栋", "104栋"}


# --- the map ------------------------------------------------------------------------------------------------------------
def tile(client: Client, name: str) -> Any:
    return next(
        one
        for block in client.get("/").context["blocks"]
        for row in block["rows"]
        for _, one in row["tiles"]
        if one.place.name == name
    )


def test_a_vacancy_does_not_hide_what_falls_due(home: Community, client: Client) -> None:
    coming = care_record(home.building, now=BEFORE, started_on=START)
    visit(coming.resident, "2026-03-09T10:00")
    for post in (Post.CULTURE_WORKER, Post.SECURITY_WORKER):
        appointment_end(
            appointment=home.holders[home.building.pk, post], ended_on=date(2026, 3, 1), end_reason="resigned"
        )
    sweep_at(NOW)
    found = tile(client, "101栋")
    assert (found.state, found.letter, found.vacant) == ("week", "周", 2)
    assert found.words == "七天内到期 1 项；空缺 2 个岗位"
    assert '<i class="tile-vacant" aria-hidden="true">2</i>' in text_of(client, "/")


def test_what_is_overdue_does_not_hide_what_falls_due_today(home: Community, client: Client) -> None:
    care_record(home.building, now=BEFORE, started_on=START)
    seen = care_record(home.building, now=BEFORE, started_on=START)
    visit(seen.resident, "2026-03-04T10:00")
    sweep_at(NOW)
    found = tile(client, "101栋")
    assert (found.state, found.also_today) == ("overdue", True)
    assert "tile-overdue tile-also-today" in text_of(client, "/")
    assert not tile(client, "102栋").also_today


# --- a place's own page -------------------------------------------------------------------------------------------------
def test_a_building_s_page_does_not_repeat_where_it_lies(home: Community, client: Client) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    name, flat = home.building.full_name, record.resident.household.short
    page = text_of(client, f"/places/{home.building.pk}/")
    assert page.count(f"{name} {flat}") == 0
    assert flat in page
    assert f"{name} {flat}" in text_of(client, "/duties/")
