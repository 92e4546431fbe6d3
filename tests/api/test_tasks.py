"""What runs by itself, and what is run by hand after a restore."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from api.choices import DeliveryState, Topic
from api.models import Delivery, FeedEntry
from api.services import webhook_open
from api.tasks import deliver, keep_feed
from baibuting.celery import app
from tests.api.callers import caller
from tests.api.followers import Follower, rows_now
from tests.api.receivers import Receiver
from tests.api.test_webhooks import NOW, report
from tests.factories import community
from tests.visits.people import stop_the_clock

pytestmark = pytest.mark.django_db


def test_it_works(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The task turns what happened into a message and sends it."""
    stop_the_clock(monkeypatch, NOW)
    settings.API_PRIVATE_ADDRESSES = True  # type: ignore[attr-defined]
    home = community()
    with Receiver() as receiver:
        client = caller(home.place, now=NOW).client
        webhook_open(client=client, url=receiver.url, topics=Topic.values, now=NOW, by=None)
        report(home.building)
        deliver()
        assert len(receiver.requests) == 1
    assert Delivery.objects.get().state == DeliveryState.SENT


def test_changes_are_numbered_before_anybody_asks() -> None:
    community(staffed=False)
    assert FeedEntry.objects.filter(position=None).exists()
    keep_feed()
    assert not FeedEntry.objects.filter(position=None).exists()


def test_both_run_on_the_schedule() -> None:
    assert {deliver.name, keep_feed.name} <= set(app.conf.beat_schedule)


def test_after_a_restore_every_client_reads_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, NOW)
    home = community(staffed=False)
    follower = Follower(caller(home.place, now=NOW))
    follower.follow()
    said = StringIO()
    call_command("restart_feed", stdout=said)
    assert "从头" in said.getvalue()
    follower.follow()
    assert follower.began_anew == 1
    assert follower.rows == rows_now(follower.asks)
