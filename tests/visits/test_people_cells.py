"""What the cells about a person say, held against each other: documents, birthdays, sex, names. Words of no case file."""

from __future__ import annotations

import pytest

from residents.models import CareRecord, Resident
from tests.factories import Community, community
from tests.rosters.tables import counts, csv_of, load, refused

pytestmark = pytest.mark.django_db
ADDRESS = "怡康苑101栋2单元601室"
WOMAN = "429999197803051768"  # born on 5 March 1978


@pytest.fixture(autouse=True)
def home() -> Community:
    return community()


def read(**cells: str) -> tuple[list[str], list[str]]:
    """One person of these cells: the columns refused, and those warned of."""
    row = {"姓名": "慕容雪", "住址": ADDRESS, **cells}
    report = load("residents", csv_of(tuple(row), tuple(row.values())))
    assert all(one.message.endswith("。") for one in [*report.rejected, *report.warned])
    return [one.column for one in report.rejected], [one.column for one in report.warned]


def test_it_works() -> None:
    assert read(身份证号=WOMAN, 性别="女", 出生日期="1978年3月5日") == ([], [])
    one = Resident.objects.get()
    assert (one.gender, str(one.born_on), one.document_kind) == ("female", "1978-03-05", "")


@pytest.mark.parametrize(
    ("kind", "number", "kept"),
    [
        ("护照", "ea1234567", ("passport", "EA1234567")),
        ("回乡证", "M12345678", ("hk_macao", "M12345678")),
        ("台胞证", "12345678", ("taiwan", "12345678")),
        ("港澳台居民居住证", "810000199408230021", ("residence", "810000199408230021")),
        ("外国人永久居留身份证", "CHN310080000001", ("foreigner", "CHN310080000001")),
        ("士兵证", "士字第20190001号", ("officer", "士字第20190001号")),
        ("出生证", "p330012345", ("birth", "P330012345")),
        ("户口本", "003112345", ("household_book", "003112345")),
        ("其它", "XK-2019-001", ("other", "XK-2019-001")),
        ("没有", "", ("", "")),
        ("护照", "", ("passport", "")),
    ],
)
def test_documents_are_kept_with_their_kind(kind: str, number: str, kept: tuple[str, str]) -> None:
    assert read(证件种类=kind, 证件号码=number) == ([], [])
    one = Resident.objects.get()
    assert ((one.document_kind, one.document_number), one.id_number) == (kept, "")


@pytest.mark.parametrize(
    ("kind", "number", "refused_columns", "warned_columns", "kept"),
    [
        ("居民身份证", WOMAN, [], [], (WOMAN, "", "")),
        ("户口簿", WOMAN, [], [], (WOMAN, "", "")),  # what a household book says of a child
        ("护照", WOMAN, [], ["证件种类"], (WOMAN, "", "")),
        ("学生证", "XS20190001", [], ["证件种类"], ("", "other", "XS20190001")),
        ("护照", "见附件", [], ["证件号码"], ("", "passport", "")),
        ("护照", "4.29999E+17", [], ["证件号码"], ("", "passport", "")),
        ("身份证", "42999919780305176", ["证件号码"], [], None),
        ("", "429999197803051769", ["证件号码"], [], None),  # the check digit
    ],
)
def test_a_number_is_held_against_its_kind(
    kind: str,
    number: str,
    refused_columns: list[str],
    warned_columns: list[str],
    kept: tuple[str, str, str] | None,
) -> None:
    assert read(证件种类=kind, 证件号码=number) == (refused_columns, warned_columns)
    found = [(one.id_number, one.document_kind, one.document_number) for one in Resident.objects.all()]
    assert found == ([kept] if kept else [])


def test_the_same_passport_is_the_same_person() -> None:
    head = ("姓名", "证件类型", "证件号码", "住址")
    load("residents", csv_of(head, ("SMITH", "护照", "E1234567", ADDRESS)))
    report = load("residents", csv_of(head, ("SMITH", "普通护照", "e1234567", "文卉苑105栋1单元101室")))
    assert counts(report) == (0, 1, 0)
    assert str(Resident.objects.get().household) == "105栋 1-101"
    report = load("residents", csv_of(head, ("JONES", "护照", "E1234567", ADDRESS)))
    assert (
        refused(report) == [(2, "证件号码", "id number taken")] or refused(report)[0][2] == "id number taken"
    )
    assert Resident.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "refused_columns", "warned_columns", "stored"),
    [
        ("1978.3", [], [], "1978-03-05"),  # the month agrees, the ID number says the day
        ("1978", [], [], "1978-03-05"),
        ("1978-03-06", ["出生日期"], [], None),
        ("1979年", ["出生日期"], [], None),
        ("197804", ["出生日期"], [], None),
        ("不记得了", [], ["出生日期"], "1978-03-05"),
    ],
)
def test_a_birthday_is_held_against_the_id_number(
    said: str, refused_columns: list[str], warned_columns: list[str], stored: str | None
) -> None:
    assert read(身份证号=WOMAN, 出生日期=said) == (refused_columns, warned_columns)
    assert [str(one.born_on) for one in Resident.objects.all()] == ([stored] if stored else [])


@pytest.mark.parametrize(
    ("said", "refused_columns", "warned_columns", "stored"),
    [
        ("1949.10", [], ["出生日期"], "None"),
        ("1949年生", [], ["出生日期"], "None"),
        ("一九四九年十月一日", [], [], "1949-10-01"),
        ("2027-01-01", ["出生日期"], [], ""),
    ],
)
def test_without_a_day_there_is_no_birthday(
    said: str, refused_columns: list[str], warned_columns: list[str], stored: str
) -> None:
    assert read(出生日期=said) == (refused_columns, warned_columns)
    assert [str(one.born_on) for one in Resident.objects.all()] == ([stored] if stored else [])


def test_a_side_detail_does_not_cost_the_person() -> None:
    assert read(身份证号=WOMAN, 性别="男", 联系电话="1234") == ([], ["联系电话", "性别"])
    one = Resident.objects.get()
    assert (one.gender, one.phone) == ("", "")


@pytest.mark.parametrize(
    "name", ["慕容雪（已过世）", "慕容雪-病故", "慕容雪[迁往外地]", "慕容雪、慕容霜", "慕容雪夫妻"]
)
def test_who_died_or_moved_is_not_registered_as_living_here(name: str) -> None:
    assert read(姓名=name)[0] == ["姓名"]
    assert Resident.objects.count() == 0


def test_what_changes_is_shown_and_can_be_taken_back() -> None:
    head = ("姓名", "身份证号", "联系电话", "住址", "备注")
    load("residents", csv_of(head, ("慕容雪", WOMAN, "19900000001", ADDRESS, "独居")))
    report = load("residents", csv_of(head, ("慕容雪", WOMAN, "19900000002", ADDRESS, "与女儿同住")))
    assert [(one.column, one.subject, one.old, one.new) for one in report.changes] == [
        ("联系电话", "慕容雪", "19900000001", "19900000002"),
        ("备注", "慕容雪", "独居", "与女儿同住"),
    ]
    one = Resident.objects.get()
    assert (one.phone, one.notes) == ("19900000002", "与女儿同住")
    written = [(one.model, dict(one.before or {})) for one in report.journal]
    assert written == [("residents.resident", {"phone": "19900000001", "notes": "独居"})]
    assert report.units["人"].updated == 1


def test_two_rows_of_one_file_fill_each_other_and_contradict_aloud() -> None:
    head = ("姓名", "身份证号", "联系电话", "住址")
    rows = [
        ("慕容雪", WOMAN, "", "怡康苑101栋"),
        ("慕容雪", WOMAN, "19900000001", ADDRESS),
        ("慕容雪", WOMAN, "", "文卉苑105栋1单元101室"),
    ]
    report = load("residents", csv_of(head, *rows))
    assert refused(report) == [(4, "住址", "two homes")]
    one = Resident.objects.get()
    assert (one.phone, str(one.household)) == ("19900000001", "101栋 2-601")


def test_a_namesake_of_the_same_day_with_another_number_is_told() -> None:
    head = ("姓名", "身份证号", "住址")
    other = "429999197803051784"
    report = load("residents", csv_of(head, ("慕容雪", WOMAN, ADDRESS), ("慕容雪", other, ADDRESS)))
    assert [one.reason for one in report.warned] == ["namesake"]
    assert (Resident.objects.count(), CareRecord.objects.count()) == (2, 0)
