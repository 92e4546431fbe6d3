"""When two tellings are of one visit: the same person, the same day, the same visitor.

A telling that fills what the other leaves open (a time of day, notes, a request) is that visit; one that contradicts
it is still no second visit, but left to the clerk to decide. Two visits on one day by the same visitor are two only
where both times are given, an hour or more apart: nobody at home at nine, met at five. Where no visitor is named, two
rows of one file are one visit only if they agree in every word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from baibuting.common.days import SHANGHAI, local_day
from baibuting.common.names import normalise_name
from baibuting.common.tabular.text import plain, says_nothing, without_brackets

APART = timedelta(hours=1)
_AT_THE_END = ".。!;,、"  # signs that end a sentence, full width made half
_NAMES_NOBODY = re.compile(r"详?见.{0,6}(?:名册|名单|表|台账|附件)|同上|同前|略")
HIDDEN = "（已隐藏）"  # what an export writes for text its reader may not see: treated as unknown


class Sameness(StrEnum):
    """What a second telling is to a known visit."""

    SAME = "same"  # says nothing new
    ADDS = "adds"  # fills what is open
    DIFFERS = "differs"  # the same person, day and visitor, with a contradiction
    OTHER = "other"  # another visit


@dataclass(frozen=True, slots=True)
class Telling:
    """What is recorded of a visit, in the form in which it is compared; "" and None for what is left open."""

    at: datetime | None
    method: str
    seen: bool
    visitor: str
    notes: str
    request: str


def telling(
    *, visited_at: datetime, has_time: bool, method: str, seen: bool, visitor: str, notes: str, request: str
) -> Telling:
    """Return a visit as a telling, equal for other spellings: 韩 一 is 韩一, a full stop at the end does not count."""
    local = to_the_minute(visited_at).astimezone(SHANGHAI)
    is_known = has_time and (local.hour, local.minute) != (0, 0)
    return Telling(
        local if is_known else None, str(method), seen, visitor_key(visitor), _words(notes), _words(request)
    )


def visitor_key(written: str) -> str:
    """Return the key by which a visitor is recognised: the name without blanks, remarks in brackets and kinds of dots.

    "" where nobody is named: 见花名册, 同上.
    """
    name = "" if says_nothing(written) else normalise_name(without_brackets(plain(written)))
    return "" if _NAMES_NOBODY.fullmatch(name) else name


def compared(known: Telling, told: Telling) -> Sameness:
    """Return what `told` is to a known visit of the same person and day.

    A telling without a visitor may be any visitor's visit, and is where nothing contradicts; two such tellings that
    contradict are two visits, since nothing says that one visitor made both.
    """
    is_certain = known.visitor == told.visitor != ""
    if known.visitor != told.visitor and known.visitor and told.visitor:
        return Sameness.OTHER
    pairs = [(known.at, told.at), (known.notes, told.notes), (known.request, told.request)]
    is_contradicted = (known.method, known.seen) != (told.method, told.seen) or any(
        a and b and a != b for a, b in pairs
    )
    if is_contradicted:
        return Sameness.DIFFERS if is_certain else Sameness.OTHER
    pairs.append((known.visitor or None, told.visitor or None))
    return Sameness.ADDS if any(b and not a for a, b in pairs) else Sameness.SAME


def are_apart(known: Telling, told: Telling) -> bool:
    """Return whether both give their time, an hour or more apart."""
    return known.at is not None and told.at is not None and abs(known.at - told.at) >= APART


def to_the_minute(moment: datetime) -> datetime:
    """Return a moment without seconds, as workbooks show it."""
    return moment.replace(second=0, microsecond=0)


def day_of(visited_at: datetime) -> tuple[datetime, datetime]:
    """Return the first moment of a visit's local day, and the first of the next."""
    begins = datetime.combine(local_day(visited_at), datetime.min.time(), SHANGHAI)
    return begins, begins + timedelta(days=1)


def _words(text: str) -> str:
    """Return free text as it is compared."""
    said = plain(text)
    if says_nothing(said) or said == HIDDEN:
        return ""
    return "".join(unicodedata.normalize("NFKC", said).split()).rstrip(_AT_THE_END)
