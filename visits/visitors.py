"""What may be stored unencrypted as a visitor's name: a name, and no number or description of a person."""

from __future__ import annotations

import re
from dataclasses import dataclass

from baibuting.common.tabular.text import half_width, says_nothing

LONGEST = 30  # characters; two names with what they are (志愿者 王芳、李敏) are far shorter
# six digits and more, however they are spaced: a telephone, an ID number
NUMBER_IN_DATABASE = "[0-9０-９]([ \u3000-]?[0-9０-９]){5}"
_NUMBER = re.compile(r"(?:\+?86[\s-]?)?\d(?:[\s\-－—]?\d){5,}[Xx]?")
_LABEL = re.compile(
    r"(?:联系|手机|本人)?(?:电话|手机|号码|手机号|身份证号?|证件号|tel|TEL|Tel)(?:号码|号)?\s*[:：]?\s*(?=$|[)）\]】,，、;；\s])"
)
_EMPTY_BRACKETS = re.compile(r"[(（\[【]\s*[)）\]】]")
_SENTENCE = re.compile(r"[。；;！？\n\r\t]")

NAME_ONLY = f"走访人只写姓名，不超过 {LONGEST} 个字；电话、证件号码和其他说明请不要写在这里。"


def is_visitor_name(text: str) -> bool:
    """Return whether this may be stored as a visitor's name."""
    return len(text) <= LONGEST and not _NUMBER.search(half_width(text)) and not _SENTENCE.search(text)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor as written in a roster. `rest` is what is no name and belongs to the sealed notes."""

    name: str = ""
    rest: str = ""
    had_number: bool = False


def visitor_of(text: str) -> Visitor:
    """Parse a cell: a number is dropped (张伟19900000985), a phrase goes to the notes, a name stays as written."""
    had_number = bool(_NUMBER.search(half_width(text)))
    if had_number:
        bare = _NUMBER.sub(" ", half_width(text))
        text = _EMPTY_BRACKETS.sub("", _LABEL.sub("", bare)).strip(" ,，、:：;；/-－—()（）")
    if says_nothing(text):
        return Visitor(had_number=had_number)
    return Visitor(text, "", had_number) if is_visitor_name(text) else Visitor("", text, had_number)
