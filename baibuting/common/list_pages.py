"""How many rows a page of a list has: chosen in its address, and kept by the links of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from baibuting.common.list_filters import Choice, address

PER = "per"
SIZES = (20, 50, 100)
USUAL_SIZE = 50


def page_size(params: Mapping[str, Any], usual: int = USUAL_SIZE) -> int:
    """Return the number of rows that an address asks for; the usual one for any number not offered."""
    asked = str(params.get(PER, ""))
    return int(asked) if asked in {str(size) for size in SIZES} else usual


def size_choices(params: QueryDict, count: int, usual: int = USUAL_SIZE) -> list[Choice]:
    """Return the sizes to choose from; none for a list that fits on the smallest page."""
    if count <= SIZES[0]:
        return []
    chosen = page_size(params, usual)
    return [
        Choice(str(size), address(params, {PER: "" if size == usual else str(size)}), size == chosen)
        for size in SIZES
    ]
