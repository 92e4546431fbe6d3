"""Tokens: shown once, hashed, scoped, expiring, counted, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from api.choices import Grant
from api.models import ApiToken
from api.services import client_change, client_shut, token_issue, token_revoke
from audit.models import AuditEvent
from tests.api.callers import caller
from tests.factories import clerk, community
from tests.pages import signed_in
from tests.visits.people import stop_the_clock

pytestmark = pytest.mark.django_db


def test_it_works(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, now)
    home = community(staffed=False)
    asks = caller(home.place, now=now)
    answer = asks.get("places/")
    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 15
    assert ApiToken.objects.get().last_used_at == now


def test_the_token_itself_is_stored_nowhere(now: datetime) -> None:
    home = community(staffed=False)
    asks = caller(home.place, now=now)
    row = ApiToken.objects.values().get()
    assert asks.token.encode() not in str(row).encode()
    assert asks.token.removeprefix("bbt_") not in str(row)
    assert asks.token.startswith(row["shown"])
    assert len(row["shown"]) < 15


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer nonsense", "Basic abc", "Bearer bbt_\xff", "Token x y"]
)
def test_without_a_token_nothing_is_told(now: datetime, header: str) -> None:
    home = community(staffed=False)
    for path in ("places/", f"places/{home.place.pk}/", "changes/", "stats/", "places/999999/"):
        answer = Client().get(f"/api/v1/{path}", headers={"Authorization": header} if header else {})
        assert answer.status_code == 401, path
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] in ("not_authenticated", "token_invalid")


def test_a_signed_in_person_is_nobody_here(now: datetime) -> None:
    home = community(staffed=False)
    assert signed_in(clerk(home.place)).get("/api/v1/places/").status_code == 401


def test_an_expired_or_revoked_token_and_a_shut_client_are_refused(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = community(staffed=False)
    asks = caller(home.place, now=now, expires_at=now + timedelta(days=1))
    stop_the_clock(monkeypatch, now + timedelta(days=1) - timedelta(seconds=1))
    assert asks.get("places/").status_code == 200
    stop_the_clock(monkeypatch, now + timedelta(days=1))
    assert asks.get("places/").status_code == 401
    stop_the_clock(monkeypatch, now)
    token_revoke(token=ApiToken.objects.get(), reason="不再使用", now=now, by=None)
    assert asks.get("places/").status_code == 401
    other = caller(home.place, now=now)
    client_shut(client=other.client, reason="不再使用", now=now, by=None)
    assert other.get("places/").status_code == 401


def test_too_many_requests_in_a_minute_wait(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, now)
    home = community(staffed=False)
    asks = caller(home.place, now=now, rate=3)
    assert [asks.get("places/").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = asks.get("places/")
    assert refused["Retry-After"] == "61"
    assert refused.json()["code"] == "throttled"
    stop_the_clock(monkeypatch, now + timedelta(seconds=60))
    assert asks.get("places/").status_code == 200


def test_a_token_reads_only_what_it_and_its_client_are_granted(now: datetime) -> None:
    home = community(staffed=False)
    asks = caller(home.place, now=now, grants=[Grant.PLACES, Grant.DUTIES])
    assert asks.get("duties/").status_code == 200
    refused = asks.get("visits/")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_granted")
    client_change(client=asks.client, places=[home.place], grants=[Grant.PLACES], now=now, by=None)
    assert asks.get("duties/").status_code == 403


def test_a_token_cannot_have_more_than_its_client_nor_last_longer_than_a_year(now: datetime) -> None:
    home = community(staffed=False)
    asks = caller(home.place, now=now, grants=[Grant.PLACES])
    before = ApiToken.objects.count()
    for wrong in (
        {"grants": [Grant.DUTIES], "expires_at": now + timedelta(days=1)},
        {"grants": [], "expires_at": now + timedelta(days=1)},
        {"grants": [Grant.PLACES], "expires_at": now},
        {"grants": [Grant.PLACES], "expires_at": now + timedelta(days=400)},
    ):
        with pytest.raises(ValidationError):
            token_issue(client=asks.client, label="x", now=now, by=None, **wrong)
    assert ApiToken.objects.count() == before


def test_every_step_stands_in_the_trail_without_the_token(now: datetime) -> None:
    home = community(staffed=False)
    asks = caller(home.place, now=now)
    events = AuditEvent.objects.filter(object_type__startswith="api.").order_by("pk")
    assert [event.object_type for event in events] == ["api.apiclient", "api.apitoken"]
    assert {event.community_id for event in events} == {home.place.pk}
    assert asks.token not in str(list(events.values()))
