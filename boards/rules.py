"""What hangs on a building's notice board, and how its public address is made."""

from __future__ import annotations

import re
import secrets

# Without what is easily mistaken for something else when it is read off a wall: 0 o, 1 i l.
CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 10  # 49 bits: nobody finds another building's by trying
MOST_BOARDS = 200  # in one file; ten seconds, a third of what a web process is given
_LINE = re.compile(r"^[0-9][0-9 \-]{2,18}[0-9]$")


def new_code() -> str:
    """A public address nobody can guess from another."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def is_line(text: str) -> bool:
    """Whether this may be a telephone number to hang out: 82345678, 027-8234 5678, 13800001111."""
    return bool(_LINE.match(text))
