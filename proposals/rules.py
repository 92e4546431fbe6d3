"""What was said in a proposal, as one sealed text. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Self

LONGEST_NAME = 50


@dataclass(frozen=True, slots=True)
class Said:
    """The values of a proposal; "" and None for what its kind does not ask for.

    `visited_at` is the moment of a visit that is written once the person is registered.
    """

    on: date | None = None
    name: str = ""
    entrance: str = ""
    room: str = ""
    category: int | None = None
    phone: str = ""
    relation: str = ""
    words: str = ""
    visited_at: datetime | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the values in a stored text; nothing where it was emptied."""
        found: dict[str, Any] = json.loads(text) if text else {}
        if found.get("on"):
            found["on"] = date.fromisoformat(found["on"])
        if found.get("visited_at"):
            found["visited_at"] = datetime.fromisoformat(found["visited_at"])
        return cls(**found)

    @property
    def written(self) -> str:
        """Return the text that is sealed."""
        plain = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
            if value not in ("", None)
        }
        return json.dumps(plain, ensure_ascii=False)

    def corrected(self, changes: dict[str, Any]) -> Said:
        """Return them as the office has put them right; what it left empty stays as it was said."""
        return replace(self, **{name: value for name, value in changes.items() if value not in ("", None)})
