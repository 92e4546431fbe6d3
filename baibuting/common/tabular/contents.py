"""Guessing the field of a column with an unknown title by its contents. Proposed, and used only where needed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from baibuting.common.tabular.fields import Content, FieldSet
from baibuting.common.tabular.headers import Header, recognise
from baibuting.common.tabular.naming import looks_like_name
from baibuting.common.tabular.others import mentions_somebody_else
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell, Sheet
from baibuting.common.tabular.text import compact, plain, says_nothing
from baibuting.common.tabular.values import parse_exact_moment

_LOOKED_AT = 200  # filled cells of a column
_TITLES_WITHIN = 10  # rows
_LONGEST_TITLE = 20
_FEW = 3  # with fewer cells all must agree
_SHARE = 0.8
_CHILDHOOD_ENDS = 2012  # days before it are far more likely birthdays than anything an office does
_ID_NUMBER = re.compile(r"['‘’=\"]*\d{17}[\dXx]['‘’\"]*")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)")
_HOUSE = r"(?:栋|幢|号楼|座|[#＃]楼?)"
_BUILDING = re.compile(rf"\D{{0,12}}[\dA-Za-z一二三四五六七八九十甲乙丙丁-]{{1,6}}{_HOUSE}")
_ADDRESS = re.compile(rf".*[\dA-Za-z一二三四五六七八九十甲乙丙丁]{_HOUSE}.*\d.*")
_DAY = re.compile(r"\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?.*|(?:19|20)\d{6}")
# titles of days that are not a start, and of names that are not a person's
_NO_BEGINNING = re.compile(
    r"止|终|停|退|结束|解除|到期|期满|注销|销号|出院|填表|登记|录入|上报|打印|更新|审|批|发放|死|亡|离|迁"
)
_NO_NAMES = frozenset(
    (
        "高中",
        "初中",
        "中专",
        "农民",
        "党员",
        "温饱",
        "平房",
        "严重",
        "康复",
        "安全",
        "文盲",
        "群众",
        "江南",
        "江北",
        "汉族",
        "满族",
        "白族",
    )
)


@dataclass(slots=True)
class Proposals:
    """Field keys suggested by columns' contents, by the office's title; `taken` are those used for needed fields."""

    suggested: dict[str, str] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)


def propose(sheet: Sheet, header: Header, fields: FieldSet) -> Proposals:
    """Return guesses for the unknown columns of a sheet. A needed field's single candidate is added to the header.

    A field that two columns suggest is not proposed; nor is a column about another person.
    """
    proposals = Proposals()
    speaking = _speaking_columns(sheet, header, fields)
    for group in fields.needed:
        if any(key in header.columns for key in group):
            continue
        candidates = [(index, key) for index, key in speaking.items() if key in group]
        if len(candidates) == 1:
            index, key = candidates[0]
            header.columns[key] = index
            header.unknown.remove(header.titles[index])
            proposals.taken[header.titles[index]] = key
            del speaking[index]
    times = Counter(speaking.values())
    proposals.suggested = {
        header.titles[index]: key
        for index, key in speaking.items()
        if times[key] == 1 and key not in header.columns
    }
    return proposals


def header_by_contents(sheet: Sheet, fields: FieldSet, mapping: Mapping[str, str]) -> Header | None:
    """Return the header of unknown titles whose contents identify every needed column; None for none."""
    for top, row in enumerate(sheet.rows[:_TITLES_WITHIN]):
        texts = [plain(cell) for cell in row if cell not in ("", None)]
        if len(texts) < len(fields.needed) or not all(map(_may_be_title, texts)):
            continue
        header = recognise(sheet, top, 1, fields, mapping)
        propose(sheet, header, fields)
        if not header.missing(fields):
            return replace(recognise(sheet, top, 1, fields, mapping), score=1.0)
    return None


def _may_be_title(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_TITLE and not any(character.isdigit() for character in text)


def _speaking_columns(sheet: Sheet, header: Header, fields: FieldSet) -> dict[int, str]:
    """Return the field that each unknown column suggests, of those without a column."""
    open_fields: dict[Content, str] = {}
    for item in fields.fields:
        if item.content and item.key not in header.columns:
            open_fields.setdefault(item.content, item.key)
    titles = Counter(header.titles)
    found: dict[int, str] = {}
    for index in header.unclaimed if open_fields else ():
        title = header.titles[index]
        if titles[title] == 1 and not mentions_somebody_else(title):
            content = content_of(_cells(sheet, header, index), title)
            if content in open_fields:
                found[index] = open_fields[content]
    return found


def _cells(sheet: Sheet, header: Header, index: int) -> list[Cell]:
    cells: list[Cell] = []
    for row in sheet.rows[header.top + header.depth :]:
        if index < len(row) and row[index] not in ("", None) and not says_nothing(row[index]):
            cells.append(row[index])
            if len(cells) == _LOOKED_AT:
                break
    return cells


def content_of(cells: Sequence[Cell], title: str = "") -> Content | None:
    """Return what a column's filled cells look like: four in five, or all of fewer than three; None for neither."""
    for content, looks in _LOOKS.items():
        like = sum(map(looks, cells))
        if like and (like == len(cells) or (len(cells) >= _FEW and like >= _SHARE * len(cells))):
            return _unless_title_speaks_against(content, cells, title)
    return None


def _unless_title_speaks_against(content: Content, cells: Sequence[Cell], title: str) -> Content | None:
    if content is Content.NAME and len(cells) >= _FEW and len(set(map(plain, cells))) < _SHARE * len(cells):
        return None  # 高中, 初中, 高中: repeated words are not names
    if content is Content.DAY and _NO_BEGINNING.search(title):
        return None
    return content


def _year(cell: Cell) -> int | None:
    """Return the year of a cell with a day as people write it; None for others, numbers included."""
    if not isinstance(cell, date | datetime) and not (
        isinstance(cell, str) and _DAY.fullmatch(compact(cell))
    ):
        return None
    try:
        return parse_exact_moment(cell).day.year
    except CellError:
        return None


def _is_day(cell: Cell) -> bool:
    return _year(cell) is not None


def _is_birthday(cell: Cell) -> bool:
    year = _year(cell)
    return year is not None and year < _CHILDHOOD_ENDS


_LOOKS: Mapping[Content, Callable[[Cell], bool]] = {
    Content.ID_NUMBER: lambda cell: bool(_ID_NUMBER.fullmatch(compact(cell))),
    Content.PHONE: lambda cell: bool(_MOBILE.search(plain(cell))),
    Content.BIRTHDAY: _is_birthday,
    Content.DAY: _is_day,
    Content.GENDER: lambda cell: compact(cell) in ("男", "女"),
    Content.BUILDING: lambda cell: bool(_BUILDING.fullmatch(compact(cell))),
    Content.ADDRESS: lambda cell: bool(_ADDRESS.fullmatch(compact(cell))),
    Content.NAME: lambda cell: (
        isinstance(cell, str) and looks_like_name(cell) and compact(cell) not in _NO_NAMES
    ),
}
