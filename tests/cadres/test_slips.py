"""The slips on paper: six a page, each with name, number, code and a QR code that a phone reads."""

from __future__ import annotations

import io
from datetime import date

import pypdf
import pytest
import zxingcpp

from accounts.rules import code_draw, code_shown
from cadres.account_opening import Opened, Slip
from cadres.slips import slips_pdf
from tests.boards.test_paper import drawn, words_of

pytestmark = pytest.mark.needs_cjk_font
UNTIL = date(2026, 12, 14)
ADDRESS = "https://grid.example.invalid/m/"


def slip(number: int, name: str = "迪丽努尔·买买提") -> Slip:
    return Slip(name, f"怡康苑 第一片区 {number}栋 楼栋长；卫生员", f"1391234{number:04d}", code_draw())


def printed(slips: list[Slip], left_out: list[tuple[str, str]]) -> pypdf.PdfReader:
    data = slips_pdf(Opened(slips, left_out), address=ADDRESS, site="百步亭网格", valid_until=UNTIL)
    return pypdf.PdfReader(io.BytesIO(data))


def test_it_works() -> None:
    slips = [slip(number) for number in range(101, 108)]
    book = printed(slips, [("王建国", "没有手机号，请先补上")])
    assert len(book.pages) == 3  # six, one, and those left out
    first, second, last = (words_of(page) for page in book.pages)
    for one in slips[:6]:
        assert code_shown(one.code) in first
        assert one.account in first
    assert code_shown(slips[6].code) in second
    assert "12月14日前有效" in second
    assert "王建国" in last
    assert "没有开通的 1 人" in last
    assert not any(code_shown(one.code) in last for one in slips)


def test_a_phone_reads_the_code() -> None:
    data = slips_pdf(Opened([slip(101)], []), address=ADDRESS, site="百步亭网格", valid_until=UNTIL)
    assert [found.text for found in zxingcpp.read_barcodes(drawn(data))] == [ADDRESS]


def test_nobody_left_out_takes_no_page() -> None:
    assert len(printed([slip(101)], []).pages) == 1
