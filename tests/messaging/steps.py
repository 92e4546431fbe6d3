"""Short words for the tests of messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from buildings.models import Place
from cadres.models import Cadre
from cadres.services import cadre_change
from messaging.delivery import messages_send
from messaging.models import Channel
from messaging.services import addresses_set, channel_set, notices_pass_on
from tests.factories import moment, user
from tests.messaging.fake_providers import SETTINGS
from visits.models import Incident
from visits.services import incident_report

# a Thursday at ten, outside the quiet hours
NOW = moment("2026-03-05T10:00")


def switch_on(community: Place, *kinds: str, **settings: str) -> None:
    for kind in kinds:
        channel_set(
            community=community,
            kind=kind,
            is_on=True,
            settings=SETTINGS.get(kind, {}) | settings,
            by=None,
            now=NOW,
        )


def channel(kind: str) -> Channel:
    return Channel.objects.get(kind=kind)


def named(cadre: Cadre, way: str, value: str) -> None:
    addresses_set(community=cadre.community, way=way, values={cadre.pk: value}, by=None, now=NOW)


def account(cadre: Cadre, username: str, **details: Any) -> User:
    made = user(username, name=cadre.name, **details)
    cadre_change(cadre=cadre, user=made)
    cadre.refresh_from_db()
    return made


def report(building: Place, now: datetime = NOW, kind: str = "emergency", **details: Any) -> Incident:
    details.setdefault("summary", "")
    return incident_report(
        building=building, kind=kind, occurred_at=now, now=now, reported_by=None, **details
    )


def send(now: datetime = NOW) -> int:
    """As the task does."""
    notices_pass_on(now=now)
    return messages_send(now=now, read_clock=lambda: now)
