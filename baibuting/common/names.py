"""People's names: one spelling of the separating dot, and pinyin initials to search by."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from django.db.models import Q

from baibuting.common.invisible import without_invisible

LONGEST = 50  # characters; models and forms refuse more with a message
DOT = "\u00b7"
_DOTS = str.maketrans(dict.fromkeys("•‧．・∙⋅●｡.", DOT))

# Initials of characters read otherwise as a surname; pypinyin gives the everyday reading.
SURNAME_INITIALS = {
    "单": "s", "曾": "z", "仇": "q", "翟": "z", "解": "x", "区": "o", "查": "z", "乐": "y", "种": "c", "覃": "q",
    "折": "s", "秘": "b", "繁": "p", "召": "s", "祭": "z", "阚": "k", "藏": "z", "佴": "n", "粘": "n", "乜": "n",
    "么": "y", "重": "c",
}  # fmt: skip
# Of compound surnames only those that cannot be mistaken: 单于飞 is far more likely a 单 than a 单于.
COMPOUND_INITIALS = {"万俟": "mq", "尉迟": "yc", "澹台": "tt"}


def normalise_name(text: str) -> str:
    """Return a name as it is stored: NFC, no spaces, nothing invisible, one kind of separating dot, none at the ends.

    NFC and not NFKC, which would replace rare characters by others. Any visible character of GB18030 stays. The length
    is not checked here: the same function prepares search terms.
    """
    compact = "".join(unicodedata.normalize("NFC", without_invisible(text)).split())
    return compact.translate(_DOTS).strip(DOT)


@lru_cache(maxsize=50_000)
def pinyin_initials(name: str) -> str:
    """Return lower-case initials to search by: 单雄信 → sxx. Characters without a reading stay; dots are dropped.

    Each character has its commonest reading; the first is read as a surname. At most LONGEST characters.
    """
    rest = name.replace(DOT, "")
    surname = COMPOUND_INITIALS.get(rest[:2]) or SURNAME_INITIALS.get(rest[:1], "")
    return (surname + "".join(_initial(character) for character in rest[len(surname) :])).lower()[:LONGEST]


@lru_cache(maxsize=8192)
def _initial(character: str) -> str:
    # its tables take 57 MB, which a process that never writes a name need not load
    from pypinyin import Style, pinyin

    initial: str = pinyin(character, style=Style.FIRST_LETTER, errors="default")[0][0][:1]
    return initial


def name_condition(text: str, *, prefix: str = "") -> Q:
    """Return the condition for a typed name or pinyin initials; `prefix` leads to the person ("resident__")."""
    condition = Q(**{f"{prefix}name__contains": normalise_name(text)})
    if text.isascii():
        condition |= Q(**{f"{prefix}name_initials__startswith": "".join(text.split()).lower()})
    return condition
