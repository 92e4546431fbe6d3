"""Cases from the field about rosters of posts; each ends as the clerk who sent the file in expects."""

from __future__ import annotations

from datetime import date

import pytest

from baibuting.common.tabular.report import ImportReport
from buildings.models import Place
from cadres.models import Appointment, Cadre
from cadres.selectors import in_force
from tests.rosters.tables import FOLDER, counts, load, refused

pytestmark = pytest.mark.django_db
CASES = FOLDER.parent / "cases"
TODAY = date(2026, 11, 23)
NA = "18-vlookup-na-in-post-name"
HEADS = "45-building-heads-with-several-buildings"
AGAIN = "65-old-roster-sent-again-and-future-start"
WORDS = "100-words-instead-of-a-name-in-a-post"


@pytest.fixture(autouse=True)
def home() -> None:
    load("places", (CASES / "_base" / "places.csv").read_bytes())


def send(case: str, name: str, **options: object) -> ImportReport:
    return load("cadres", (CASES / case / name).read_bytes(), **options)  # type: ignore[arg-type]


def held(on: date = TODAY) -> dict[tuple[str, str], str]:
    """Who holds what on a day, by building and post."""
    rows = Appointment.objects.filter(in_force(on)).select_related("cadre", "place")
    return {(row.place.name, row.get_post_display()): row.cadre.name for row in rows}


def everything() -> list[object]:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Cadre, Appointment, Place)  # type: ignore[attr-defined]
    ]


def test_a_failed_look_up_is_no_vacancy() -> None:
    send(NA, "first.xlsx")
    before = everything()
    report = send(NA, "second.xlsx")
    assert held()["302栋", "楼栋长"] == "朱楼长"
    assert held()["302栋", "楼栋党小组长"] == "何组长"
    assert {(row, reason) for row, _, reason in refused(report)} == {(4, "formula error")}
    assert {column for _, column, _ in refused(report)} >= {"楼栋长", "党小组长"}
    assert (counts(report), report.vacant, report.accepted) == ((0, 0, 2), 0, 1)
    assert everything() == before


def test_a_title_names_the_post_and_a_cell_several_buildings() -> None:
    report = send(HEADS, "in.xlsx")
    assert held() == {
        ("301栋", "楼栋长"): "韩一",
        ("302栋", "楼栋长"): "朱二",
        ("12栋", "楼栋长"): "朱二",
        ("1号楼", "楼栋长"): "吕四",
        ("2号楼", "楼栋长"): "吕四",
        ("3号楼", "楼栋长"): "吕四",
    }
    assert [(row, column) for row, column, _ in refused(report)] == [(5, "楼栋"), (7, "楼栋")]
    assert (report.rows, report.accepted, Cadre.objects.filter(name="朱二").count()) == (5, 3, 1)
    before = everything()
    assert counts(send(HEADS, "in.xlsx")) == (0, 0, 6)
    assert everything() == before


def test_an_old_roster_brings_nobody_back_and_a_start_to_come_waits() -> None:
    send(AGAIN, "a.xlsx")
    report = send(AGAIN, "b.xlsx")
    assert [(one.old, one.new) for one in report.changes] == [("韩一", "朱二（2026-09-01 起）")]
    assert held(date(2026, 8, 31)) == {("301栋", "楼栋长"): "韩一"}
    before = everything()
    old = send(AGAIN, "a.xlsx")
    assert refused(old) == [(3, "任职日期", "older roster")]
    assert "2025-01-01" in old.rejected[0].message
    assert "2026-09-01" in old.rejected[0].message
    assert "朱二" not in old.rejected[0].message
    assert old.correctable["holders"].rows == 1
    assert everything() == before
    send(AGAIN, "future.xlsx")
    assert held() == {("301栋", "楼栋长"): "朱二"}
    assert held(date(2027, 5, 31)) == {("301栋", "楼栋长"): "朱二"}
    assert held(date(2027, 6, 1)) == {("301栋", "楼栋长"): "何三"}
    before = everything()
    for name in ("b.xlsx", "future.xlsx"):
        assert counts(send(AGAIN, name)) == (0, 0, 1)
    send(AGAIN, "a.xlsx")
    assert everything() == before


def test_words_are_no_people() -> None:
    report = send(WORDS, "in.xlsx")
    assert held() == {
        ("301栋", "楼栋长"): "韩一",
        ("301栋", "楼栋党小组长"): "杨一",
        ("302栋", "楼栋党小组长"): "何一",
        ("A座", "楼栋长"): "孔一",
    }
    assert Cadre.objects.count() == 4
    assert Cadre.objects.get(name="孔一").phone == "19900000507"
    assert [(row, reason) for row, _, reason in refused(report)] == [
        (6, "several people"),
        (6, "same as"),
        (7, "several people"),
    ]
    assert [(one.row, one.column) for one in report.warned] == [(5, "党小组长/姓名"), (7, "党小组长/姓名")]
    assert report.vacant == 3
    before = everything()
    assert counts(send(WORDS, "in.xlsx")) == (0, 0, 4)
    assert everything() == before
