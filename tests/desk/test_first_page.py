"""The first page: the map of buildings, the trend, the load to come, and what an empty place says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from buildings.choices import Level
from buildings.services import place_create
from cadres.choices import Post
from cadres.services import appointment_end
from desk.selectors import short_name
from tests.desk.numbers import length, shown
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, appointment, care_record, clerk, community, moment, user
from tests.pages import signed_in
from tests.visits.people import NOW, START, account_of, signed_in_as, stop_the_clock, text_of

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-03-01T09:00")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def client(home: Community) -> Client:
    return signed_in(clerk(home.place))


def tiles(client: Client, url: str = "/") -> dict[str, tuple[str, str, str]]:
    """By building: its state, its letter, its words."""
    return {
        tile.place.name: (tile.state, tile.letter, tile.words)
        for block in client.get(url).context["blocks"]
        for row in block["rows"]
        for _, tile in row["tiles"]
    }


def test_it_works(home: Community, client: Client) -> None:
    """Overdue and at 社区; due today; vacant; due this week; nothing: told by state, by letter and in words."""
    care_record(home.buildings[0], now=BEFORE, started_on=START)
    seen = care_record(home.buildings[1], now=BEFORE, started_on=START)
    visit(seen.resident, "2026-03-04T10:00")
    coming = care_record(home.buildings[3], now=BEFORE, started_on=START)
    visit(coming.resident, "2026-03-09T10:00")
    appointment_end(
        appointment=home.holders[home.buildings[2].pk, Post.CULTURE_WORKER],
        ended_on=date(2026, 3, 1),
        end_reason="resigned",
    )
    sweep_at(NOW)
    found = tiles(client)
    assert found["101栋"] == ("overdue", "逾3", "逾期 1 人，已到苑区")
    assert found["102栋"] == ("today", "今", "今天到期 1 项")
    assert found["103栋"] == ("nobody", "缺1", "空缺 1 个岗位")
    assert found["104栋"] == ("week", "周", "七天内到期 1 项")
    assert found["105栋"] == ("done", "✓", "没有未办事项")
    text = text_of(client, "/")
    assert "101栋：逾期 1 人，已到苑区</span>" in text
    assert f'href="/places/{home.buildings[0].pk}/"' in text


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("301栋", "301"),
        ("12号楼", "12"),
        ("甲座", "甲"),
        ("栋", "栋"),
        ("望江楼东侧小楼", "望江楼东"),
        ("A-3幢", "A-3"),
    ],
)
def test_a_tile_has_room_for_a_number(name: str, label: str) -> None:
    assert short_name(name) == label


def test_a_secretary_s_map_is_his_area_and_links_nowhere_else(home: Community) -> None:
    client = signed_in_as(home, home.precincts[1], Post.BRANCH_SECRETARY)
    assert set(tiles(client)) == {"103栋", "104栋"}
    text = text_of(client, "/")
    assert "怡康苑" in text
    assert f"/places/{home.quarters[0].pk}/" not in text
    assert f"/places/{home.precincts[1].pk}/" in text


def test_the_trend_counts_whole_weeks_and_only_what_was_not_cancelled(
    home: Community, client: Client
) -> None:
    """Due in the week of 2 March: one in time, one late, one still open; this week's do not count yet."""
    for seen_at in ("2026-03-04T10:00", "2026-03-06T10:00", ""):
        record = care_record(home.building, now=BEFORE, started_on=START)
        if seen_at:
            visit(record.resident, seen_at)
    sweep_at(NOW)
    numbers = shown(client, "/")
    assert (numbers["due in 2026-03-02"][0], numbers["in time in 2026-03-02"][0]) == (3, 1)
    assert "due in 2026-03-09" not in numbers
    assert len([name for name in numbers if name.startswith("due in")]) == 12
    assert "33.3%" in text_of(client, "/")


def test_nothing_due_is_no_rate(client: Client) -> None:
    assert client.get("/").context["trend"]["rate"].percent is None
    assert "<polyline" not in text_of(client, "/")


def test_the_load_names_who_carries_it_and_vacancies_stand_out(home: Community, client: Client) -> None:
    for building, people in ((home.buildings[0], 1), (home.buildings[1], 3)):
        for _ in range(people):
            care_record(building, now=NOW, started_on=NOW.date() - timedelta(days=1))
    appointment_end(
        appointment=home.holders[home.buildings[1].pk, Post.BUILDING_HEAD],
        ended_on=date(2026, 3, 1),
        end_reason="resigned",
    )
    rows = client.get("/").context["loads"]
    assert [(row["place"].name, row["count"]) for row in rows] == [("102栋", 3), ("101栋", 1)]
    assert [row["carriers"][0].holder is None for row in rows] == [True, False]
    name = home.holder(home.buildings[0], Post.BUILDING_HEAD).name
    assert rows[1]["carriers"][0].holder.cadre_name == name
    assert length(client, rows[0]["list_url"]) == 3
    page = client.get("/load/")
    assert (page.context["total"], page.context["page"].paginator.count) == (4, 2)
    assert name in page.content.decode()


def test_numbers_by_rung_add_up(home: Community, client: Client) -> None:
    for building in (home.buildings[0], home.buildings[0], home.buildings[7]):
        care_record(building, now=BEFORE, started_on=START)
    sweep_at("2026-03-06T09:00")
    numbers = shown(client, "/?as_of=2026-03-06")
    rungs = {name: number for name, (number, _) in numbers.items() if name.startswith("overdue, ")}
    assert (numbers["overdue"][0], rungs["overdue, 片区"], sum(rungs.values())) == (3, 3, 3)
    overdue = [
        (block["block"].quarter.name, block["block"].overdue) for block in client.get("/").context["blocks"]
    ]
    assert overdue == [("怡康苑", "逾期 2 人"), ("文卉苑", "逾期 1 人")]


def test_an_empty_place_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)
    bare = place_create(level=Level.COMMUNITY, name="新社区")
    assert "初次使用" in text_of(signed_in(clerk(bare, "first")), "/")
    part = place_create(level=Level.QUARTER, name="新苑区", parent=bare)
    assert "请先<a" in text_of(signed_in(clerk(part, "part")), "/")
    holder = appointment(bare, Post.COMMITTEE_SECRETARY).cadre
    assert "社区办公室登记楼栋后" in text_of(signed_in(account_of(holder, "new")), "/")
    assert "您的账号还没有工作范围" in text_of(signed_in(user("idle")), "/")
    lonely = community(staffed=False)
    office = signed_in(clerk(lonely.place))
    assert "五必访台账" in text_of(office, "/")
    assert "导入五必访台账</a>" in text_of(signed_in(clerk(lonely.precincts[0], "precinct")), "/")
    assert "空缺 6 个岗位" in text_of(office, "/")
    for url, words in {
        "/duties/": "请减少筛选条件再看",
        "/never-seen/": "在册的必访对象都有人见过本人",
        "/incidents/": "由社区办公室登记",
        "/load/": "登记必访对象后",
    }.items():
        assert words in text_of(office, url)
