"""How long a sign-in lasts: idle and absolute at the desk, half a year on a trusted phone, and what ends any of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from accounts.services import account_disable, account_enable, account_set_password
from accounts.sessions import SEEN_AT, SIGNED_IN_AT, TRUSTED, wants_json
from tests.factories import user

pytestmark = pytest.mark.django_db
PASSWORD = "long enough 1"


@pytest.fixture
def lee() -> User:
    return user("lee", role=Role.OFFICE)


@pytest.fixture
def client(lee: User) -> Client:
    client = Client()
    assert (
        client.post(reverse("accounts:login"), {"username": "lee", "password": PASSWORD}).status_code == 302
    )
    return client


def pass_time(client: Client, *marks: str, **span: float) -> None:
    session = client.session
    for mark in marks or (SIGNED_IN_AT, SEEN_AT):
        session[mark] -= timedelta(**span).total_seconds()
    session.save()


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def why(client: Client) -> str:
    return str(client.get(reverse("accounts:login")).context["why_ended"])


def test_it_works(client: Client) -> None:
    for _ in range(5):  # a day at work, a click an hour and a half
        assert is_in(client)
        pass_time(client, hours=1.5)
    assert is_in(client)
    pass_time(client, hours=2, seconds=5)
    assert not is_in(client)
    assert "没有操作" in why(client)
    assert why(client) == ""  # said once


def test_half_a_day_is_the_most(client: Client) -> None:
    pass_time(client, SIGNED_IN_AT, hours=11.9)
    assert is_in(client)
    pass_time(client, SIGNED_IN_AT, hours=0.2)
    assert not is_in(client)
    assert "最长时间" in why(client)


def test_a_trusted_phone_goes_on_for_half_a_year(client: Client) -> None:
    session = client.session
    session[TRUSTED] = True
    session.save()
    pass_time(client, days=179)
    assert is_in(client)
    pass_time(client, days=2)
    assert not is_in(client)


def test_a_click_is_noted_once_a_minute(client: Client) -> None:
    first = client.session[SEEN_AT]
    is_in(client)
    assert client.session[SEEN_AT] == first
    pass_time(client, SEEN_AT, minutes=2)
    is_in(client)
    assert client.session[SEEN_AT] >= first


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(client: Client) -> None:
    pass_time(client, SEEN_AT, minutes=2)
    seen = client.session[SEEN_AT]
    client.get("/channels/unseen/", headers={"X-By-Itself": "1"})
    assert client.session[SEEN_AT] == seen
    client.get("/channels/unseen/")
    assert client.session[SEEN_AT] > seen


def test_a_session_from_before_this_rule_begins_now(client: Client) -> None:
    session = client.session
    del session[SIGNED_IN_AT], session[SEEN_AT]
    session.save()
    assert is_in(client)
    assert client.session[SIGNED_IN_AT]


@pytest.mark.parametrize("trusted", [False, True])
def test_it_ends_with_the_account_and_does_not_come_back(client: Client, lee: User, trusted: bool) -> None:
    session = client.session
    session[TRUSTED] = trusted
    session.save()
    user("another")  # without any account the sign-in page leads to making the first
    account_disable(account=lee, reason="离岗了", now=timezone.now(), by=None)
    assert not is_in(client)
    assert "登录已失效" in why(client)
    account_enable(account=lee, reason="回来了", now=timezone.now(), by=None)
    assert not is_in(client)


def test_it_ends_with_the_password(client: Client, lee: User) -> None:
    account_set_password(account=lee, password="correct horse 5", now=timezone.now(), by=None)
    assert not is_in(client)


def test_signing_in_again_begins_anew(client: Client) -> None:
    session = client.session
    session[TRUSTED] = True
    session.save()
    pass_time(client, hours=11)
    client.post(reverse("accounts:login"), {"username": "lee", "password": PASSWORD})
    assert TRUSTED not in client.session
    pass_time(client, hours=1.9)
    assert is_in(client)


def test_strangers_have_no_session() -> None:
    user("another")
    client = Client()
    assert client.get("/login/").status_code == 200
    assert not client.cookies.get("sessionid")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"accept": "text/html,application/json"}, False),
        ({"accept": "application/json"}, True),
        ({"accept": "*/*", "content_type": "application/json"}, True),
        ({"accept": "*/*"}, False),
    ],
)
def test_who_wants_json(rf: Any, headers: dict[str, str], expected: bool) -> None:
    assert wants_json(rf.get("/", headers=headers)) == expected
