"""What may hang on a building's notice board."""

from __future__ import annotations

import re

MOST_BOARDS = 200  # in one file; ten seconds, a third of what a web process is given
_LINE = re.compile(r"^[0-9][0-9 \-]{2,18}[0-9]$")


def is_line(text: str) -> bool:
    """Return whether this may be a telephone number to hang out: 82345678, 027-8234 5678, 13800001111."""
    return bool(_LINE.match(text))
