"""Rosters of cadres, wide and long, and what a second one changes."""

from __future__ import annotations

from datetime import date

import pytest

from baibuting.common.tabular.problems import LayoutError
from cadres.choices import Post
from cadres.models import Appointment, Cadre
from tests.factories import Community, community
from tests.rosters.tables import counts, csv_of, load, refused, workbook_of

pytestmark = pytest.mark.django_db
HEAD = ("苑区", "片区", "楼栋", "楼栋长", "联系电话", "卫生员", "联系电话")
BUILDING = ("怡康苑", "第一片区", "101栋")


@pytest.fixture(autouse=True)
def home() -> Community:
    return community(staffed=False)


def held() -> list[tuple[str, str, str]]:
    rows = (
        Appointment.objects.filter(ended_on=None).select_related("cadre", "place").order_by("place", "post")
    )
    return [(row.place.name, row.get_post_display(), row.cadre.name) for row in rows]


def test_it_works() -> None:
    report = load("cadres", csv_of(HEAD, (*BUILDING, "任敏茂", "199 0571 9670", "许芳", "19908227716")))
    assert held() == [("101栋", "楼栋长", "任敏茂"), ("101栋", "卫生员", "许芳")]
    assert (counts(report), report.accepted) == ((2, 0, 0), 1)
    assert Cadre.objects.get(name="任敏茂").phone == "19905719670"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (("小区", "楼号", "楼长姓名", "楼长手机", "卫生员姓名", "卫生员手机"), ("怡康苑", "101", "任敏茂", "19905719670", "许芳", 19908227716)),
        (("楼栋", "楼栋长", "卫生员"), ("怡康苑101栋", "任敏茂 19905719670", "许芳（19908227716）")),
        (("所在楼栋", "楼栋长", "电话", "卫生员", "电话"), ("百步亭社区怡康苑第一片区101栋", "任敏茂", "19905719670", "许芳", "19908227716")),
    ],
)  # fmt: skip
def test_wide_layouts(head: tuple[str, ...], row: tuple[object, ...]) -> None:
    report = load("cadres", workbook_of(花名册=[head, row]))
    assert refused(report) == []
    assert held() == [("101栋", "楼栋长", "任敏茂"), ("101栋", "卫生员", "许芳")]
    assert Cadre.objects.get(name="许芳").phone == "19908227716"


def test_a_long_roster_with_secretaries() -> None:
    head = ("职务", "姓名", "手机号码", "苑区", "片区", "楼栋", "任职时间", "政治面貌")
    report = load(
        "cadres",
        csv_of(
            head,
            ("楼长", "任敏茂", "19905719670", *BUILDING, "2024年3月", "群众"),
            ("党小组长", "任敏茂", "19905719670", *BUILDING, "2024.3.1", "中共党员"),
            ("支部书记", "许芳", "19908227716", "怡康苑", "第一片区", "", "", ""),
            ("总支书记", "李强", "19908227717", "怡康苑", "", "", "", ""),
            ("党委书记", "王华", "19908227718", "", "", "", "", ""),
            ("主任", "赵云", "19908227719", *BUILDING, "", ""),
        ),
    )
    assert refused(report) == [(7, "职务", "unknown post")]
    assert {(place, post) for place, post, _ in held()} == {
        ("百步亭社区", "党委书记"),
        ("怡康苑", "总支书记"),
        ("第一片区", "支部书记"),
        ("101栋", "楼栋长"),
        ("101栋", "楼栋党小组长"),
    }
    assert Appointment.objects.get(post=Post.BUILDING_HEAD).started_on == date(2024, 3, 1)
    assert Cadre.objects.filter(name="任敏茂").count() == 1


def test_a_bad_phone_keeps_one_post_out_and_not_its_neighbours() -> None:
    report = load("cadres", csv_of(HEAD, (*BUILDING, "任敏茂", "1990571967", "许芳", "19908227716")))
    assert refused(report) == [(2, "联系电话", "phone")]
    assert report.accepted == 1
    assert held() == [("101栋", "卫生员", "许芳")]


def test_another_name_hands_the_post_over_as_of_today() -> None:
    load(
        "cadres",
        workbook_of(
            册=[("花名册（2026年）",), HEAD, (*BUILDING, "任敏茂", "19905719670", "许芳", "19908227716")]
        ),
    )
    assert Appointment.objects.get(cadre__name="任敏茂").started_on == date(2026, 1, 1)
    report = load("cadres", csv_of(HEAD, (*BUILDING, "韩平", "19905719671", "许芳", "19908227716")))
    assert counts(report) == (0, 1, 1)
    old = Appointment.objects.get(cadre__name="任敏茂")
    new = Appointment.objects.get(cadre__name="韩平")
    assert (old.ended_on, old.end_reason, new.started_on) == (
        date(2026, 11, 22),
        "replaced",
        date(2026, 11, 23),
    )


def test_a_roster_for_next_year_begins_today() -> None:
    load(
        "cadres", workbook_of(册=[("花名册（2027年）",), HEAD, (*BUILDING, "任敏茂", "19905719670", "", "")])
    )
    assert Appointment.objects.get().started_on == date(2026, 11, 23)


def test_a_word_for_vacant_ends_a_blank_cell_leaves() -> None:
    load(
        "cadres",
        workbook_of(
            册=[("花名册（2026年）",), HEAD, (*BUILDING, "任敏茂", "19905719670", "许芳", "19908227716")]
        ),
    )
    report = load("cadres", csv_of(HEAD, (*BUILDING, "暂缺", "", "", "")))
    assert (report.updated, report.vacant) == (1, 1)
    assert held() == [("101栋", "卫生员", "许芳")]


def test_a_new_phone_updates_the_cadre() -> None:
    load("cadres", csv_of(HEAD, (*BUILDING, "任敏茂", "19905719670", "", "")))
    report = load("cadres", csv_of(HEAD, (*BUILDING, "任敏茂", "19905719671", "", "")))
    assert counts(report) == (0, 1, 0)
    assert Cadre.objects.get().phone == "19905719671"


def test_an_unknown_quarter_is_blamed_on_its_own_column() -> None:
    report = load("cadres", csv_of(HEAD, ("幸福苑", "第一片区", "101栋", "任敏茂", "19905719670", "", "")))
    assert refused(report) == [(2, "苑区", "unknown place")]
    assert held() == []


def test_a_sheet_without_posts_says_what_was_recognised() -> None:
    with pytest.raises(LayoutError) as error:
        load("cadres", csv_of(("苑区", "楼栋", "层数"), ("怡康苑", "101栋", "7")))
    assert error.value.unrecognised == ["层数"]
    assert set(error.value.recognised) == {"苑区", "楼栋"}


def test_one_person_in_two_posts_on_one_line() -> None:
    head = ("姓名", "职务", "负责楼栋", "手机号码")
    load("cadres", csv_of(head, ("许芳", "治安员、卫生员（兼）", "怡康苑101#楼", "19908227716")))
    assert held() == [("101栋", "卫生员", "许芳"), ("101栋", "治安员", "许芳")]
    assert Cadre.objects.count() == 1
