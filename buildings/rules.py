"""The order of places, and the codes of their public addresses."""

from __future__ import annotations

import re
import secrets

# Without characters that are easily confused when read off a wall: 0 o, 1 i l.
CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 10  # 49 bits: not to be found by guessing
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}


def natural_key(name: str) -> str:
    """Return a key that sorts names as people do: 9栋 before 10栋, 第二片区 before 第十片区."""
    plain = re.sub(r"[一二三四五六七八九十]+", lambda found: str(_chinese_number(found.group())), name)
    return re.sub(r"\d+", lambda found: found.group().zfill(6), plain)[:80]


def sort_path(above: str, name: str, pk: int) -> str:
    """Return a place's key in depth-first order: after its parent's, `above`, and among its siblings by name.

    The separator is lower than any character of a name, so that 1栋 comes before 1栋东.
    """
    return f"{above}{natural_key(name)}\x01{pk:010d}\x01"


def _chinese_number(text: str) -> int:
    """Return the number of Chinese numerals from 1 to 99; longer strings are read digit by digit."""
    tens, found, ones = text.partition("十")
    if not found:
        return int("".join(str(_DIGITS[character]) for character in text))
    return (_DIGITS.get(tens[-1:], 1) if tens else 1) * 10 + _DIGITS.get(ones[:1], 0)


def new_code() -> str:
    """Return a random code that cannot be guessed from another."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
