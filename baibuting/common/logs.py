"""Log lines: what happened and where in the program, never to whom."""

from __future__ import annotations

import copy
import logging
import traceback
from types import TracebackType
from typing import TypeAlias

from baibuting.common.masking import hide_numbers

_Caught: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class QuietFormatter(logging.Formatter):
    """Logs errors by type and place alone: their messages may quote a row, as the database's always do.

    Long numbers are hidden wherever they come from, typed addresses included.
    """

    def format(self, record: logging.LogRecord) -> str:
        own = copy.copy(record)
        own.exc_text = None  # another handler may have written the error out in full
        if isinstance(own.args, dict) and "exc" in own.args:  # Celery's lines on a task that failed
            caught = record.exc_info[0] if record.exc_info else None
            own.args = {**own.args, "exc": caught.__name__ if caught else "", "traceback": ""}
        return hide_numbers(super().format(own))

    def formatException(self, ei: _Caught) -> str:  # noqa: N802 - the name that logging calls
        parts: list[str] = []
        error: BaseException | None = ei[1]
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
            parts.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nraised by\n".join(parts)
