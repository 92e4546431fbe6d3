"""What the page of a run tells: one sentence, numbers with their units, what changes, what to look at, what kind it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from baibuting.common.tabular.problems import LayoutError
from baibuting.common.tabular.report import Change, Correction, ImportReport, Rejection, SheetRead
from buildings.models import Place
from residents.models import Resident
from rosters import runner
from rosters.choices import Purpose, State
from rosters.models import ImportFile, ImportRun
from rosters.rules import roster_kinds
from rosters.services import import_run_correct
from tests.common.books import csv_of, xlsx
from tests.factories import clerk, community
from tests.rosters.undoing import CADRES, RESIDENTS
from tests.rosters.uploads import checked, client_of, page, places, send, step, work

pytestmark = pytest.mark.django_db
Told = Callable[[ImportReport], ImportRun]


@pytest.fixture
def office() -> Client:
    return client_of(clerk(community().place))


@pytest.fixture
def told(office: Client, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Told:
    """A run whose check has told this report."""

    def make(report: ImportReport) -> ImportRun:
        monkeypatch.setattr(runner, "roster_import", lambda **_: report)
        return checked(office, xlsx(RESIDENTS), now, kind="residents", name="王五住院.xlsx")

    return make


def whole_report() -> ImportReport:
    report = ImportReport(rows=30, accepted=27)
    report.count("人", created=12, updated=2, unchanged=3)
    report.count("条", created=15)
    report.rejected = [Rejection(row, "联系电话", "phone", "电话不对。", "一号楼") for row in (5, 6, 9)]
    report.warned = [
        Rejection(row, "出生日期", "odd", f"与第 {row} 行不一致。", "一号楼") for row in range(10, 14)
    ]
    report.sheets = [SheetRead("一号楼", 28, 2, 1), SheetRead("说明", 4, used=False)]
    report.hidden_sheets = ["旧表"]
    report.changes = [Change(7, "联系电话", "欧阳淑珍", "19912340001", "19912340002", "一号楼")]
    return report


def test_it_works(office: Client, told: Told) -> None:
    run = told(whole_report())
    shown = page(office, run)
    assert "将新增 12 人、15 条；2 人有变化；3 行未采用；4 行需核对；2 行在表里被隐藏，也会导入。" in shown
    for words in ("12 人", "15 条", "一号楼", "没有这类内容，未采用", "隐藏的工作表没有读：旧表"):
        assert words in shown
    assert "这些行已采用" in shown
    assert "19912340001" in shown
    assert "19912340002" in shown


def test_what_changes_is_sealed_and_shown_to_nobody_else(office: Client, told: Told) -> None:
    run = told(whole_report())
    colleague = client_of(clerk(Place.objects.get(parent=None), "colleague"))
    shown = page(colleague, run)
    assert "1991234000" not in shown
    assert "欧阳淑珍" not in shown
    assert "19912340002" not in str(list(ImportRun.objects.values()))
    [file] = ImportFile.objects.filter(purpose=Purpose.CHANGES)
    assert b"1991234000" not in bytes(file.sealed)
    step(office, run, "drop")
    assert not ImportFile.objects.exists()


def test_what_changed_is_counted_by_column(office: Client, told: Told) -> None:
    report = ImportReport(rows=250, accepted=250)
    report.changes = [Change(row, "户数" if row % 5 else "层数", f"{row}栋", "1", "2") for row in range(250)]
    shown = page(office, told(report))
    assert "层数 <b>50</b> 处，户数 <b>200</b> 处" in shown


def test_a_refused_row_is_called_by_its_own_words_before_whoever_sent_it(
    office: Client, now: datetime
) -> None:
    rows = [RESIDENTS[0], ["欧阳淑珍", "女", "1991", "怡康苑101栋1-101"], ["", "男", "", "怡康苑102栋"]]
    run = checked(office, xlsx(rows), now, kind="residents")
    shown = page(office, run)
    assert "2（欧阳淑珍）" in shown
    assert "3（男 怡康苑102栋）" in shown
    colleague = client_of(clerk(Place.objects.get(parent=None), "colleague"))
    assert "欧阳淑珍" not in page(colleague, run)
    assert "欧阳淑珍" not in str(list(ImportRun.objects.values()))
    [file] = ImportFile.objects.filter(purpose=Purpose.CHANGES)
    assert "欧阳淑珍".encode() not in bytes(file.sealed)


def test_of_many_changes_the_first_are_shown_and_the_rest_counted(office: Client, told: Told) -> None:
    report = ImportReport(rows=250, accepted=250)
    report.changes = [Change(row, "户数", f"{row}栋", "1", "2") for row in range(250)]
    shown = page(office, told(report))
    assert "共 250 处，这里是前 200 处" in shown
    assert ">199栋<" in shown
    assert ">200栋<" not in shown


def test_four_hundred_warnings_fold(office: Client, told: Told) -> None:
    report = ImportReport(rows=400, accepted=400)
    report.warned = [Rejection(row, "住址", "odd", f"与第 {row} 行不一致。") for row in range(2, 402)]
    shown = page(office, told(report))
    assert "其余 380 种" in shown
    assert "400 行需核对" in shown


def test_the_name_of_a_file_is_sealed(office: Client, told: Told) -> None:
    run = told(ImportReport(rows=1, accepted=1))
    assert "王五住院" not in str(list(ImportRun.objects.values()))
    assert "王五住院.xlsx" in page(office, run)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (ImportReport(rows=3), "没有可以导入的行"),
        (ImportReport(rows=3, accepted=3), "与现有资料完全相同，确认后不会有任何改动。"),
        (ImportReport(rows=0), "文件里没有数据行"),
    ],
)
def test_nothing_to_do_is_said(office: Client, told: Told, report: ImportReport, words: str) -> None:
    assert words in page(office, told(report))


# --- another kind of roster


def test_a_roster_of_another_kind_is_named_and_checked_as_that(office: Client, now: datetime) -> None:
    run = checked(office, xlsx(CADRES), now)
    assert run.looks_like == "cadres"
    shown = page(office, run)
    assert "这像是<strong>两长四员花名册</strong>，不是楼栋清单" in shown
    before = list(Place.objects.values())
    answer = office.post(reverse("rosters:kind", args=[run.uid]), {"kind": "cadres"})
    assert answer.status_code == 302
    work(now)
    run.refresh_from_db()
    assert (run.kind, run.state, run.looks_like, run.accepted) == ("cadres", State.READY, "", 2)
    assert list(Place.objects.values()) == before


KINDS: dict[str, list[list[Any]]] = {
    "places": [["小区", "网格", "楼号", "总户数", "单元个数"], ["怡康苑", "第一片区", "101栋", 40, 2]],
    "cadres": [["楼栋", "楼栋长", "联系电话", "卫生员", "文体员"], ["101栋", "汪涛", "19912340001", "倪萍", "汤和"]],
    "party": [["党组织名称", "类型", "上级党组织", "覆盖范围", "书记"], ["怡康党总支", "总支", "社区党委", "怡康苑", "汪涛"]],
    "residents": [["姓名", "性别", "出生日期", "身份证号", "户籍地址", "住址"], ["石玉", "女", "", "", "某地", "怡康苑101栋1-101"]],
    "care": [["姓名", "性别", "出生日期", "住址", "对象类别", "纳入日期"], ["石玉", "女", "", "怡康苑101栋1-101", "孤寡老人", "2026-11-01"]],
    "visits": [["走访日期", "走访人", "走访对象", "走访方式", "见到本人", "走访情况", "诉求"], ["2026-11-01", "汪涛", "石玉", "上门", "是", "好", "无"]],
}  # fmt: skip


@pytest.mark.parametrize("sent_as", list(roster_kinds()))
@pytest.mark.parametrize("is_really", list(roster_kinds()))
def test_every_kind_is_told_from_every_other(
    office: Client, now: datetime, sent_as: str, is_really: str
) -> None:
    run = checked(office, xlsx(KINDS[is_really]), now, kind=sent_as)
    named = run.looks_like or run.kind
    # a roster of people under care is one of residents as well: there it may be left at what was said
    assert named == is_really or {named, is_really} == {"residents", "care"}


@pytest.mark.parametrize("kind", ["cars", ""])
def test_there_is_no_other_kind_of_roster(office: Client, now: datetime, kind: str) -> None:
    run = checked(office, xlsx(CADRES), now)
    assert office.post(reverse("rosters:kind", args=[run.uid]), {"kind": kind}).status_code == 404
    run.refresh_from_db()
    assert (run.kind, run.state) == ("places", State.READY)


# --- corrections


def correctable() -> ImportReport:
    report = ImportReport(rows=5, accepted=5, updated=1)
    for _ in range(3):
        report.note_correctable(Correction.STARTS, rounds=4)
    report.note_correctable(Correction.HOLDERS)
    return report


def test_a_tick_is_offered_and_checked_anew(
    office: Client, told: Told, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = told(correctable())
    shown = page(office, run)
    assert "更正起点（3 条，将重新计算 12 次应访）" in shown
    assert "更正任职（1 个职务）" in shown
    assert "更正走访" not in shown
    assert " checked" not in shown
    given: list[Any] = []

    def again(*, corrections: Any, **_: Any) -> ImportReport:
        given.append(list(corrections))
        return ImportReport(rows=5, accepted=5, updated=4)

    monkeypatch.setattr(runner, "roster_import", again)
    office.post(reverse("rosters:corrections", args=[run.uid]), {"corrections": ["starts"]})
    work(now)
    run.refresh_from_db()
    assert (run.state, run.corrections, run.updated) == (State.READY, ["starts"], 4)
    assert " checked" in page(office, run)
    step(office, run, "confirm")
    work(now)
    assert given == [["starts"], ["starts"]]


def test_an_import_corrects_nothing_by_itself(
    office: Client, told: Told, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = told(correctable())
    given: list[Any] = []
    monkeypatch.setattr(
        runner,
        "roster_import",
        lambda *, corrections, **_: given.append(corrections) or ImportReport(rows=5, accepted=5),
    )
    step(office, run, "confirm")
    work(now)
    assert given == [[]]


def test_an_unknown_correction_is_refused(told: Told) -> None:
    run = told(correctable())
    with pytest.raises(ValidationError, match="没有这种更正"):
        import_run_correct(run=run, corrections=["everything"])
    run.refresh_from_db()
    assert (run.state, run.corrections) == (State.READY, [])


# --- columns by their contents


def test_a_proposal_is_chosen_beforehand_and_taken_with_one_click(
    office: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = csv_of([["苑", "责任区", "幢数编码", "户数"], ["怡康苑", "第一片区", "109栋", "5"]])
    send(office, data, name="清单.csv")
    run = ImportRun.objects.get()

    def refuses(**_: Any) -> ImportReport:
        raise LayoutError(
            "缺少必需的列。",
            recognised={"苑": "苑区", "户数": "户数"},
            unrecognised=["责任区", "幢数编码"],
            missing=["楼栋", "片区"],
            suggested={"责任区": "precinct", "幢数编码": "building"},
        )

    with monkeypatch.context() as patched:
        patched.setattr(runner, "roster_import", refuses)
        work(now)
    run.refresh_from_db()
    shown = page(office, run)
    assert "采用建议" in shown
    assert shown.count("按内容推荐") == 2
    titles = [title for title, _ in run.titles]
    form = {
        f"column_{at}": run.suggested.get(title, dict(run.titles)[title]) for at, title in enumerate(titles)
    }
    office.post(reverse("rosters:map", args=[run.uid]), form)
    work(now)
    run.refresh_from_db()
    assert (run.state, run.accepted) == (State.READY, 1)


def test_a_column_taken_by_its_contents_is_said(office: Client, told: Told) -> None:
    report = ImportReport(rows=1, accepted=1, recognised={"称呼": "姓名"}, taken_by_content={"称呼": "name"})
    shown = page(office, told(report))
    assert "“称呼”一列按内容当作姓名" in shown


def test_the_report_of_an_import_is_kept_as_that_of_the_check(
    office: Client, told: Told, now: datetime
) -> None:
    run = told(whole_report())
    step(office, run, "confirm")
    work(now)
    run.refresh_from_db()
    assert run.state == State.DONE
    assert run.units["人"] == {"created": 12, "updated": 2, "unchanged": 3}
    assert run.warned == [asdict(one) for one in whole_report().warned]
    assert "已新增 12 人、15 条" in page(office, run)
    assert not Resident.objects.exists()


def test_a_list_that_was_understood_is_not_doubted(office: Client, now: datetime) -> None:
    assert checked(office, places(), now).looks_like == ""
