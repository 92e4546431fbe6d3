"""Restore epochs."""

from __future__ import annotations

from datetime import datetime

from phone.models import RestoreEpoch


def epoch_renew(*, now: datetime) -> RestoreEpoch:
    """Begin a new epoch after a restore: phones send again what they sent in the last seven days."""
    return RestoreEpoch.objects.create(began_at=now)
