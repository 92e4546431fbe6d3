"""Duties and their clocks, and the runs of the sweep."""

from duties.models.duty import (
    Duty,
    DutyAction,
    DutyClock,
    DutyEvent,
    GoLive,
    NoticeDelivery,
    NoticeSeen,
)
from duties.models.sweep import SweepRun, WriteProbe

__all__ = [
    "Duty",
    "DutyAction",
    "DutyClock",
    "DutyEvent",
    "GoLive",
    "NoticeDelivery",
    "NoticeSeen",
    "SweepRun",
    "WriteProbe",
]
