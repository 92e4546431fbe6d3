"""What Prometheus is told of backups."""

from __future__ import annotations

from datetime import datetime

from backups.selectors import last_backup_at
from baibuting.common.measuring import known, seconds_since
from baibuting.common.portal import Measure


def _backups(now: datetime) -> dict[str, float]:
    last = last_backup_at()
    return known({"backup_age_seconds": seconds_since(last, now) if last else None})


MEASURES = (
    Measure(
        {
            "backup_age_seconds": "Seconds since the newest backup that was restored and counted; none before the first."
        },
        _backups,
    ),
)
