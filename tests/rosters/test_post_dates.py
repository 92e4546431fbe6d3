"""Whose word counts about a post: the later stated date; an older roster only where the clerk has ticked it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from baibuting.common.tabular.report import ImportReport
from cadres.choices import BUILDING_POSTS, Post
from cadres.ladder import Ladder
from cadres.models import Appointment, Cadre, Cover
from cadres.selectors import filled_posts, in_force, posts_held_on, scope_for, vacancies
from cadres.services import appointment_end, cover_start
from tests.factories import Community, cadre, community, moment, user
from tests.rosters.tables import counts, csv_of, load, refused, workbook_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
HEAD = ("苑区", "片区", "楼栋", "姓名", "职务", "联系电话", "任职日期")
WIDE = ("苑区", "片区", "楼栋", "楼栋长", "联系电话")
BUILDING = ("怡康苑", "第一片区", "101栋")
TICKED: dict[str, Any] = {"corrections": ["holders"]}


@pytest.fixture(autouse=True)
def home() -> Community:
    return community(staffed=False)


def dated(name: str, started_on: str, phone: str = "", **options: Any) -> ImportReport:
    return load("cadres", csv_of(HEAD, (*BUILDING, name, "楼栋长", phone, started_on)), **options)


def undated(name: str, title: str = "", **options: Any) -> ImportReport:
    rows = [(title,)] if title else []
    return load("cadres", workbook_of(册=[*rows, WIDE, (*BUILDING, name, "")]), **options)


def line() -> list[tuple[str, str, str]]:
    """The holders of the post, the earliest first, each from and to."""
    rows = Appointment.objects.filter(post=Post.BUILDING_HEAD).select_related("cadre").order_by("started_on")
    return [(row.cadre.name, str(row.started_on), str(row.ended_on or "")) for row in rows]


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Cadre, Appointment, Cover)]  # type: ignore[attr-defined]


def test_it_works() -> None:
    dated("任敏茂", "2025-01-01")
    report = dated("韩平", "2026-09-01")
    assert line() == [("任敏茂", "2025-01-01", "2026-08-31"), ("韩平", "2026-09-01", "")]
    assert (counts(report), report.warned) == ((0, 1, 0), [])
    assert [(one.subject, one.old, one.new) for one in report.changes] == [
        ("101栋楼栋长", "任敏茂", "韩平（2026-09-01 起）")
    ]
    assert (report.units["个职务"].updated, report.units["人"].created) == (1, 1)


@pytest.mark.parametrize("started_on", ["2025-06-01", "2026-09-01", "2020年3月"])
def test_an_older_date_displaces_nobody(started_on: str) -> None:
    dated("韩平", "2026-09-01")
    before = everything()
    report = dated("任敏茂", started_on)
    assert refused(report) == [(2, "任职日期", "older roster")]
    assert (report.accepted, report.correctable["holders"].rows) == (0, 1)
    assert everything() == before


def test_ticked_it_is_a_correction_of_the_past() -> None:
    dated("任敏茂", "2025-01-01")
    dated("韩平", "2026-09-01")
    report = dated("许芳", "2026-03-01", **TICKED)
    assert line() == [
        ("任敏茂", "2025-01-01", "2026-02-28"),
        ("许芳", "2026-03-01", ""),
    ]
    assert (refused(report), counts(report)) == ([], (0, 1, 0))
    assert [(one.old, one.new) for one in report.changes] == [("韩平", "许芳")]


def test_ticked_the_former_holder_is_the_holder_again_without_a_gap() -> None:
    dated("任敏茂", "2025-01-01")
    dated("韩平", "2026-09-01")
    dated("任敏茂", "2025-01-01", **TICKED)
    assert [(name, start) for name, start, _ in line()] == [
        ("任敏茂", "2025-01-01"),
        ("任敏茂", "2026-09-01"),
    ]
    assert line()[-1][2] == ""


def test_a_start_to_come_waits_and_all_who_ask_know(home: Community) -> None:
    dated("任敏茂", "2025-01-01")
    dated("韩平", "2027-06-01")
    old, new = Cadre.objects.get(name="任敏茂"), Cadre.objects.get(name="韩平")
    for who, name in ((old, "old"), (new, "new")):
        who.user = user(name)
        who.save()
    for day, holder, other in (
        (TODAY, old, new),
        (date(2027, 5, 31), old, new),
        (date(2027, 6, 1), new, old),
    ):
        found = Ladder.load([home.building.pk]).holder(home.building.pk, Post.BUILDING_HEAD, day)
        assert found is not None
        assert found.cadre_id == holder.pk
        assert posts_held_on(holder, home.building, day) == [Post.BUILDING_HEAD]
        assert posts_held_on(other, home.building, day) == []
        assert scope_for(holder.user, today=day).covers(home.building.path)  # type: ignore[arg-type]
        assert not scope_for(other.user, today=day).covers(home.building.path)  # type: ignore[arg-type]
        assert filled_posts([home.building.pk], day) == {(home.building.pk, Post.BUILDING_HEAD)}


def test_a_first_holder_to_come_leaves_the_post_vacant_until_then(home: Community) -> None:
    from buildings.scope import Scope

    dated("韩平", "2027-06-01")
    every = len(home.buildings) * len(BUILDING_POSTS)
    assert len(vacancies(Scope.EVERYWHERE, TODAY)) == every
    assert len(vacancies(Scope.EVERYWHERE, date(2027, 6, 1))) == every - 1
    report = undated("韩平")
    assert refused(report) == [(2, "楼栋长", "not yet")]
    assert line() == [("韩平", "2027-06-01", "")]


def test_somebody_between_the_holder_and_the_next_one() -> None:
    dated("任敏茂", "2025-01-01")
    dated("韩平", "2027-06-01")
    dated("许芳", "2026-10-01")
    assert line() == [
        ("任敏茂", "2025-01-01", "2026-09-30"),
        ("许芳", "2026-10-01", "2027-05-31"),
        ("韩平", "2027-06-01", ""),
    ]
    undated("赵云")
    assert line()[1:3] == [("许芳", "2026-10-01", "2026-11-22"), ("赵云", "2026-11-23", "2027-05-31")]


def test_two_people_from_the_same_day_to_come_are_refused() -> None:
    dated("韩平", "2027-06-01")
    before = everything()
    assert refused(dated("许芳", "2027-06-01")) == [(2, "任职日期", "held")]
    assert everything() == before


def test_without_a_date_it_is_today_and_says_so() -> None:
    undated("任敏茂", "花名册（2026年）")
    report = undated("韩平")
    assert line() == [("任敏茂", "2026-01-01", "2026-11-22"), ("韩平", "2026-11-23", "")]
    assert [(one.row, one.column, one.reason) for one in report.warned] == [(2, "楼栋长", "no date")]
    assert [(one.old, one.new) for one in report.changes] == [("任敏茂", "韩平")]


@pytest.mark.parametrize("title", ["花名册（2025年）", "2026年8月骨干花名册", "花名册 2026.8.31"])
def test_the_time_in_a_title_counts_too(title: str) -> None:
    dated("韩平", "2026-09-01")
    before = everything()
    for name in ("任敏茂", "空缺"):
        report = undated(name, title)
        assert refused(report) == [(3, "楼栋长", "older roster")]
        assert "2026-09-01" in report.rejected[0].message
    assert everything() == before
    assert refused(undated("任敏茂", title, **TICKED)) == []
    assert line() == [("韩平", "2026-09-01", "2026-11-22"), ("任敏茂", "2026-11-23", "")]


def test_who_has_left_is_not_brought_back_by_a_list_without_dates(home: Community) -> None:
    dated("任敏茂", "2025-01-01")
    dated("韩平", "2026-09-01")
    before = everything()
    assert refused(undated("任敏茂")) == [(2, "楼栋长", "older roster")]
    assert everything() == before
    held = Appointment.objects.get(ended_on=None)
    appointment_end(appointment=held, ended_on=date(2026, 11, 20), end_reason="resigned")
    before = everything()
    assert refused(undated("韩平")) == [(2, "楼栋长", "older roster")]
    assert refused(dated("韩平", "2026-09-01")) == [(2, "任职日期", "older roster")]
    assert refused(dated("许芳", "2026-11-01")) == [(2, "任职日期", "older roster")]
    assert everything() == before
    assert refused(dated("韩平", "2026-11-22")) == []
    assert line()[-1] == ("韩平", "2026-11-22", "")


def test_a_grid_worker_who_left_is_not_brought_back(home: Community) -> None:
    row = ("怡康苑", "第一片区", "", "许芳", "网格员", "19905719671", "2024-01-01")
    load("cadres", csv_of(HEAD, row))
    held = Appointment.objects.get()
    appointment_end(appointment=held, ended_on=date(2026, 5, 31), end_reason="resigned")
    assert refused(load("cadres", csv_of(HEAD, row))) == [(2, "任职日期", "older roster")]
    assert Appointment.objects.count() == 1
    load("cadres", csv_of(HEAD, row), **TICKED)
    assert Appointment.objects.get(ended_on=None).started_on == date(2026, 6, 1)


def test_another_start_of_the_holder_is_told_and_moved_only_where_ticked() -> None:
    dated("韩平", "2026-09-01")
    before = everything()
    report = dated("韩平", "2024-03-01")
    assert (counts(report), [one.reason for one in report.warned]) == ((0, 0, 1), ["other start"])
    assert report.correctable["holders"].rows == 1
    later = dated("韩平", "2026-10-01")
    assert ([one.reason for one in later.warned], later.correctable) == (["other start"], {})
    assert everything() == before
    report = dated("韩平", "2024-03-01", **TICKED)
    assert line() == [("韩平", "2024-03-01", "")]
    assert [(one.model, one.before) for one in report.journal] == [
        ("cadres.appointment", {"started_on": date(2026, 9, 1)})
    ]


def test_a_vacancy_is_told_with_whom_it_removes() -> None:
    dated("任敏茂", "2025-01-01")
    dated("韩平", "2027-06-01")
    report = undated("暂缺（社区代管）")
    assert line() == [("任敏茂", "2025-01-01", "2026-11-23"), ("韩平", "2027-06-01", "")]
    assert [(one.old, one.new) for one in report.changes] == [("任敏茂", "空缺")]
    assert ([one.reason for one in report.warned], report.vacant) == (["remark"], 1)


def test_the_journal_holds_what_is_needed_to_take_it_back() -> None:
    first = dated("任敏茂", "2025-01-01", "19905719670")
    old = Appointment.objects.get()
    assert [(one.model, one.pk, one.before) for one in first.journal] == [
        ("cadres.cadre", old.cadre_id, None),
        ("cadres.appointment", old.pk, None),
    ]
    phone = dated("任敏茂", "2025-01-01", "19905719679")
    assert [(one.model, one.before) for one in phone.journal] == [("cadres.cadre", {"phone": "19905719670"})]
    assert [(one.column, one.old, one.new) for one in phone.changes] == [
        ("联系电话", "19905719670", "19905719679")
    ]
    second = dated("韩平", "2026-09-01")
    assert [(one.model, one.before) for one in second.journal] == [
        ("cadres.cadre", None),
        ("cadres.appointment", {"ended_on": None, "end_reason": ""}),
        ("cadres.appointment", None),
    ]
    assert second.journal[1].pk == old.pk


def test_covers_that_end_with_the_holder_are_told(home: Community) -> None:
    dated("任敏茂", "2025-01-01")
    held = Appointment.objects.get()
    stand_in = cadre(home.place)
    cover = cover_start(appointment=held, stand_in=stand_in, from_on=TODAY, until_on=date(2026, 12, 9))
    report = dated("韩平", "2026-12-01")
    cover.refresh_from_db()
    assert cover.until_on == date(2026, 11, 30)
    assert [one.reason for one in report.warned] == ["covers cut"]
    assert ("cadres.cover", {"until_on": date(2026, 12, 9)}) in [
        (one.model, one.before) for one in report.journal
    ]


def test_a_refused_row_is_told_nowhere_as_done(home: Community) -> None:
    dated("韩平", "2025-01-01", "19905719670")
    cadre(home.place, name="韩平")
    twin = Cadre.objects.exclude(appointments__post=Post.BUILDING_HEAD).get()
    before = everything()
    report = dated("韩平", "2025-01-01", twin.phone)  # the namesake's phone: it would make two of one
    assert refused(report) == [(2, "姓名", "refused")]
    assert (report.changes, report.journal, counts(report), report.accepted) == ([], [], (0, 0, 0), 0)
    assert everything() == before


def test_the_same_office_in_the_same_row() -> None:
    head = ("苑区", "片区", "楼栋", "楼栋长", "电话", "党小组长", "电话", "卫生员", "电话")
    report = load(
        "cadres",
        csv_of(head, (*BUILDING, "韩平", "19905719670", "同楼栋长", "", "同治安员", "")),
    )
    assert refused(report) == [(2, "卫生员", "same as")]
    held = Appointment.objects.filter(in_force(TODAY))
    assert sorted(held.values_list("post", "cadre__name")) == [
        ("building_head", "韩平"),
        ("party_group_leader", "韩平"),
    ]
    assert Cadre.objects.count() == 1


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#VALUE!"])
@pytest.mark.parametrize("column", [2, 3, 5, 6])
def test_a_failed_formula_leaves_the_holder(column: int, cell: str) -> None:
    dated("任敏茂", "2025-01-01", "19905719670")
    before = everything()
    row = [*BUILDING, "韩平", "楼栋长", "19905719671", "2026-09-01"]
    row[column] = cell
    report = load("cadres", csv_of(HEAD, row))
    assert refused(report) == [(2, HEAD[column], "formula error")]
    assert (report.accepted, everything()) == (0, before)


def test_a_long_list_without_posts_says_what_to_do() -> None:
    report = load("cadres", csv_of(HEAD[:4], (*BUILDING, "韩平")))
    assert refused(report) == [(2, "姓名", "unknown post")]
    assert "标题" in report.rejected[0].message
    assert line() == []


def test_the_day_is_that_of_the_office() -> None:
    dated("任敏茂", "2025-01-01")
    dated("韩平", "2026-12-01")
    undated("许芳", now=moment("2026-12-01T00:30"))
    assert line()[1:] == [("许芳", "2026-12-01", "")]


@pytest.mark.parametrize("remark", ["2026年10月卸任", "已搬走", "因病去世"])
def test_a_remark_that_somebody_has_left_appoints_nobody(remark: str) -> None:
    dated("任敏茂", "2025-01-01")
    before = everything()
    report = load("cadres", csv_of((*HEAD, "备注"), (*BUILDING, "韩平", "楼栋长", "", "2026-09-01", remark)))
    assert [(one.column, one.reason) for one in report.rejected] == [("姓名", "left office")]
    assert everything() == before
