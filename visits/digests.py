"""When two visits of a roster are the same visit: when they say the same in every word."""

from __future__ import annotations

from datetime import datetime

from baibuting.common.crypto import Digest, lookup_digest
from baibuting.common.days import SHANGHAI
from baibuting.common.tabular.text import plain, says_nothing

Words = tuple[int, datetime, str, bool, str, str, str]


def content_digest(
    resident_id: int, visited_at: datetime, method: str, seen: bool, visitor: str, notes: str, request: str
) -> Digest:
    """What an imported visit is recognised by when the same roster comes again."""
    moment = visited_at.astimezone(SHANGHAI).isoformat()
    content = (resident_id, moment, str(method), seen, visitor, str(notes), str(request))
    return lookup_digest(repr(content), purpose="visit.content")


def exported_words(
    resident_id: int, visited_at: datetime, method: str, seen: bool, visitor: str, notes: str, request: str
) -> Words:
    """What a visit says once it has been exported and read again: to the minute, blanks and 无 taken for nothing."""
    said = ("" if says_nothing(text) else plain(text) for text in (visitor, notes, request))
    return (resident_id, to_the_minute(visited_at), str(method), seen, *said)  # type: ignore[return-value]


def to_the_minute(moment: datetime) -> datetime:
    """A workbook shows no seconds."""
    return moment.replace(second=0, microsecond=0)
