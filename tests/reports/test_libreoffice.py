"""Every workbook the portal gives out opens in LibreOffice and prints well: one page wide, the header on every page."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from baibuting.common.tabular.reading import open_book
from baibuting.common.tabular.report import Rejection
from baibuting.common.tabular.table import choose_tables
from baibuting.common.tabular.writing import error_book, template_book
from buildings.exporting import ExportsScoped
from cadres.choices import Post
from rosters.rules import roster_kinds
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, clerk, community, moment, resident
from tests.pages import signed_in, superuser
from tests.reports.asking import KINDS, REASON, everything, made, send
from tests.rosters.tables import counts, load
from tests.visits.people import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.needs_libreoffice]
BEGIN = moment("2026-03-01T09:00")
LATE = 180  # seconds LibreOffice may take, its very first start included


@pytest.fixture
def crowded(home: Community) -> Community:
    """Eighty people, each visited once: enough for several sheets of paper."""
    head = home.holder(home.building, Post.BUILDING_HEAD)
    for number in range(80):
        place = home.buildings[number % 8]
        person = resident(place, now=BEGIN, name="迪丽努尔·买买提", room=str(number), phone="19912345678")
        if number < 6:
            care_record(place, now=BEGIN, started_on=date(2026, 3, 1), resident=person)
        visit(
            person,
            f"2026-03-06T10:{number % 60:02d}",
            visitor=head,
            visitor_name="",
            notes="=1+1 " + "血压偏高，" * 40,
        )
    sweep_at(NOW)
    return home


def exported(client: Client) -> Iterator[tuple[str, bytes]]:
    """What each list of the admin gives; whichever list is added later is among them."""
    for model, found in admin.site._registry.items():
        if isinstance(found, ExportsScoped):
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_export")
            answer = client.post(url, {"detail": "full", "reason": "核对台账"})
            assert answer.status_code == 200
            yield f"list-{model._meta.label_lower}", answer.content


def workbooks(home: Community) -> dict[str, bytes]:
    client, books = signed_in(clerk(home.place)), {}
    books |= dict(exported(client))
    for kind in KINDS:
        books[f"report-{kind}"] = send(client, kind, home.place, **REASON).content
    for kind in roster_kinds().values():
        books[f"template-{kind.code}"] = template_book(kind.fields)
    audited = signed_in(superuser()).post(reverse("admin:audit_auditevent_export"), {"reason": "年度检查"})
    assert audited.status_code == 200
    books["audit"] = audited.content
    upload = books["list-buildings.place"]
    sheet = choose_tables(open_book(upload), roster_kinds()["places"].fields)[0].sheet.name
    mistake = Rejection(3, "楼栋", "missing", "请填写楼栋。", sheet)
    books["errors"] = error_book(upload, roster_kinds()["places"].fields, [mistake])
    return books


def converted(folder: Path, books: dict[str, bytes], to: str) -> dict[str, bytes]:
    """What LibreOffice makes of the workbooks, all of them in one run."""
    for name, data in books.items():
        (folder / f"{name}.xlsx").write_bytes(data)
    profile, out = f"-env:UserInstallation=file://{folder}/profile", folder / "out"
    command = ["soffice", profile, "--headless", "--convert-to", to, "--outdir", str(out)]
    subprocess.run(
        [*command, *(f"{name}.xlsx" for name in books)],
        cwd=folder, check=True, capture_output=True, timeout=LATE,
    )  # fmt: skip
    files = {name: out / f"{name}.{to.partition(':')[0]}" for name in books}
    return {name: file.read_bytes() for name, file in files.items() if file.exists()}


def pages_of(folder: Path, books: dict[str, bytes]) -> dict[str, list[str]]:
    """What stands on each page of each."""
    pdfs = converted(folder, books, "pdf")
    return {
        name: [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
        for name, data in pdfs.items()
    }


def test_it_works(crowded: Community, tmp_path: Path) -> None:
    books = workbooks(crowded)
    assert len(books) > 18
    pages = pages_of(tmp_path, books)
    assert set(pages) == set(books)
    for name, texts in pages.items():
        numbered = [f"第 {at} 页，共 {len(texts)} 页" in text for at, text in enumerate(texts, start=1)]
        assert all(numbered) or name.startswith(("template", "errors")), name
    ledger = pages["report-ledger"]
    assert 1 < len(ledger) < 40  # 80 long rows: several sheets, but one page wide
    assert all("走访日期" in text and "录入方式" in text for text in ledger)
    assert "百步亭社区走访台账" in ledger[0]
    whole = "".join(ledger)
    assert whole.count("怡康苑第一片区101栋") == 10
    assert "=1+1" in whole  # shown as it was written, not worked out
    assert "#VALUE" not in whole
    assert "#NAME" not in whole
    [roster] = pages["report-roster"]
    assert "楼栋党小组长" in roster
    assert crowded.holder(crowded.building, Post.BUILDING_HEAD).phone in roster
    assert all("97" in text or "100" in text for text in pages["report-staffing"])


def test_empty_ones_open_too(tmp_path: Path) -> None:
    bare = community("后湖社区", staffed=False)
    account = clerk(bare.place, "other")
    books = {kind: made(kind, bare.place, account).book() for kind in KINDS}
    pages = pages_of(tmp_path, books)
    assert set(pages) == set(books)
    assert "后湖社区督办情况" in pages["escalations"][0]


# what each roster is exported from
LISTS = {
    "places": "buildings.place",
    "cadres": "cadres.appointment",
    "residents": "residents.resident",
    "care": "residents.carerecord",
    "visits": "visits.visit",
}
CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"  # as it is shown, in UTF-8


@pytest.mark.parametrize("to", ["xlsx", "xls", CSV], ids=["xlsx", "xls", "csv"])
def test_what_was_opened_and_saved_there_comes_back_unchanged(
    lived: Community, tmp_path: Path, to: str
) -> None:
    """The five rosters and the two reports that are rosters, through LibreOffice and in again."""
    account = clerk(lived.place)
    lists = dict(exported(signed_in(account)))
    books = {roster: lists[f"list-{label}"] for roster, label in LISTS.items()}
    today = (NOW.date(), NOW.date())
    books["report-visits"] = made("ledger", lived.place, account).book()
    books["report-cadres"] = made("roster", lived.place, account, days=today).book()
    before = everything()
    saved = converted(tmp_path, books, to)
    assert set(saved) == set(books)
    for name, data in saved.items():
        report = load(name.removeprefix("report-"), data, now=NOW)
        assert report.rejected == []
        assert counts(report)[:2] == (0, 0), name
        assert counts(report)[2] >= report.rows  # areas and posts are counted one by one
    assert everything() == before
