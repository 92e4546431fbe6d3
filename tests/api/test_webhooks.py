"""Webhooks: told in the transaction of what happened, signed, retried, at least once, replayable."""

from __future__ import annotations

import base64
import hmac
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from api.choices import DeliveryState, Topic
from api.delivery import deliveries_send
from api.models import Delivery, OutboxEvent, Webhook
from api.services import (
    client_shut,
    delivery_replay,
    events_fan_out,
    secret_renew,
    webhook_open,
    webhook_switch,
)
from api.services.outbox import delivery_claim
from api.signing import secret_make, signed_headers
from buildings.models import Place
from tests.api.callers import caller
from tests.api.receivers import Receiver, Taken
from tests.duties.steps import sweep_at
from tests.factories import care_record, community, moment
from visits.services import incident_close, incident_report

pytestmark = pytest.mark.django_db
NOW = moment("2026-03-11T09:00")
START = moment("2026-03-01T09:00")


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.API_PRIVATE_ADDRESSES = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


def webhook(place: Place, receiver: Receiver, *topics: str) -> Webhook:
    client = caller(place, now=START).client
    return webhook_open(client=client, url=receiver.url, topics=topics or Topic.values, now=START, by=None)


def deliver(now: datetime = NOW) -> int:
    events_fan_out(now=now)
    return deliveries_send(now=now, read_clock=lambda: now)


def report(building: Place, at: datetime = NOW) -> Any:
    return incident_report(
        building=building, kind="emergency", occurred_at=at, summary="水管爆裂", now=at, reported_by=None
    )


def test_it_works(receiver: Receiver) -> None:
    home = community()
    hook = webhook(home.place, receiver)
    record = care_record(home.building, now=START, started_on=date(2026, 3, 1))
    incident = report(home.building)
    incident_close(incident=incident, result="已处理", now=NOW)
    sweep_at(NOW)
    sent = deliver()
    told = [(taken.told["type"], taken.told["data"]) for taken in receiver.requests]
    kinds = [kind for kind, _ in told]
    assert sent == len(told) == Delivery.objects.filter(state=DeliveryState.SENT).count()
    assert kinds.count("duty.overdue") == 1
    assert kinds.count("incident.opened") == kinds.count("incident.closed") == 1
    rungs = [data["duty"]["rung"] for kind, data in told if kind == "duty.escalated"]
    assert rungs == [1, 2, 3]
    (overdue,) = [data for kind, data in told if kind == "duty.overdue"]
    assert overdue["duty"]["care_record"] == record.pk
    assert overdue["building"] == home.building.pk
    assert hook.deliveries.count() == len(told)
    assert deliver() == 0  # nothing twice


def is_signed(taken: Taken, secret: str) -> bool:
    """As the specification tells receivers to check it."""
    signed = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.".encode() + taken.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return hmac.compare_digest(taken.headers["webhook-signature"], wanted)


def test_a_message_is_signed_with_the_webhooks_secret(receiver: Receiver) -> None:
    home = community()
    hook = webhook(home.place, receiver)
    report(home.building)
    deliver()
    (taken,) = receiver.requests
    assert taken.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert is_signed(taken, hook.secret)
    assert not is_signed(taken, secret_make())
    taken.body += b" "
    assert not is_signed(taken, hook.secret)


def test_the_signature_is_the_specifications() -> None:
    """The example of the specification's own documentation."""
    headers = signed_headers(
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, tz=moment("2026-03-11T09:00").tzinfo),
        body=b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_no_name_and_nothing_written_goes_out(receiver: Receiver) -> None:
    home = community()
    webhook(home.place, receiver)
    care_record(home.building, now=START, started_on=date(2026, 3, 1), code="released")
    report(home.building)
    sweep_at(NOW)
    deliver()
    text = b"".join(taken.body for taken in receiver.requests).decode()
    for secret in ("居民", "骨干", "水管", "released", "刑释"):
        assert secret not in text
    assert "focus" in text


def test_a_client_is_told_only_of_its_places_and_topics(receiver: Receiver) -> None:
    home, stranger = community(), community("邻居社区")
    webhook(home.quarters[0], receiver, Topic.INCIDENT_OPENED)
    report(stranger.building)
    report(home.buildings[-1])
    incident = report(home.building)
    incident_close(incident=incident, result="已处理", now=NOW)
    deliver()
    assert [taken.told["data"]["incident"]["id"] for taken in receiver.requests] == [incident.pk]


def test_what_is_undone_is_not_told(receiver: Receiver) -> None:
    home = community()
    webhook(home.place, receiver)
    with transaction.atomic():
        report(home.building)
        assert OutboxEvent.objects.exists()  # written in the very transaction
        transaction.set_rollback(True)
    assert not OutboxEvent.objects.exists()
    assert deliver() == 0
    assert receiver.requests == []


def test_nothing_is_kept_for_nobody() -> None:
    home = community()
    report(home.building)
    assert not OutboxEvent.objects.exists()


def test_a_message_that_is_not_taken_is_tried_again_later_and_later(receiver: Receiver) -> None:
    home = community()
    webhook(home.place, receiver)
    report(home.building)
    receiver.answers = [500, 0, 302, 200]
    waits = []
    now = NOW
    for failure in ("对方返回 500", "连接中断", "对方返回 302"):
        assert deliver(now) == 0
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.last_failure) == (DeliveryState.OWED, failure)
        waits.append(delivery.next_attempt_at - now)
        assert deliver(delivery.next_attempt_at - timedelta(seconds=1)) == 0  # not before its time
        now = delivery.next_attempt_at
    assert waits == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    assert deliver(now) == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.sent_at) == (DeliveryState.SENT, 4, now)
    assert {taken.headers["webhook-id"] for taken in receiver.requests} == {str(delivery.uid)}
    assert [taken.path for taken in receiver.requests] == ["/"] * 4  # redirections are not followed


def test_after_twenty_attempts_it_is_given_up_and_can_be_replayed(receiver: Receiver) -> None:
    home = community()
    webhook(home.place, receiver)
    report(home.building)
    receiver.answers = [503] * 20
    now = NOW
    while (delivery := Delivery.objects.first()) is None or delivery.state == DeliveryState.OWED:
        deliver(now)
        now = Delivery.objects.get().next_attempt_at or now
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.GIVEN_UP, 20)
    assert timedelta(days=3) < now - NOW < timedelta(days=5)
    assert deliver(now + timedelta(days=1)) == 0
    delivery_replay(delivery=delivery, now=now, by=None)
    assert deliver(now) == 1
    assert len({taken.headers["webhook-id"] for taken in receiver.requests}) == 1
    assert len({taken.body for taken in receiver.requests}) == 1


def test_a_worker_that_dies_while_sending_has_it_sent_again(receiver: Receiver) -> None:
    home = community()
    webhook(home.place, receiver)
    report(home.building)
    events_fan_out(now=NOW)
    assert delivery_claim(now=NOW) is not None  # and now the worker is gone
    assert deliveries_send(now=NOW, read_clock=lambda: NOW) == 0
    later = NOW + timedelta(minutes=5)
    assert deliveries_send(now=later, read_clock=lambda: later) == 1


def test_one_receiver_that_fails_does_not_hold_up_another(receiver: Receiver) -> None:
    home = community()
    with Receiver(answers=[500] * 9) as broken:
        webhook(home.place, broken)
        webhook(home.place, receiver)
        for _ in range(3):
            report(home.building)
        assert deliver() == 3
        assert len(broken.requests) == 1  # its others wait for the next run
        assert len(receiver.requests) == 3


def test_nothing_is_sent_to_who_was_shut_meanwhile(receiver: Receiver) -> None:
    home = community()
    hook, other = webhook(home.place, receiver), webhook(home.place, receiver)
    report(home.building)
    events_fan_out(now=NOW)
    webhook_switch(webhook=hook, is_active=False, reason="不再使用", now=NOW, by=None)
    client_shut(client=other.client, reason="不再使用", now=NOW, by=None)
    assert deliver() == 0
    assert receiver.requests == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.GIVEN_UP}


def test_another_secret_signs_from_then_on(receiver: Receiver) -> None:
    home = community()
    hook = webhook(home.place, receiver)
    old, new = hook.secret, secret_renew(receiver=hook, now=NOW, by=None)
    report(home.building)
    deliver()
    assert is_signed(receiver.requests[0], new)
    assert not is_signed(receiver.requests[0], old)


@pytest.mark.parametrize(
    "url",
    [
        "http://platform.example.cn/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://10.1.2.3/x",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://100.64.0.1/",
        "https://printer.local/",
        "https://user:password@platform.example.cn/",
        "ftp://platform.example.cn/",
        "https:///nothing",
        "https://[broken/",
        "javascript:alert(1)",
    ],
)
def test_messages_go_only_to_public_https_addresses(settings: Any, url: str) -> None:
    settings.API_PRIVATE_ADDRESSES = False
    home = community(staffed=False)
    client = caller(home.place, now=START).client
    with pytest.raises(ValidationError) as refused:
        webhook_open(client=client, url=url, topics=Topic.values, now=NOW, by=None)
    assert "url" in refused.value.message_dict
    assert not Webhook.objects.exists()


def test_a_name_that_leads_into_a_private_network_is_found_out_when_sending(
    settings: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_PRIVATE_ADDRESSES = False
    monkeypatch.setattr(
        "socket.getaddrinfo",
        lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", 443)), (2, 1, 6, "", ("8.8.8.8", 443))],
    )
    home = community()
    client = caller(home.place, now=START).client
    webhook_open(client=client, url="https://platform.example.cn/", topics=Topic.values, now=START, by=None)
    report(home.building)
    assert deliver() == 0
    assert Delivery.objects.get().last_failure == "网址指向内部网络"
    assert receiver.requests == []


def test_a_receiver_that_answers_letter_by_letter_is_cut_off(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baibuting.common.outgoing.LONGEST", 0.3)
    stop = threading.Event()
    home = community()
    webhook(home.place, receiver)
    report(home.building)
    handler = receiver._server.RequestHandlerClass

    def slowly(self: Any) -> None:
        self.connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.05):
            try:
                self.connection.sendall(b"x")
            except OSError:
                return

    monkeypatch.setattr(handler, "do_POST", slowly)
    try:
        assert deliver() == 0
    finally:
        stop.set()
    assert Delivery.objects.get().last_failure == "对方没有及时回应"
