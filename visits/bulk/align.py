"""Reconciling many clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from duties.models import DutyClock
from duties.services import clocks_reconcile

BATCH = 500  # clocks reconciled at once


def align(clocks: Sequence[DutyClock], now: datetime) -> None:
    """Reconcile locked clocks, a batch at a time."""
    for start in range(0, len(clocks), BATCH):
        clocks_reconcile(clocks=clocks[start : start + BATCH], now=now)
