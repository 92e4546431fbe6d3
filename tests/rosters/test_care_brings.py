"""An import of people under care says what falls due by it, and spreads that on request."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from duties.choices import Outcome
from duties.models import Duty, GoLive
from residents.models import CareRecord
from rosters.imports import roster_import
from rosters.messages import brings_in_words
from tests.factories import Community, community
from tests.rosters.tables import NOW, csv_of, load
from visits.models import FirstDue

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


@pytest.fixture
def home() -> Community:
    made = community(is_live=False)
    GoLive.objects.create(community=made.place, on=date(2026, 11, 2), confirmed_at=None)
    return made


def people(count: int, started: str = "2026-01-05", building: str = "101栋") -> bytes:
    rows = [
        (building, f"{number}01", f"老人{'甲乙丙丁戊己庚辛'[number - 1]}", "孤寡老人", started)
        for number in range(1, count + 1)
    ]
    return csv_of(("楼栋", "室号", "姓名", "类别", "纳入日期"), *rows)


def brings(report: Any) -> tuple[int, int]:
    return (report.brings.due_today, report.brings.overdue)


def test_it_works(home: Community) -> None:
    """Listed in January, live since 2 November: due on 5 November, so overdue; listed on the 20th: due today."""
    checked = load("care", people(3), dry_run=True)
    assert brings(checked) == (0, 3)
    assert not CareRecord.objects.exists()
    assert brings(load("care", people(3))) == (0, 3)
    assert Duty.objects.filter(outcome=Outcome.OVERDUE).count() == 3
    assert brings(load("care", people(2, "2026-11-20", "102栋"))) == (2, 0)
    assert brings(load("care", people(3))) == (0, 0)


def test_spread_nobody_is_overdue_and_each_has_a_day(home: Community) -> None:
    report = load("care", people(4), spread_days=4)
    assert brings(report) == (1, 0)
    days = sorted(Duty.objects.values_list("due_on", flat=True))
    assert days == [TODAY + timedelta(days=ahead) for ahead in range(4)]
    assert {slot.counts_from for slot in FirstDue.objects.all()} == {TODAY}


def test_what_is_running_in_the_building_counts_towards_its_share(home: Community) -> None:
    """Two a day are due already on the first two days: of eight people in four days two a day is the share."""
    load("care", people(4), spread_days=2)
    more = csv_of(
        ("楼栋", "室号", "姓名", "类别", "纳入日期"),
        *[
            ("101栋", f"{number}02", f"新人{'甲乙丙丁'[number - 1]}", "孤寡老人", "2026-01-05")
            for number in range(1, 5)
        ],
    )
    load("care", more, spread_days=4)
    days = sorted(Duty.objects.values_list("due_on", flat=True))
    assert days == [TODAY + timedelta(days=ahead) for ahead in (0, 0, 1, 1, 2, 2, 3, 3)]


def test_days_that_were_given_before_stay(home: Community) -> None:
    load("care", people(2), spread_days=2)
    before = list(FirstDue.objects.order_by("pk").values())
    load("care", people(3), spread_days=2)
    assert list(FirstDue.objects.order_by("pk").values())[:2] == before


def test_before_the_go_live_it_says_that_nothing_counts(home: Community) -> None:
    GoLive.objects.all().delete()
    report = load("care", people(3), spread_days=4)
    assert (report.brings.counts_from, *brings(report)) == ("", 0, 0)
    assert not Duty.objects.exists()
    assert not FirstDue.objects.exists()


def test_a_window_that_cannot_be_is_refused(home: Community) -> None:
    with pytest.raises(ValidationError, match="0 到 92"):
        load("care", people(2), spread_days=93)
    assert not CareRecord.objects.exists()


def test_other_rosters_have_nothing_to_spread(home: Community) -> None:
    with pytest.raises(ValidationError, match="没有首次走访"):
        roster_import(
            kind="residents",
            data=people(1),
            community_name=home.place.name,
            now=NOW,
            user=None,
            spread_days=4,
        )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"counts_from": ""}, "社区尚未启用：导入后不计时"),
        ({"counts_from": "2026-12-01", "is_to_come": True}, "社区 2026-12-01 启用：到那天才计时"),
        ({"counts_from": "2026-11-02", "due_today": 2, "overdue": 5}, "按此导入，今天到期 2 项、逾期 5 项。"),
        ({"counts_from": "2026-11-02"}, "今天没有到期或逾期的"),
    ],
)
def test_it_is_said_in_words(said: dict[str, Any], words: str) -> None:
    assert words in brings_in_words({"is_to_come": False, "due_today": 0, "overdue": 0} | said)
