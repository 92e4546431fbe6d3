"""Ledgers of visits: whom they credit, what they settle, what is kept as written."""

from __future__ import annotations

from datetime import date

import pytest

from cadres.choices import Post
from cadres.services import cover_start, organisation_create
from duties.choices import Outcome
from duties.models import Duty
from tests.duties.steps import sweep_at
from tests.factories import Community, appointment, cadre, care_record, community, moment, resident
from tests.rosters.tables import NOW, counts, csv_of, load, refused
from visits.choices import Method
from visits.models import Visit

pytestmark = pytest.mark.django_db
HEAD = ("走访日期", "走访人", "走访对象", "住址", "走访方式", "是否见到本人", "情况记录", "诉求")


@pytest.fixture
def home() -> Community:
    made = community()
    person = resident(made.building, now=NOW, name="周文小", room="101")
    care_record(made.building, now=moment("2026-11-01T09:00"), started_on=date(2026, 11, 1), resident=person)
    return made


def row(day: str = "2026-11-03", **cells: str) -> tuple[str, ...]:
    given = {
        "走访日期": day,
        "走访人": "王五",
        "走访对象": "周文小",
        "住址": "怡康苑101栋1单元101室",
        "走访方式": "上门",
        "是否见到本人": "是",
    }
    return tuple((given | cells).get(title, "") for title in HEAD)


def test_it_works(home: Community) -> None:
    head = home.holder(home.building, Post.BUILDING_HEAD)
    report = load("visits", csv_of(HEAD, row(走访人=head.name, 情况记录="身体尚好")))
    visit = Visit.objects.get()
    assert (visit.visited_at, visit.has_time, visit.method) == (
        moment("2026-11-03T00:00"),
        False,
        Method.HOME,
    )
    assert (visit.visitor, visit.visitor_post, visit.notes) == (head, Post.BUILDING_HEAD, "身体尚好")
    assert counts(report) == (1, 0, 0)
    assert Duty.objects.get(opened_on=date(2026, 11, 1)).outcome == Outcome.IN_TIME


def test_a_stand_in_is_credited_on_the_days_he_covers(home: Community) -> None:
    stand_in = cadre(home.building)
    cover_start(
        appointment=home.holders[home.building.pk, Post.BUILDING_HEAD],
        stand_in=stand_in,
        from_on=date(2026, 11, 3),
        until_on=date(2026, 11, 4),
    )
    load(
        "visits",
        csv_of(HEAD, row("2026-11-04", 走访人=stand_in.name), row("2026-11-05", 走访人=stand_in.name)),
    )
    posts = Visit.objects.order_by("visited_at").values_list("visitor", "visitor_post")
    assert list(posts) == [(stand_in.pk, Post.BUILDING_HEAD), (stand_in.pk, "")]


def test_a_secretary_is_credited_where_his_organisation_answers(home: Community) -> None:
    organisation = organisation_create(
        community=home.place, kind="general_branch", name="康和党总支", places=[home.building]
    )
    secretary = cadre(home.building)
    appointment(home.quarters[1], Post.GENERAL_BRANCH_SECRETARY, cadre=secretary, organisation=organisation)
    load("visits", csv_of(HEAD, row(走访人=secretary.name)))
    assert Visit.objects.get().visitor_post == Post.GENERAL_BRANCH_SECRETARY


def test_a_visitor_on_no_roster_is_kept_as_written(home: Community) -> None:
    load("visits", csv_of(HEAD, row(走访人="见花名册"), row("2026-11-04", 走访人="")))
    rows = Visit.objects.order_by("visited_at").values_list("visitor", "visitor_name")
    assert list(rows) == [(None, "见花名册"), (None, "")]


def test_the_same_words_are_the_same_visit_and_other_words_add_to_it(home: Community) -> None:
    load("visits", csv_of(HEAD, row(), row()))
    assert counts(load("visits", csv_of(HEAD, row(), row(情况记录="又去了一次")))) == (0, 1, 0)
    assert Visit.objects.get().notes == "又去了一次"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"走访方式": "入户"}, (Method.HOME, True, "")),
        ({"走访方式": ""}, (Method.HOME, True, "")),
        ({"走访方式": "到医院看望", "是否见到本人": "√"}, (Method.HOSPITAL, True, "")),
        ({"走访方式": "微信视频"}, (Method.VIDEO, True, "")),
        ({"走访方式": "楼下碰到", "情况记录": "都好"}, (Method.OTHER, True, "都好（走访方式：楼下碰到）")),
        ({"是否见到本人": "家属在家"}, (Method.HOME, False, "是否见到本人：家属在家")),
        ({"是否见到本人": "见到本人"}, (Method.HOME, True, "")),
    ],
)
def test_odd_words_are_understood_or_kept(
    home: Community, cells: dict[str, str], expected: tuple[str, bool, str]
) -> None:
    load("visits", csv_of(HEAD, row(**cells)))
    visit = Visit.objects.get()
    assert (visit.method, visit.seen, visit.notes) == expected


def test_a_visit_outside_the_record_is_kept_and_settles_nothing(home: Community) -> None:
    sweep_at(NOW)
    before = list(Duty.objects.values())
    report = load("visits", csv_of(HEAD, row("2026-10-20")))
    assert report.accepted == 1
    assert Visit.objects.count() == 1
    assert list(Duty.objects.values()) == before


def test_a_time_of_day_is_kept(home: Community) -> None:
    load("visits", csv_of(HEAD, row("2026/11/3 19:30")))
    assert (Visit.objects.get().visited_at, Visit.objects.get().has_time) == (
        moment("2026-11-03T19:30"),
        True,
    )


def test_today_is_not_the_future_and_tomorrow_is(home: Community) -> None:
    report = load("visits", csv_of(HEAD, row("2026-11-23"), row("2026-11-23 18:00"), row("2026-11-24")))
    assert refused(report) == [(4, "走访日期", "in the future")]
    assert [visit.visited_at for visit in Visit.objects.all()] == [moment("2026-11-23T00:00")]


def test_namesakes_are_told_apart_by_where_they_live(home: Community) -> None:
    other = resident(home.buildings[1], now=NOW, name="周文小", room="202")
    load("visits", csv_of(HEAD, row(住址="102栋")))
    assert Visit.objects.get().resident == other
    report = load("visits", csv_of(HEAD, row(住址=""), row(住址="文卉苑105栋")))
    assert refused(report) == [(2, "走访对象", "ambiguous person"), (3, "走访对象", "unknown person")]


def test_a_slip_in_the_flat_does_not_lose_the_visit(home: Community) -> None:
    assert load("visits", csv_of(HEAD, row(住址="怡康苑101栋1单元102室"))).accepted == 1


def test_an_id_number_tells_who_it_is(home: Community) -> None:
    number = "429999197708220316"
    twin = resident(home.building, now=NOW, name="周文小", room="301", id_number=number)
    load("visits", csv_of(("日期", "姓名", "身份证号码"), ("2026年11月3日", "周文小", number)))
    assert Visit.objects.get().resident == twin


def test_titles_with_words_around_them(home: Community) -> None:
    head = ("走访时间", "走访对象姓名", "所在楼栋", "走访干部", "走访形式")
    report = load("visits", csv_of(head, ("2026-11-03", "周文小", "怡康苑101号楼", "王五", "入户走访")))
    assert (report.accepted, report.unrecognised) == (1, [])


def test_a_column_nobody_knows_can_be_mapped(home: Community) -> None:
    rows = csv_of(("走访日期", "老人家", "住址"), ("2026-11-03", "周文小", "101栋"))
    assert load("visits", rows, mapping={"老人家": "走访对象"}).accepted == 1
