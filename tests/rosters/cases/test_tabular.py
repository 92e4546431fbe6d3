"""Files from the field about how a table is read; each asserts what the clerk who sent it in expects."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from baibuting.common.tabular.problems import TabularError
from baibuting.common.tabular.report import ImportReport
from residents.models import CareRecord, Resident
from tests.rosters.tables import load

pytestmark = pytest.mark.django_db

CASES = Path(__file__).resolve().parents[2] / "data" / "cases"


def arrive(case: str, name: str, kind: str) -> ImportReport:
    """The file of a case, sent in by an office that has only its list of places."""
    load("places", (CASES / "_base" / "places.csv").read_bytes())
    return load(kind, (CASES / case / name).read_bytes())


def people() -> dict[str, Resident]:
    return {person.name: person for person in Resident.objects.select_related("household__building")}


def starts() -> dict[str, date]:
    return {
        record.resident.name: record.started_on for record in CareRecord.objects.select_related("resident")
    }


def test_hidden_rows_are_named() -> None:
    report = arrive("01-hidden-filtered-rows", "in.xlsx", "care")
    assert len(people()) == 5
    assert sum(sheet.hidden_rows for sheet in report.sheets) == 2
    (told,) = [one.message for one in report.warned if one.reason == "hidden rows"]
    assert "2 行" in told


def test_a_head_of_household_beside_the_name_of_a_member() -> None:
    arrive("03-household-head-beside-member-name", "in.xlsx", "care")
    found = people()
    assert {name: person.born_on and person.born_on.year for name, person in found.items()} == {
        "赵建国": 1960, "赵小军": 1990, "王桂花": 1962,
    }  # fmt: skip
    homes = {
        (home.building.name, home.entrance, home.room) for home in (one.household for one in found.values())
    }
    assert len(homes) == 1
    assert [home[0] for home in homes] == ["301栋"]


def test_the_phone_of_a_guardian() -> None:
    report = arrive("07-guardian-phone-two-row-header", "in.xlsx", "care")
    assert {name: person.phone for name, person in people().items()} == {"蒋阿婆": ""}
    assert report.unrecognised == ["监护人/姓名", "监护人/联系电话"]


def test_numbers_quoted_by_another_system() -> None:
    arrive("09-csv-equals-quoted-numbers", "in.csv", "residents")
    assert {name: person.id_number for name, person in people().items()} == {
        "秦一": "429999195501014014", "尤二": "42999919560101402X", "许三": "429999195701014035",
    }  # fmt: skip


def test_a_workbook_protected_against_changes() -> None:
    case = "14-readonly-workbook-velvet-sweatshop"
    for name in ("readonly.xlsx", "sheetlock.xlsx", "plain.xlsx"):
        assert arrive(case, name, "residents").accepted == 1
    with pytest.raises(TabularError, match="打开密码"):
        arrive(case, "locked.xlsx", "residents")
    assert list(people()) == ["秦一"]


def test_days_that_count_from_1904() -> None:
    arrive("16-date-1904-system", "in.xlsx", "care")
    assert starts() == {"秦一": date(2026, 3, 5), "尤二": date(2026, 3, 5)}


def test_shapes_of_id_numbers() -> None:
    report = arrive("21-id-number-shapes", "in.xlsx", "residents")
    numbers = {name: person.id_number for name, person in people().items()}
    assert all(len(numbers[name]) == 18 for name in ("戊五", "己六", "辛八"))
    assert not numbers.get("甲一")
    told = {one.row: one.message for one in [*report.rejected, *report.warned] if one.column == "身份证号"}
    assert "丢失" in told[2]
    assert "15 位" in told[3]
    assert "15 位" in told[4]
    assert "丢失" not in told[3] + told[4]
    assert "丢失" in told[5]


def test_shapes_of_phones() -> None:
    report = arrive("29-phone-shapes", "in.xlsx", "residents")
    assert sorted(one.row for one in [*report.rejected, *report.warned] if one.reason == "phone") == [10, 18]
    phones = {name: person.phone for name, person in people().items()}
    assert phones["电话庚"] == "19900000008"
    assert phones["电话辛"] == "19900000009"
    assert phones["电话卯"] == "19900000014"
    assert phones["电话辰"] == "19900000015"
    assert [name for name, phone in phones.items() if not phone and name not in ("电话壬", "电话午")] == [
        "电话癸"
    ]


def test_characters_nobody_sees() -> None:
    arrive("34-invisible-and-fullwidth-characters", "in.xlsx", "care")
    assert sorted(people()) == sorted(["甲一", "乙二", "丙三", "丁四", "戊五"])


def test_a_roll_with_two_rows_of_titles_and_a_row_to_sign() -> None:
    report = arrive("44-dibao-roll-two-row-header", "in.xlsx", "care")
    assert {name: person.id_number for name, person in people().items()} == {
        "甲一": "429999196001014012", "乙二": "429999196101014028",
    }  # fmt: skip
    assert (report.rows, report.rejected) == (2, [])
    assert {record.category.label for record in CareRecord.objects.select_related("category")} == {"困难家庭"}
