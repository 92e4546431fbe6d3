"""What the phone and the server agree on: the fingerprint of an entry, and how much of anything is taken."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import Any

LARGEST_ENTRY = 64 * 1024  # bytes of JSON
MOST_PHOTOS = 4  # an entry

# An entry older than this, or far ahead, comes from a phone whose date is wrong.
OLDEST_ENTRY = timedelta(days=60)
TRUSTED_SESSION = timedelta(days=180)
BORROWED_SESSION = timedelta(hours=2)

TEXT = 500  # characters of a note

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256, 64 lower-case hex digits, of {"uid", "kind", "fields"} as canonical JSON.

    Keys sorted, no spaces, UTF-8. Half a character (a lone surrogate) is written as JavaScript writes it: \\ud83d.
    """
    plain = {name: entry[name] for name in ("uid", "kind", "fields")}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    whole = _HALF_CHARACTER.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return hashlib.sha256(whole.encode()).hexdigest()


def whole_characters(text: str) -> str:
    """Text that can be stored: without halves of characters."""
    return _HALF_CHARACTER.sub("\ufffd", text)
