"""Normalised writing: width, case, dashes, blanks, numerals."""

from __future__ import annotations

import re

from baibuting.common.tabular.text import half_width

NUMERALS = "〇零○一二两三四五六七八九十"
_VALUES = dict(zip("〇零○一二两三四五六七八九", "0001223456789", strict=True))
_DASHES = re.compile(r"[－—–_‐‑‒―−]+")
# 2单元 601 302: a blank separates two numbers only where the second can be a room's
_BEFORE_ROOM = re.compile(r"(?<=\d)\s+(?=\d{3,5}(?!\d))")
_BETWEEN_NUMBERS = re.compile(r"(?<=\d)\s+(?=\d)")
_OTHER_BLANKS = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
# as typed with an input method of Hong Kong or Taiwan
_SIMPLIFIED = str.maketrans("單棟號樓層門園區間戶", "单栋号楼层门园区间户")
_CHINESE = re.compile(f"[{NUMERALS}]+")


def written(text: str) -> str:
    """Return a text half width, in capitals, with one kind of dash, in simplified characters and without blanks.

    One blank stays between two numbers, since 20 2 may be 202 or 20-2; before a room's number it becomes a dash.
    """
    plain = _DASHES.sub("-", half_width(text).upper()).translate(_SIMPLIFIED)
    if len(plain.split()) == 1:
        return plain
    plain = _BETWEEN_NUMBERS.sub(" ", _BEFORE_ROOM.sub("-", plain))
    return _OTHER_BLANKS.sub("", plain)


def in_digits(text: str) -> str:
    """Return a text with numerals as digits, without leading zeros: 第十二 → 第12, 三〇一 → 301, 0101 → 101."""
    return _LEADING_ZEROS.sub("", _CHINESE.sub(lambda found: _number(found.group()), text))


def _number(numerals: str) -> str:
    tens, ten, ones = numerals.partition("十")
    if not ten:
        return "".join(_VALUES[one] for one in numerals)
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return numerals
    return str(int(_VALUES.get(tens, "1")) * 10 + int(_VALUES.get(ones, "0")))
