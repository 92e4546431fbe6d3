"""走访单: the codes on a sheet of paper, and the lines in which it is typed in again. No database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from baibuting.common.tabular.text import half_width
from visits.choices import Method

MOST_LINES = 200
# what stands behind a code, in any order; whatever else is a note
TICKS = {"没": False, "n": False, "见": True}
WAYS = {"上": Method.HOME, "电": Method.PHONE, "医": Method.HOSPITAL, "来": Method.OFFICE, "其": Method.OTHER}


def sheet_code(pk: int) -> str:
    """Return the code of a person on a sheet: the row's number and a digit by which a slip of the finger is found."""
    return f"{pk}{_check(pk)}"


def sheet_person(code: str) -> int | None:
    """Return the number of the row that a code names; None where it is no code."""
    if not code.isdecimal() or not 1 < len(code) < 19:
        return None
    pk = int(code[:-1])
    return pk if str(_check(pk)) == code[-1] else None


def _check(pk: int) -> int:
    """Return the check digit (Luhn): one wrong digit and two neighbours changed over are found."""
    total = 0
    for position, digit in enumerate(reversed(str(pk))):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line as typed: `refusal` says what is wrong with it."""

    number: int
    code: str
    person: int | None
    day: date
    method: Method
    seen: bool
    notes: str
    refusal: str = ""


def sheet_lines(text: str, day: date, today: date) -> list[SheetLine]:
    """Return the lines of a text; empty ones are left out. `day` is that of lines which name none."""
    typed = [half_width(line).strip() for line in text.splitlines()]
    return [_line(number, line, day, today) for number, line in enumerate(typed, 1) if line][:MOST_LINES]


def _line(number: int, text: str, day: date, today: date) -> SheetLine:
    code, *words = text.split()
    person = sheet_person(code)
    refusal = "" if person else "编号不对，请照走访单上的编号再输一次。"
    method, seen, notes = Method.HOME, True, []
    for word in words:
        if word in TICKS:
            seen = TICKS[word]
        elif word in WAYS:
            method = WAYS[word]
        elif (found := _day(word, today)) is not None:
            day = found
        else:
            notes.append(word)
    if not refusal and day > today:
        refusal = "走访日期不能晚于今天，请改成实际走访的日期。"
    return SheetLine(number, code, person, day, method, seen, " ".join(notes), refusal)


def _day(word: str, today: date) -> date | None:
    """Return the day in "11-28" or "11.28", the latest that is not to come; None for any other word."""
    month, mark, rest = word.replace(".", "-").partition("-")
    if not (mark and month.isdecimal() and rest.isdecimal()):
        return None
    try:
        found = date(today.year, int(month), int(rest))
    except ValueError:
        return None
    return found if found <= today else found.replace(year=today.year - 1, day=min(found.day, 28))
