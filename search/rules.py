"""What a typed search may mean: a number of a person, a name in pinyin, or words. No database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from baibuting.common.tabular.phones import parse_phone
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.text import half_width
from baibuting.common.tabular.values import parse_id_number

LONGEST = 100  # characters of a search
FEWEST_DIGITS = 7  # of a number of a person; shorter ones are flats and buildings
MOST_READINGS = 12  # of a text in pinyin

_NUMBER = re.compile(r"[\d\s+()-]{6,}[\dXx]")
_PINYIN = re.compile(r"[a-z]{3,30}")
# every syllable of Mandarin without its tone, by initial
_FINALS = {
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan ue uo v ve",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan ue un uo v ve",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
    "": "a ai an ang ao e ei en er o ou",
}
_SYLLABLES = frozenset(f"{initial}{final}" for initial, finals in _FINALS.items() for final in finals.split())
_LONGEST_SYLLABLE = max(map(len, _SYLLABLES))


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it is understood: a phone, an ID number, or the text with its readings as syllables of pinyin."""

    text: str
    phone: str = ""
    id_number: str = ""
    syllables: tuple[tuple[str, ...], ...] = ()

    @property
    def is_number(self) -> bool:
        """Return whether it is a number of a person, which is looked up exactly and recorded."""
        return bool(self.phone or self.id_number)


def asked(typed: str) -> Asked:
    """Return what a typed search means."""
    text = " ".join(half_width(typed).split())[:LONGEST]
    if _NUMBER.fullmatch(text) and sum(map(str.isdigit, text)) >= FEWEST_DIGITS:
        if number := _number_of(parse_id_number, text):
            return Asked(text, id_number=number)
        if number := _number_of(parse_phone, text):
            return Asked(text, phone=number)
    compact = "".join(text.split()).lower().replace("'", "")
    return Asked(text, syllables=_readings(compact) if _PINYIN.fullmatch(compact) else ())


def _number_of(parse: object, text: str) -> str:
    try:
        return str(parse(text))  # type: ignore[operator]
    except CellError:
        return ""


def _readings(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways to cut a text into two syllables and more: xian is xi an, and no name of one syllable."""
    found: list[tuple[str, ...]] = []

    def cut(rest: str, before: tuple[str, ...]) -> None:
        if len(found) >= MOST_READINGS:
            return
        if not rest:
            if len(before) > 1:
                found.append(before)
            return
        for end in range(min(_LONGEST_SYLLABLE, len(rest)), 0, -1):
            if rest[:end] in _SYLLABLES:
                cut(rest[end:], (*before, rest[:end]))

    cut(text, ())
    return tuple(found)


def sounds_as(name: str, syllables: tuple[str, ...]) -> bool:
    """Return whether a name begins with these syllables, each character in any of its readings."""
    return len(name) >= len(syllables) and all(
        syllable in _sounds(character) for character, syllable in zip(name, syllables, strict=False)
    )


@lru_cache(maxsize=8192)
def _sounds(character: str) -> frozenset[str]:
    from pypinyin import Style, pinyin  # its tables take 57 MB, which only a search in pinyin needs

    readings = pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=False, errors="ignore")
    return frozenset(readings[0]) if readings else frozenset()
