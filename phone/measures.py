"""What Prometheus is told of entries from phones, and of the digests."""

from __future__ import annotations

from datetime import datetime

from baibuting.common.measuring import owed_measure
from baibuting.common.portal import Measure
from phone.choices import WAITING
from phone.models import Digest, Submission


def _entries(now: datetime) -> dict[str, float]:
    return {"entries_waiting": Submission.objects.filter(state__in=WAITING).count()}


def _digests(now: datetime) -> dict[str, float]:
    return owed_measure(Digest.objects.all(), "made_at", now, "digest_mails")


MEASURES = (
    Measure({"entries_waiting": "Entries from phones that wait for the office's decision."}, _entries),
    Measure(
        {
            "digest_mails_owed": "Digests that wait to be mailed.",
            "digest_mails_oldest_seconds": "Seconds since the oldest of them was made.",
        },
        _digests,
    ),
)
