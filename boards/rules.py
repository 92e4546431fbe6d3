"""Limits of the notice boards."""

from __future__ import annotations

import re

MOST_BOARDS = 200  # in one file; ten seconds, a third of a web process's limit
_LINE = re.compile(r"^[0-9][0-9 \-]{2,18}[0-9]$")


def is_line(text: str) -> bool:
    """Return whether a text may be a telephone number to publish: 82345678, 027-8234 5678, 13800001111."""
    return bool(_LINE.match(text))
