"""A birthday in a roster: a day, a month or a year, checked against the ID number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, plain, says_nothing
from baibuting.common.tabular.values import birthday_of, parse_date

_YEAR = re.compile(r"((?:19|20)\d{2})年?(?:生|出生)?")
_MONTH = re.compile(r"((?:19|20)\d{2})(?:[-./]|年)(\d{1,2})月?(?:生|出生)?|((?:19|20)\d{2})(0[1-9]|1[0-2])")
DIFFERS = "出生日期与身份证号不符，请核对哪一处是对的。"


@dataclass(frozen=True, slots=True)
class Birthday:
    """The day a person was born, None where it is not known. `is_said`: a column of its own says so."""

    day: date | None = None
    is_said: bool = False


def take_birthday(given: RowInput, id_number: str, today: date) -> Birthday:
    """Return the birthday by the column or, without one, by the ID number.

    A day that contradicts the ID number or is in the future is refused; a year or a month alone is no birthday, and a
    cell that cannot be read costs that cell.
    """
    by_number = birthday_of(id_number) if id_number else None
    nothing: tuple[int, ...] = ()
    said = given.take_or_warn("born_on", parse_birthday, nothing)
    day = date(*said) if len(said) == 3 else None
    if (day and day > today) or (by_number and by_number > today):
        given.refuse("born_on" if day else "id_number", "date", "出生日期晚于今天，请核对。")
    elif by_number and said and (by_number.year, by_number.month, by_number.day)[: len(said)] != said:
        given.refuse("born_on", "birthday differs", DIFFERS)
    elif said and day is None and by_number is None:
        given.warn(
            "born_on", "no day", "出生日期没有写到哪一天，没有采用，其余已采用；请写成 1958-03-05 的样子。"
        )
    return Birthday(day, True) if day else Birthday(by_number)


def parse_birthday(cell: Cell) -> tuple[int, ...]:
    """Return (year, month, day), (year, month) or (year,) as far as given, () for none. Raises CellError "date"."""
    if says_nothing(cell):
        return ()
    if isinstance(cell, date):
        return _parts(parse_date(cell))
    text = compact(plain(cell))
    if year := _YEAR.fullmatch(text):
        return (int(year[1]),)
    if month := _MONTH.fullmatch(text):
        number = int(month[2] or month[4])
        if not 1 <= number <= 12:
            raise CellError("date", "看不懂这个出生日期，请写成 1958-03-05 的样子。")
        if not isinstance(cell, float):  # 1958.1 as a number may be October
            return int(month[1] or month[3]), number
        return (int(month[1] or month[3]),)
    return _parts(parse_date(cell))


def _parts(day: date) -> tuple[int, ...]:
    return day.year, day.month, day.day
