"""The boards as A4 pages to hang out, with their characters and the QR code inside the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

import segno
from django.conf import settings

from boards.selectors import Board, BoardLine

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

# Where Debian, Fedora and Windows keep a font with Chinese characters; BOARD_FONT names another.
USUAL_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
NO_FONT = (
    "这台服务器上没有中文字体，暂时做不了 PDF。请先用“打印”打印本页；"
    "管理员安装 fonts-noto-cjk（或用 BOARD_FONT 指明字体文件）后即可下载。"
)
# Hold characters of names that the font above has not (Debian: fonts-hanazono; Windows' own); used where they lie.
RARE_FONTS = (
    "/usr/share/fonts/truetype/hanazono/HanaMinA.ttf",
    "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf",
    "C:/Windows/Fonts/simsunb.ttf",
)
_FAMILY = "board"
# millimetres on A4, 210 × 297
_LEFT, _RIGHT, _WIDTH = 18, 192, 174
_BRAND, _INK, _MUTED, _RULE = (179, 38, 30), (29, 36, 51), (91, 100, 117), (223, 227, 234)


class NoFontError(Exception):
    """No font with Chinese characters was found; NO_FONT says what to do."""


class MissingCharactersError(Exception):
    """A name holds a character that no font here can draw: an empty box in its place must not hang in an entrance."""

    def __init__(self, missing: set[str], board: Board) -> None:
        super().__init__(
            f"{board.place_name}的公示牌上有服务器字体没有的字：{'、'.join(sorted(missing))}。请先用“打印”打印这一栋；"
            "管理员安装 fonts-hanazono（或用 BOARD_FONT 换一个字体）后即可下载 PDF。"
        )


def font_file() -> Path | None:
    """The font the boards are set in; None where there is none."""
    named = [settings.BOARD_FONT] if settings.BOARD_FONT else USUAL_FONTS
    return next((Path(name) for name in named if Path(name).is_file()), None)


def boards_pdf(boards: Sequence[Board], address_of: Callable[[Board], str], today: date) -> bytes:
    """One page a board. `address_of` gives the public address behind a board's QR code.

    Raises NoFontError, and MissingCharactersError where a name cannot be written out.
    """
    from fpdf import FPDF  # 18 MB that a process which makes no file need not carry

    font = font_file()
    if font is None:
        raise NoFontError
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_title("楼栋公示牌")
    pdf.set_lang("zh-CN")
    face = _simplified(font)
    bold = font.with_name(font.name.replace("Regular", "Bold"))
    pdf.add_font(_FAMILY, fname=str(font), collection_font_number=face)
    pdf.add_font(_FAMILY, "B", fname=str(bold if bold.is_file() else font), collection_font_number=face)
    _lend_rare_characters(pdf, boards)
    for board in boards:
        pdf.add_page()
        _head(pdf, board)
        for at, line in enumerate(board.lines):
            _line(pdf, line, 92 + at * 23)
        _foot(pdf, board, address_of(board), today)
    return bytes(pdf.output())


def _simplified(font: Path) -> int:
    """Which face of a collection has the forms of characters that the mainland writes; 0 of a single font."""
    if font.suffix.lower() != ".ttc":
        return 0
    from fontTools.ttLib import TTCollection  # as above

    with TTCollection(str(font), lazy=True) as faces:
        names = [str(face["name"].getDebugName(4) or "") for face in faces.fonts]
    return next((at for at, name in enumerate(names) if name.endswith(" SC")), 0)


def _lend_rare_characters(pdf: FPDF, boards: Sequence[Board]) -> None:
    """Characters that the font has not are taken from others; raises MissingCharactersError for what none has."""
    drawn = _characters_of(pdf, _FAMILY)
    lent = []
    for number, name in enumerate(RARE_FONTS):
        if all(_words(board) <= drawn for board in boards):
            break
        if Path(name).is_file():
            lent.append(f"rare{number}")
            pdf.add_font(lent[-1], fname=name)
            drawn |= _characters_of(pdf, lent[-1])
    for board in boards:
        if missing := _words(board) - drawn:
            raise MissingCharactersError(missing, board)
    pdf.set_fallback_fonts(lent, exact_match=False)


def _characters_of(pdf: FPDF, family: str) -> set[str]:
    font = cast("TTFFont", pdf.fonts[family])
    return {chr(code) for code in font.cmap}


def _words(board: Board) -> set[str]:
    """Every character of a board that people have written: names of places and of people."""
    lines = [text for line in board.lines for text in (line.name, line.note)]
    return {mark for text in (board.community, board.place_name, board.group, *lines) for mark in text}


def _text(
    pdf: FPDF, x: float, y: float, width: float, text: str, size: float, align: str = "L", style: str = ""
) -> None:
    """A line of text, made smaller where it would not fit; `size` in points, the rest in millimetres."""
    pdf.set_font(_FAMILY, style, size)
    wide = pdf.get_string_width(text) + 1
    if wide > width:
        size = size * width / wide
        pdf.set_font(_FAMILY, style, size)
    pdf.set_xy(x, y)
    pdf.cell(width, size * 0.42, text, align=align)


def _head(pdf: FPDF, board: Board) -> None:
    pdf.set_fill_color(*_BRAND)
    pdf.rect(0, 0, 210, 62, style="F")
    pdf.set_text_color(255, 255, 255)
    _text(pdf, _LEFT, 13, 110, board.community, 20)
    _text(pdf, _RIGHT - 60, 13, 60, "楼栋公示牌", 20, "R")
    _text(pdf, _LEFT, 31, _WIDTH, board.place_name, 48, style="B")
    pdf.set_text_color(*_INK)
    if board.group:
        _text(pdf, _LEFT, 70, _WIDTH, board.group, 28, style="B")


def _line(pdf: FPDF, line: BoardLine, top: float) -> None:
    pdf.set_draw_color(*_RULE)
    pdf.line(_LEFT, top - 3, _RIGHT, top - 3)
    pdf.set_text_color(*_MUTED)
    _text(pdf, _LEFT, top + 4, 50, line.label, 20)
    pdf.set_text_color(*(_INK if line.name else _MUTED))
    up = 1.5 if line.note else 0  # room for the line below the name
    _text(pdf, _LEFT + 52, top + 2 - up, 62, line.name or "空缺", 30 if line.name else 24, style="B")
    pdf.set_text_color(*_INK)
    if line.contact:
        _text(pdf, _LEFT + 116, top + 3 - up, 58, line.contact, 26, "R", style="B")
    if line.note:
        pdf.set_text_color(*_MUTED)
        _text(pdf, _LEFT + 52, top + 12.5, 122, line.note, 14)


def _foot(pdf: FPDF, board: Board, address: str, today: date) -> None:
    pdf.set_draw_color(*_RULE)
    pdf.line(_LEFT, 229, _RIGHT, 229)
    if board.duty_line:
        pdf.set_text_color(*_MUTED)
        _text(pdf, _LEFT, 237, 120, "24 小时值班电话", 20)
        pdf.set_text_color(*_BRAND)
        _text(pdf, _LEFT, 248, 120, board.duty_line, 40, style="B")
    pdf.set_text_color(*_MUTED)
    _text(pdf, _LEFT, 279, 120, f"{today.year}年{today.month}月{today.day}日印制，扫码查看最新人员", 12)
    _code(pdf, address, _RIGHT - 44, 234, 44)


def _code(pdf: FPDF, address: str, left: float, top: float, side: float) -> None:
    """The QR code, dark square by dark square: sharp at any size."""
    rows = [list(row) for row in segno.make(address, error="m", micro=False).matrix]
    dot = side / len(rows)
    pdf.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows):
        start: int | None = None
        for across, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = across
            elif not dark and start is not None:
                # a run of dark squares in one piece: no hair lines between them
                pdf.rect(left + start * dot, top + down * dot, (across - start) * dot, dot, style="F")
                start = None
