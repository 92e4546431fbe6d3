"""The slips that open accounts, as A4 pages with lines to cut along: six a page, each for one person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from accounts.rules import code_shown
from baibuting.common import paper
from cadres.account_opening import Opened, Slip

if TYPE_CHECKING:
    from fpdf import FPDF

# millimetres on A4, 210 × 297
_WIDTH, _HEIGHT, _ACROSS, _DOWN, _MARGIN = 105, 99, 2, 3, 8
_INK, _MUTED, _RULE = (29, 36, 51), (91, 100, 117), (150, 157, 170)
_LINES_A_PAGE = 36  # of the list of those left out
STEPS = (
    "1. 用手机扫右边的码",
    "2. 填手机号，密码填开通码",
    "3. 设一个自己的新密码",
)


def slips_pdf(opened: Opened, *, address: str, site: str, valid_until: date) -> bytes:
    """Return the slips as a PDF, with a list of those who were left out at the end.

    `address` stands in the QR code. Raises NoFontError, and MissingCharactersError where a name cannot be rendered.
    """
    written = [(f"{slip.name}的开通单", (slip.name, slip.where, slip.account)) for slip in opened.slips]
    left = [("未开通名单", name + why) for name, why in opened.left_out]
    pdf = paper.paper("账号开通单", [*written, *((page, [text]) for page, text in left)])
    for at, slip in enumerate(opened.slips):
        on_page = at % (_ACROSS * _DOWN)
        if on_page == 0:
            pdf.add_page()
            _cut_lines(pdf)
        down, across = divmod(on_page, _ACROSS)
        _slip(pdf, slip, across * _WIDTH, down * _HEIGHT, (address, site, valid_until))
    _left_out(pdf, opened.left_out)
    return bytes(pdf.output())


def _cut_lines(pdf: FPDF) -> None:
    pdf.set_draw_color(*_RULE)
    pdf.set_line_width(0.2)
    pdf.set_dash_pattern(dash=2, gap=2)
    pdf.line(_WIDTH, 0, _WIDTH, _DOWN * _HEIGHT)
    for down in range(1, _DOWN):
        pdf.line(0, down * _HEIGHT, _ACROSS * _WIDTH, down * _HEIGHT)
    pdf.set_dash_pattern()


def _slip(pdf: FPDF, slip: Slip, left: float, top: float, common: tuple[str, str, date]) -> None:
    address, site, valid_until = common
    x, wide = left + _MARGIN, _WIDTH - 2 * _MARGIN
    pdf.set_text_color(*_INK)
    paper.text(pdf, x, top + 9, wide - 34, slip.name, 20, style="B")
    pdf.set_text_color(*_MUTED)
    paper.text(pdf, x + wide - 34, top + 11, 34, site, 11, "R")
    paper.text(pdf, x, top + 20, wide, slip.where, 11)
    for at, (label, words) in enumerate((("手机号", slip.account), ("开通码", code_shown(slip.code)))):
        pdf.set_text_color(*_MUTED)
        paper.text(pdf, x, top + 31 + at * 12, 18, label, 12)
        pdf.set_text_color(*_INK)
        paper.text(pdf, x + 18, top + 29 + at * 12, wide - 18, words, 20, style="B")
    for at, step in enumerate(STEPS):
        paper.text(pdf, x, top + 58 + at * 8, 58, step, 11.5)
    paper.code(pdf, address, x + wide - 28, top + 55, 28)
    pdf.set_text_color(*_MUTED)
    paper.text(pdf, x, top + 84, 58, address, 9)
    paper.text(pdf, x, top + 89, wide, f"开通码只能用一次，{_day(valid_until)}前有效，请勿转给他人。", 9)


def _left_out(pdf: FPDF, rows: Sequence[tuple[str, str]]) -> None:
    for at, (name, why) in enumerate(rows):
        on_page = at % _LINES_A_PAGE
        if on_page == 0:
            pdf.add_page()
            pdf.set_text_color(*_INK)
            paper.text(pdf, 18, 14, 174, f"没有开通的 {len(rows)} 人（办公室留存）", 16, style="B")
        paper.text(pdf, 18, 26 + on_page * 7, 40, name, 11)
        paper.text(pdf, 60, 26 + on_page * 7, 132, why, 11)


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
