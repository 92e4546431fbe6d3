"""A system check that the times for which this installation keeps rows are long enough."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from audit.tidying import retentions


def check_keep_days(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Return an error for each time in KEEP_DAYS that is of nothing, no number of days, or too short."""
    known = {one.code: one for one in retentions()}
    found: list[CheckMessage] = []
    for code, days in settings.KEEP_DAYS.items():
        if code not in known:
            message = f"KEEP_DAYS names {code!r}, and nothing is called so: {', '.join(sorted(known))}."
        elif not str(days).isdecimal():
            message = f"KEEP_DAYS: {code}={days} is no number of days."
        elif int(days) < known[code].least:
            message = f"KEEP_DAYS: {code} must be kept for {known[code].least} days or more."
        else:
            continue
        found.append(Error(message, id="audit.E001"))
    return found
