"""Phone numbers in every notation that can be read with certainty."""

from __future__ import annotations

import re

from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import half_width, plain, says_nothing

PHONE_MESSAGE = "电话号码应为 11 位手机号，或带区号的座机，请核对后改正。"

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(
    r"(?:0\d{2,3}-?)?[2-9]\d{6,7}(?:(?:-|转)\d{1,5})?|[48]00-?\d{3}-?\d{4}|[48]00-?\d{4}-?\d{3}"
)
_COUNTRY = re.compile(r"^(?:(?:\+|00)86-?|86-?(?=1[3-9]\d{9}$))")
_AREA_IN_BRACKETS = re.compile(r"[(\[【](0\d{2,3})[)\]】]-?")
_EXTENSION = re.compile(r"\s*(?:转|分机号?|ext\.?)\s*[:：]?\s*(?=\d)", re.IGNORECASE)
_DASHES = str.maketrans(dict.fromkeys("－—–‐‑−", "-"))
# digits with the blanks, hyphens and dots people put between them
_DIGITS = re.compile(r"\+?\d(?:[\d\s.-]*\d)?(?:转\d{1,5})?")
# 女儿2：, 1、: ordinals of people or numbers
_ORDINAL = re.compile(
    r"(?<=[\u4e00-\u9fff])\d(?=[:：])|(?:(?<=^)|(?<=[;；,，\s]))\d[、.)：:](?=\s*[01]\d{2})"
)
_AS_FLOAT = re.compile(r"(\d{11})\.0+")
_SCIENTIFIC = re.compile(r"\d\.?\d*e[+-]?\d+", re.IGNORECASE)


def parse_phone(cell: Cell) -> str:
    """Return a phone as digits, several joined by "；", "" for none. Words around them (儿子, 电话：) are dropped.

    Raises CellError "phone" where a number is incomplete, or there is text without one.
    """
    shown = plain(cell)
    if _MOBILE.fullmatch(shown):  # nearly every cell
        return shown
    if says_nothing(cell):
        return ""
    text = _AS_FLOAT.sub(r"\1", half_width(cell).translate(_DASHES))
    text = _ORDINAL.sub("", text)
    text = _EXTENSION.sub("转", _AREA_IN_BRACKETS.sub(r"\1-", text))
    if "*" in text:
        raise CellError("phone", "号码已经脱敏，看不出是哪个号码，请填写完整的号码。")
    if _SCIENTIFIC.search(text):
        raise CellError("phone", "号码被存成了科学计数的数字，看不全。请把这一格设为文本，重新填写。")
    found = _DIGITS.findall(text)
    if not found:
        raise CellError("phone", "这里没有电话号码，请填写号码；没有就空着。")
    numbers = [number for digits in found for number in _numbers_in(digits)]
    return "；".join(dict.fromkeys(numbers))


def _numbers_in(digits: str) -> list[str]:
    """Return one number, or several with only blanks between them."""
    if whole := _as_phone(digits):
        return [whole]
    for parts in (digits.split(), re.split(r"(?<=\d{11})[\s.-]+(?=1\d{10})", digits), _two_mobiles(digits)):
        several = [_as_phone(part) for part in parts]
        if len(parts) > 1 and all(several):
            return several
    raise CellError("phone", _why_not(digits))


def _two_mobiles(digits: str) -> list[str]:
    """Return the two halves of 199 0000 0001 199 0000 0002; an empty list for another length."""
    bare = re.sub(r"\D", "", digits)
    return [bare[:11], bare[11:]] if len(bare) == 22 else []


def _as_phone(text: str) -> str:
    """Return the number as it is stored, "" for what is none."""
    number = _COUNTRY.sub("", "".join(text.split()).replace(".", "-"))
    digits = number.replace("-", "")
    if _MOBILE.fullmatch(digits):
        return digits
    return number if _LANDLINE.fullmatch(number) else ""


def _why_not(digits: str) -> str:
    bare = re.sub(r"\D", "", digits)
    if bare.startswith("1") and 9 <= len(bare) <= 13 and len(bare) != 11:
        return f"手机号应为 11 位，这里是 {len(bare)} 位，请核对后改正。"
    return PHONE_MESSAGE
