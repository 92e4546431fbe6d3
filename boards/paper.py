"""The boards as A4 pages for printing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from baibuting.common import paper
from boards.selectors import Board, BoardLine

if TYPE_CHECKING:
    from fpdf import FPDF

# millimetres on A4, 210 × 297
_LEFT, _RIGHT, _WIDTH = 18, 192, 174
_BRAND, _INK, _MUTED, _RULE = (179, 38, 30), (29, 36, 51), (91, 100, 117), (223, 227, 234)


def boards_pdf(boards: Sequence[Board], address_of: Callable[[Board], str], today: date) -> bytes:
    """Return a PDF with one page a board. `address_of` gives the public address in a board's QR code.

    Raises NoFontError, and MissingCharactersError where a name cannot be rendered.
    """
    written = [(f"{board.place_name}的公示牌", _written(board)) for board in boards]
    pdf = paper.paper("楼栋公示牌", written)
    for board in boards:
        pdf.add_page()
        _head(pdf, board)
        for at, line in enumerate(board.lines):
            _line(pdf, line, 92 + at * 23)
        _foot(pdf, board, address_of(board), today)
    return bytes(pdf.output())


def _written(board: Board) -> Iterator[str]:
    """Yield the names of places and people on a board."""
    yield from (board.community, board.place_name, board.group)
    for line in board.lines:
        yield from (line.name, line.note)


def _head(pdf: FPDF, board: Board) -> None:
    pdf.set_fill_color(*_BRAND)
    pdf.rect(0, 0, 210, 62, style="F")
    pdf.set_text_color(255, 255, 255)
    paper.text(pdf, _LEFT, 13, 110, board.community, 20)
    paper.text(pdf, _RIGHT - 60, 13, 60, "楼栋公示牌", 20, "R")
    paper.text(pdf, _LEFT, 31, _WIDTH, board.place_name, 48, style="B")
    pdf.set_text_color(*_INK)
    if board.group:
        paper.text(pdf, _LEFT, 70, _WIDTH, board.group, 28, style="B")


def _line(pdf: FPDF, line: BoardLine, top: float) -> None:
    pdf.set_draw_color(*_RULE)
    pdf.line(_LEFT, top - 3, _RIGHT, top - 3)
    pdf.set_text_color(*_MUTED)
    paper.text(pdf, _LEFT, top + 4, 50, line.label, 20)
    pdf.set_text_color(*(_INK if line.name else _MUTED))
    up = 1.5 if line.note else 0  # room for the line below the name
    paper.text(pdf, _LEFT + 52, top + 2 - up, 62, line.name or "空缺", 30 if line.name else 24, style="B")
    pdf.set_text_color(*_INK)
    if line.contact:
        paper.text(pdf, _LEFT + 116, top + 3 - up, 58, line.contact, 26, "R", style="B")
    if line.note:
        pdf.set_text_color(*_MUTED)
        paper.text(pdf, _LEFT + 52, top + 12.5, 122, line.note, 14)


def _foot(pdf: FPDF, board: Board, address: str, today: date) -> None:
    pdf.set_draw_color(*_RULE)
    pdf.line(_LEFT, 229, _RIGHT, 229)
    if board.duty_line:
        pdf.set_text_color(*_MUTED)
        paper.text(pdf, _LEFT, 237, 120, "24 小时值班电话", 20)
        pdf.set_text_color(*_BRAND)
        paper.text(pdf, _LEFT, 248, 120, board.duty_line, 40, style="B")
    pdf.set_text_color(*_MUTED)
    paper.text(pdf, _LEFT, 279, 120, f"{today.year}年{today.month}月{today.day}日印制，扫码查看最新人员", 12)
    paper.code(pdf, address, _RIGHT - 44, 234, 44)
