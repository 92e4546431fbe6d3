"""Words found nowhere else: what every row of one family contains, and how to find them in an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count

from baibuting.common.tabular.values import _ID_WEIGHTS, _LAST_TWO_OF_ID

_numbers = count(1)


@dataclass(frozen=True)
class Words:
    """What only one family of rows contains: a character in every name and text, beginnings of numbers.

    `account` stands in what accounts are called, which those who keep accounts may read.
    """

    mark: str
    account: str
    latin: str
    phone: str
    account_phone: str
    id_number: str

    def name(self) -> str:
        return f"{self.mark}{in_words(next(_numbers))}"

    def text(self, what: str) -> str:
        return f"{self.mark}{what}{in_words(next(_numbers))}"

    def new_phone(self) -> str:
        return f"{self.phone}{next(_numbers):07d}"

    def new_id_number(self) -> str:
        """Valid, of a region nobody has."""
        body = f"{self.id_number}19560{1 + next(_numbers) % 9}{1 + next(_numbers) % 28:02d}{next(_numbers) % 1000:03d}"
        return (
            body + _LAST_TWO_OF_ID[sum(int(body[at]) * weight for at, weight in enumerate(_ID_WEIGHTS)) % 11]
        )

    def pattern(self, *, accounts: bool) -> re.Pattern[bytes]:
        """What must not be found; also masked, in JSON, in an address or as an entity. `accounts`: those as well."""
        marks = [self.mark, self.account] if accounts else [self.mark]
        found = [form for mark in marks for form in _written(mark)]
        numbers = [self.phone, self.account_phone] if accounts else [self.phone]
        found += [rf"\b{number[:3]}(?:\*|{number[3:]}\d{{7}})" for number in numbers]
        found.append(rf"{self.id_number}\d{{8}}")
        if accounts:
            found.append(self.latin)
        return re.compile("|".join(found).encode())


def _written(mark: str) -> list[str]:
    number = ord(mark)
    quoted = "".join(f"%{byte:02X}" for byte in mark.encode())
    return [
        mark,
        rf"\\u{number:04x}",
        rf"\\u{number:04X}",
        f"&#{number};",
        f"(?i:&#x{number:x};)",
        f"(?i:{quoted})",
    ]


def in_words(number: int) -> str:
    return "".join("零一二三四五六七八九"[int(digit)] for digit in f"{number:04d}")


OWN = Words("鹤", "鹪", "homeown", "1611", "1621", "429996")
NEAR = Words("鹓", "鹠", "canarynear", "1981", "1951", "429998")
FAR = Words("鸖", "鹢", "canaryfar", "1772", "1942", "429997")
