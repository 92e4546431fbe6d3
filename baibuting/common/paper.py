"""A4 pages as a PDF with embedded fonts and QR codes; the layout is the app's.

The only way to PDF in the project: docs/adr/0092.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import segno
from django.conf import settings

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
# Fonts with rare characters of names (Debian: fonts-hanazono; Windows' own); used where they are installed.
RARE_FONTS = (
    "/usr/share/fonts/truetype/hanazono/HanaMinA.ttf",
    "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf",
    "C:/Windows/Fonts/simsunb.ttf",
)
_FAMILY = "paper"


class NoFontError(Exception):
    """No font with Chinese characters was found; NO_FONT is the message that says what to do."""


class MissingCharactersError(Exception):
    """No installed font can draw some `characters` of a `page`.

    A page with an empty box in place of a character of a name must not be issued.
    """

    def __init__(self, characters: Iterable[str], page: str) -> None:
        self.characters, self.page = "、".join(sorted(characters)), page
        super().__init__(f"{page}上有服务器字体没有的字：{self.characters}。")


def font_file() -> Path | None:
    """Return the file of the font used for PDFs; None where there is none."""
    named = [settings.BOARD_FONT] if settings.BOARD_FONT else USUAL_FONTS
    return next((Path(name) for name in named if Path(name).is_file()), None)


def paper(title: str, written: Iterable[tuple[str, Iterable[str]]]) -> FPDF:
    """Return a PDF without any page yet, its fonts loaded.

    `written` holds for each page its name and the texts that people have written on it. Raises NoFontError, and
    MissingCharactersError for the first page that cannot be drawn.
    """
    from fpdf import FPDF  # 18 MB that a process which makes no file need not load

    font = font_file()
    if font is None:
        raise NoFontError
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_title(title)
    pdf.set_lang("zh-CN")
    face = _simplified(font)
    bold = font.with_name(font.name.replace("Regular", "Bold"))
    pdf.add_font(_FAMILY, fname=str(font), collection_font_number=face)
    pdf.add_font(_FAMILY, "B", fname=str(bold if bold.is_file() else font), collection_font_number=face)
    _lend_rare_characters(pdf, [(page, set("".join(texts))) for page, texts in written])
    return pdf


def _simplified(font: Path) -> int:
    """Return the index of a collection's face with the mainland's forms of characters; 0 for a single font."""
    if font.suffix.lower() != ".ttc":
        return 0
    from fontTools.ttLib import TTCollection  # as above

    with TTCollection(str(font), lazy=True) as faces:
        names = [str(face["name"].getDebugName(4) or "") for face in faces.fonts]
    return next((at for at, name in enumerate(names) if name.endswith(" SC")), 0)


def _lend_rare_characters(pdf: FPDF, pages: Sequence[tuple[str, set[str]]]) -> None:
    """Take characters that the font lacks from others. Raises MissingCharactersError for those that none has."""
    drawn = _characters_of(pdf, _FAMILY)
    lent = []
    for number, name in enumerate(RARE_FONTS):
        if all(characters <= drawn for _, characters in pages):
            break
        if Path(name).is_file():
            lent.append(f"rare{number}")
            pdf.add_font(lent[-1], fname=name)
            drawn |= _characters_of(pdf, lent[-1])
    for page, characters in pages:
        if missing := characters - drawn:
            raise MissingCharactersError(missing, page)
    pdf.set_fallback_fonts(lent, exact_match=False)


def _characters_of(pdf: FPDF, family: str) -> set[str]:
    font = cast("TTFFont", pdf.fonts[family])
    return {chr(code) for code in font.cmap}


def text(
    pdf: FPDF, x: float, y: float, width: float, words: str, size: float, align: str = "L", style: str = ""
) -> None:
    """Draw a line of text, made smaller where it would not fit; `size` in points, the rest in millimetres."""
    pdf.set_font(_FAMILY, style, size)
    wide = pdf.get_string_width(words) + 1
    if wide > width:
        size = size * width / wide
        pdf.set_font(_FAMILY, style, size)
    pdf.set_xy(x, y)
    pdf.cell(width, size * 0.42, words, align=align)


def code(pdf: FPDF, address: str, left: float, top: float, side: float) -> None:
    """Draw the QR code of an address as vector squares, sharp at any size; positions in millimetres."""
    dots, runs = _code_of(address)
    dot = side / dots
    pdf.set_fill_color(0, 0, 0)
    k, height = pdf.k, pdf.h  # points a millimetre; the page's height, since PDF counts from below
    path = (
        f"{(left + across * dot) * k:.2f} {(height - top - down * dot) * k:.2f} {wide * dot * k:.2f} {-high * dot * k:.2f} re"
        for across, down, wide, high in runs
    )
    pdf._out(
        f"{' '.join(path)} f"
    )  # one path: a hundred and seventy calls of rect() take fifty times as long


@lru_cache(maxsize=8)  # hundreds of slips carry the same one, and working it out takes longer than drawing it
def _code_of(address: str) -> tuple[int, list[tuple[int, int, int, int]]]:
    """Return the squares along a side, and the dark parts as (across, down, width, height) rectangles, in squares.

    Dark squares beside each other are one rectangle, and so are equal runs below each other: no hairlines between them.
    """
    rows = [bytes(row) for row in segno.make(address, error="m", micro=False).matrix]
    found: list[tuple[int, int, int, int]] = []
    open_runs: dict[tuple[int, int], int] = {}  # where a run begins and ends → the row it began in
    for down, row in enumerate([*rows, b""]):
        here = set(_runs(row))
        for (start, end), since in list(open_runs.items()):
            if (start, end) not in here:
                found.append((start, since, end - start, down - since))
                del open_runs[start, end]
        for run in here:
            open_runs.setdefault(run, down)
    return len(rows), found


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the dark runs of a row begin and end."""
    start: int | None = None
    for across, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = across
        elif not dark and start is not None:
            yield start, across
            start = None
