"""People's names: one spelling of the separating dot, and pinyin initials to search by."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from pypinyin import Style, pinyin

LONGEST = 50
DOT = "\u00b7"
_DOTS = str.maketrans(dict.fromkeys("•‧．・∙⋅●｡.", DOT))

# Readings a character has as a surname only; pypinyin gives the everyday one.
SURNAME_INITIALS = {
    "单": "s", "曾": "z", "仇": "q", "翟": "z", "解": "x", "区": "o", "查": "z", "盖": "g", "朴": "p", "乐": "y",
    "种": "c", "覃": "q", "缪": "m", "员": "y", "折": "s", "秘": "b", "冼": "x", "卜": "b", "车": "c", "那": "n",
}  # fmt: skip


def normalise_name(text: str) -> str:
    """A name as it is stored: NFC, no spaces, one kind of separating dot.

    NFC and not NFKC, which would replace rare characters by others.
    """
    compact = "".join(unicodedata.normalize("NFC", text).split())
    return compact.translate(_DOTS).strip(DOT)


@lru_cache(maxsize=50_000)
def pinyin_initials(name: str) -> str:
    """Lower-case initials to search by: 单雄信 → sxx. Characters without a reading stay as they are; dots vanish."""
    letters = []
    for position, character in enumerate(name.replace(DOT, "")):
        known = SURNAME_INITIALS.get(character) if position == 0 else None
        reading = pinyin(character, style=Style.FIRST_LETTER, errors="default")[0][0]
        letters.append(known or reading[:1])
    return "".join(letters).lower()[:LONGEST]
