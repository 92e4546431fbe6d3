"""Problems of a file or a cell, each with a message the clerk can act on."""

from __future__ import annotations

from collections.abc import Sequence


class TabularError(Exception):
    """The file as a whole cannot be read. `message` is a Chinese sentence; it does not quote the content."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class LayoutError(TabularError):
    """The file opened, but its columns are not those needed.

    `recognised` maps the office's column titles to our labels; `unrecognised` are unknown titles; `missing` are labels
    of needed columns that were not found; `suggested` gives the field key that an unknown column's contents suggest.
    """

    def __init__(
        self,
        message: str,
        *,
        recognised: dict[str, str] | None = None,
        unrecognised: Sequence[str] = (),
        missing: Sequence[str] = (),
        suggested: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.recognised = recognised or {}
        self.unrecognised = list(unrecognised)
        self.missing = list(missing)
        self.suggested = suggested or {}


class CellError(Exception):
    """A cell is refused. `reason` is a short code ("phone", "date", …), `message` a Chinese sentence.

    The message quotes the cell only where that is not sensitive.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = message
