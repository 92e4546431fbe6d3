"""System checks that kinds of duty and the readers of their facts fit together."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error

from duties.kinds import all_kinds
from duties.models import Duty, DutyClock
from duties.sources import sources_read


def check_kinds(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Return an error for each kind without a reader, each reader without a kind, and each code too long to store."""
    kinds, read = all_kinds(), sources_read()
    longest_code = Duty._meta.get_field("kind").max_length or 0
    longest_source = DutyClock._meta.get_field("source").max_length or 0
    unread = [
        Error(
            f"Nobody reads the facts of the kind of duty {kind.code!r}: no reader for {kind.source!r}.",
            hint="Call duties.sources.register beside duties.kinds.register.",
            id="duties.E001",
        )
        for kind in kinds
        if kind.source not in read
    ]
    unused = [
        Error(
            f"Facts are read of {source!r}, and no kind of duty says what is made of them.",
            hint="Call duties.kinds.register beside duties.sources.register.",
            id="duties.E002",
        )
        for source in sorted(read - {kind.source for kind in kinds})
    ]
    too_long = [
        Error(
            f"The kind of duty {kind.code!r} of {kind.source!r} does not fit its columns.", id="duties.E003"
        )
        for kind in kinds
        if len(kind.code) > longest_code or len(kind.source) > longest_source
    ]
    return [*unread, *unused, *too_long]
