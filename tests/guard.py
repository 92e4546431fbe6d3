"""Tests ask for any row of the database as it is; the product has to say which rows of people it means."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from buildings import scope
from buildings.scope import GuardedQuerySet

ROOT = Path(__file__).resolve().parent.parent
TESTS = str(ROOT / "tests")
refuse_unchosen = GuardedQuerySet._refuse_unchosen


def refuse_the_product(rows: GuardedQuerySet[Any]) -> None:
    """Refuse unchosen rows as the product does, unless the code nearest to the query is a test's own."""
    if not rows.is_chosen and not _asked_by_a_test():
        refuse_unchosen(rows)


def _asked_by_a_test() -> bool:
    """Say whether the innermost frame that is no library's lies in the tests."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(str(ROOT)) and ".venv" not in name and name not in (__file__, scope.__file__):
            return name.startswith(TESTS)
        frame = frame.f_back  # type: ignore[assignment]
    return True
