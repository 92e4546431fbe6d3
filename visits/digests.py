"""When two visits of a roster are the same visit: when they say the same in every word."""

from __future__ import annotations

from datetime import datetime

from baibuting.common.crypto import Digest, lookup_digest
from baibuting.common.days import SHANGHAI


def content_digest(
    resident_id: int, visited_at: datetime, method: str, seen: bool, visitor: str, notes: str, request: str
) -> Digest:
    """What an imported visit is recognised by when the same roster comes again."""
    moment = visited_at.astimezone(SHANGHAI).isoformat()
    content = (resident_id, moment, str(method), seen, visitor, str(notes), str(request))
    return lookup_digest(repr(content), purpose="visit.content")
