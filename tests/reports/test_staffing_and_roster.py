"""配备率 and 两长四员花名册 as of a day."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from buildings.models import Place
from buildings.services import place_close
from cadres.choices import BUILDING_POSTS, Post
from cadres.selectors import staffing_table
from cadres.services import appointment_end
from tests.factories import Community, appointment, cadre, clerk
from tests.reports.asking import asked, made, rows_of
from tests.visits.people import NOW, account_of

pytestmark = pytest.mark.django_db
TODAY = (NOW.date(), NOW.date())
BEFORE = (date(2026, 3, 4), date(2026, 3, 4))


@pytest.fixture
def office(home: Community) -> User:
    return clerk(home.place)


@pytest.fixture(autouse=True)
def changed(home: Community) -> None:
    """The 楼栋长 of 101栋 left on 5 March; a new one came on the 10th. The 卫生员 of 105栋 left for good."""
    for place, post in ((home.building, Post.BUILDING_HEAD), (home.buildings[4], Post.HEALTH_WORKER)):
        held = home.holders[place.pk, post]
        appointment_end(appointment=held, ended_on=date(2026, 3, 5), end_reason="resigned")
    new = cadre(home.place, name="任新")
    appointment(home.building, Post.BUILDING_HEAD, started_on=date(2026, 3, 10), cadre=new)


def test_it_works(home: Community, office: User) -> None:
    report = made("staffing", home.place, office, days=TODAY)
    assert report.facts.startswith("截至2026年3月11日")
    rows = {row["范围"]: row for row in rows_of(report)}
    assert rows["合计"] == {
        "范围": "合计", "楼栋数": 8, "应配": 48, "在任": 47, "空缺": 1, "配备率（%）": 97.9,
        **{f"其中空缺/{post.label}": int(post == Post.HEALTH_WORKER) for post in BUILDING_POSTS},
    }  # fmt: skip
    assert rows["文卉苑"]["配备率（%）"] == 95.8
    assert len(rows) == 7  # the community, two 苑区, four 片区
    between = made("staffing", home.place, office, days=(date(2026, 3, 7), date(2026, 3, 7)))
    assert rows_of(between)[0]["空缺"] == 2


def test_it_says_what_the_page_of_rates_says(home: Community, office: User) -> None:
    table = staffing_table(asked("staffing", home.place, office).viewer.scope, NOW.date())
    shown = [(row[1], row[3], row[5]) for row in made("staffing", home.place, office, days=TODAY).rows]
    assert shown == [(row.buildings, row.filled, row.percent) for row in table]


def test_inside_a_precinct_it_goes_down_to_buildings(home: Community, office: User) -> None:
    rows = made("staffing", home.precincts[2], office, days=TODAY).rows
    assert [row[0] for row in rows] == ["合计", "文卉苑 第一片区 105栋", "文卉苑 第一片区 106栋"]
    [row] = made("staffing", home.buildings[4], office, days=TODAY).rows
    assert (row[0], row[5]) == ("合计", 83.3)


def test_the_roster_is_that_of_the_day(home: Community, office: User) -> None:
    leader = home.holder(home.building, Post.BUILDING_HEAD)
    for days, name in ((TODAY, "任新"), (BEFORE, leader.name), ((date(2026, 3, 7),) * 2, "")):
        row = rows_of(made("roster", home.place, office, days=days))[0]
        assert (row["苑区"], row["片区"], row["楼栋"]) == ("怡康苑", "第一片区", "101栋")
        assert row["楼栋长/姓名"] == name
    summary = made("roster", home.place, office, days=TODAY).summary
    assert summary == "共 8 栋，应配 48 人次，在任 47，空缺 1"


def test_phones_are_masked_unless_there_is_a_reason(home: Community, office: User) -> None:
    row = rows_of(made("roster", home.building, office, days=TODAY, is_full=False))[0]
    assert "****" in row["治安员/联系电话"]
    row = rows_of(made("roster", home.building, office, days=TODAY))[0]
    assert row["治安员/联系电话"] == home.holder(home.building, Post.SECURITY_WORKER).phone
    secretary = account_of(home.holder(home.precincts[0], Post.BRANCH_SECRETARY), "zhibu")
    row = rows_of(made("roster", home.precincts[0], secretary, days=TODAY))[0]
    assert row["治安员/联系电话"] == home.holder(home.building, Post.SECURITY_WORKER).phone


def test_a_building_that_was_closed_stands_on_the_rosters_of_before(home: Community, office: User) -> None:
    place_close(place=home.buildings[7], closed_on=date(2026, 3, 6))
    assert len(made("roster", home.place, office, days=BEFORE).rows) == 8
    assert len(made("roster", home.place, office, days=TODAY).rows) == 7


def test_queries_do_not_grow_with_the_buildings(home: Community, office: User) -> None:
    for kind in ("roster", "staffing"):
        taken = []
        for pk in (home.building.pk, home.place.pk):
            place = Place.objects.select_related("community", "parent__parent").get(pk=pk)
            with CaptureQueriesContext(connection) as queries:
                made(kind, place, office, days=TODAY)
            taken.append(len(queries))
        assert taken[0] == taken[1] < 8
