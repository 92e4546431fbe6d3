"""按时率: by hand, and the same as the interface's figures whatever has happened."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from buildings.models import Place
from buildings.scope import Scope
from duties.as_of import AsOf, on_time_percent
from duties.choices import Outcome
from duties.models import Duty
from stats.figures import Figures, Question
from tests.api.test_changes_at_random import Life
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, clerk, moment
from tests.reports.asking import MARCH, made, rows_of
from tests.visits.people import NOW, stop_the_clock
from visits.services import care_record_end

pytestmark = pytest.mark.django_db
BEGIN = moment("2026-03-01T09:00")
START = date(2026, 3, 1)


@pytest.fixture
def office(home: Community) -> User:
    return clerk(home.place)


def by_area(home: Community, place: Place, office: User) -> dict[str, list[object]]:
    report = made("punctuality", place, office)
    return {row[0]: list(row[1:]) for row in report.rows}


def test_it_works(home: Community, office: User) -> None:
    """First visits of 1 March are due by the 4th: one in time, one late, one missed, one still overdue, one cancelled."""
    first, second = home.buildings[0], home.buildings[4]
    in_time, late, missed, _overdue = (
        care_record(place, now=BEGIN, started_on=START) for place in (first, first, second, second)
    )
    cancelled = care_record(second, now=BEGIN, started_on=START)
    care_record_end(
        care_record=cancelled, ended_on=date(2026, 3, 2), end_reason="moved", now=BEGIN + timedelta(days=1)
    )
    visit(in_time.resident, "2026-03-04T23:59")
    sweep_at("2026-03-05T00:00")
    visit(late.resident, "2026-03-06T10:00")
    care_record_end(care_record=missed, ended_on=date(2026, 3, 8), end_reason="moved", now=NOW)
    sweep_at(NOW)
    found = by_area(home, home.place, office)
    # 应办 按时 逾期后完成 未完成 仍逾期 未到期 已取消 按时率
    assert found["怡康苑"] == [4, 1, 1, 0, 0, 2, 0, 50.0]  # the next rounds are due on the 11th and the 13th
    assert found["文卉苑 第一片区"] == [3, 0, 0, 1, 1, 0, 1, 0.0]
    assert found["合计"] == [7, 1, 1, 1, 1, 2, 1, 25.0]
    assert found["怡康苑 第二片区"] == [0, 0, 0, 0, 0, 0, 0, "—"]
    assert "101栋" not in str(found)
    assert set(by_area(home, home.precincts[0], office)) == {
        "合计", "怡康苑 第一片区 101栋", "怡康苑 第一片区 102栋",
    }  # fmt: skip


def test_a_full_rate_means_that_every_one_was_in_time() -> None:
    assert on_time_percent(1999, 2000) == 99.9
    assert on_time_percent(2000, 2000) == 100
    assert on_time_percent(0, 0) is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_is_the_interfaces(
    home: Community, office: User, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(home, random.Random(seed))
    for _ in range(60):
        life.change()
        life.now += timedelta(hours=7)
    sweep_at(life.now)
    stop_the_clock(monkeypatch, life.now)
    names = {
        "应办": "due",
        "按时": "in_time",
        "逾期后完成": "late",
        "未完成": "missed",
        "已取消": "cancelled",
    }
    some = 0
    for place in (home.place, *home.quarters, *home.precincts):
        place = Place.objects.select_related("parent__parent", "community").get(pk=place.pk)
        figures = Figures(Scope(paths=frozenset({place.path})), Question(AsOf.now(life.now), MARCH))
        total, *_ = rows_of(made("punctuality", place, office, now=life.now))
        assert {label: total[label] for label in names} == {
            label: figures.value(figure, place.pk) for label, figure in names.items()
        }
        assert total["仍逾期"] + total["未到期"] == figures.value("running", place.pk)
        some += total["应办"]
    assert some > 20


def test_another_month_another_community_and_another_scope_are_left_out(
    home: Community, office: User
) -> None:
    from tests.factories import community

    care_record(community("后湖社区").building, now=BEGIN, started_on=START)
    care_record(home.building, now=BEGIN, started_on=date(2026, 2, 1))
    care_record(home.buildings[5], now=BEGIN, started_on=START)
    sweep_at(NOW)
    due = Duty.objects.filter(community=home.place, due_on__month=3).exclude(outcome=Outcome.CANCELLED)
    assert by_area(home, home.place, office)["合计"][0] == due.count() == 1
    assert by_area(home, home.quarters[0], office)["合计"][0] == 0


def test_queries_do_not_grow_with_the_rows(home: Community, office: User) -> None:
    taken = []
    for count in (1, 12):
        for number in range(count):
            care_record(home.buildings[number % 8], now=BEGIN, started_on=START)
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            made("punctuality", home.place, office)
        taken.append(len(queries))
    assert taken[0] == taken[1] < 12
