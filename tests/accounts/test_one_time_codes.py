"""One-time codes: they open an account once, lead to a password of one's own, and are found nowhere in the clear."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.backends import OneTimeCodeBackend
from accounts.choices import Role
from accounts.codes import code_use, codes_issue, first_code_issue, first_code_spend
from accounts.models import OneTimeCode, User
from accounts.rules import CODE_LENGTH, CODE_LETTERS, code_draw, code_read, code_shown
from accounts.services import account_set_password, accounts_open
from audit.models import AuditEvent
from tests.accounts.test_sign_in import sign_in
from tests.factories import user
from tests.privacy.test_nothing_in_the_clear import dump

NOW = timezone.now()
PHONE, OWN = "13912340001", "correct horse 5"


def opened(now: datetime = NOW, **details: str) -> tuple[User, str]:
    account = user(details.pop("username", "gugan1"), phone=details.pop("phone", PHONE), **details)
    return account, codes_issue(accounts=[account], now=now)[account.pk]


def ends(client: Client, password: str, username: str = PHONE) -> str:
    return sign_in(client, username, password)


@pytest.mark.django_db
def test_it_works() -> None:
    account, code = opened()
    client = Client()
    assert ends(client, code_shown(code).lower().replace("-", " ")) == "/"
    led = client.get("/")["Location"]
    assert led == "/password/?next=%2F"
    page = client.get(led).content.decode()
    assert "开通码已经用掉" in page
    assert "原密码" not in page
    assert client.post(led, {"password": OWN, "again": OWN})["Location"] == "/"
    account.refresh_from_db()
    assert not account.must_change_password
    assert not OneTimeCode.objects.exists()
    assert ends(Client(), OWN) == "/"
    assert "不对" in ends(Client(), code)


@pytest.mark.django_db
def test_a_code_is_used_once() -> None:
    account, code = opened()
    assert ends(Client(), code) == "/"
    assert "已经用过或过期" in ends(Client(), code)
    assert code_use(username=account.username, typed=code, now=NOW) is None


@pytest.mark.django_db
def test_a_disabled_account_s_code_is_not_used() -> None:
    account, code = opened()
    User.objects.filter(pk=account.pk).update(is_active=False)
    assert code_use(username=account.username, typed=code, now=NOW) is None
    assert "不对" in ends(Client(), code)
    assert OneTimeCode.objects.get().used_at is None


@pytest.mark.django_db
def test_a_slip_outlives_a_change_of_keys(settings: Any) -> None:
    """It was printed while the former key wrote, and is typed in while both can be read."""
    account, code = opened()
    settings.LOOKUP_KEYS, settings.LOOKUP_KEY_ID = settings.LOOKUP_KEYS | {2: bytes(32)}, 2
    assert code_use(username=account.username, typed=code, now=NOW) == account


@pytest.mark.django_db
def test_without_a_request_no_code_is_used() -> None:
    """A program that checks a password is not somebody who signs in: the code on the slip stays good."""
    account, code = opened()
    assert OneTimeCodeBackend().authenticate(None, account.username, code) is None
    assert OneTimeCode.objects.get().used_at is None
    assert code not in str(OneTimeCode.objects.get())


@pytest.mark.django_db
def test_a_code_expires() -> None:
    account, code = opened(NOW - timedelta(days=15))
    assert "已经用过或过期" in ends(Client(), code)
    assert OneTimeCode.objects.get().used_at is None
    until = OneTimeCode.objects.get().expires_at
    assert code_use(username=account.username, typed=code, now=until) is None
    assert code_use(username=account.username, typed=code, now=until - timedelta(seconds=1)) == account


@pytest.mark.django_db
def test_a_code_is_no_password() -> None:
    _, code = opened()
    client = Client()
    ends(client, code)
    for typed in (code, code_shown(code).lower()):
        answer = client.post("/password/", {"password": typed, "again": typed}).content.decode()
        assert "开通码只能用一次，不能当密码" in answer
    assert User.objects.get(username="gugan1").must_change_password


@pytest.mark.django_db
def test_a_new_code_ends_the_former_one_the_password_and_the_sessions() -> None:
    account, first = opened()
    client = Client()
    ends(client, first)
    client.post("/password/", {"password": OWN, "again": OWN})
    account.refresh_from_db()
    second = codes_issue(accounts=[account], now=NOW)[account.pk]
    assert client.get("/m/")["Location"].startswith("/m/sign-in/")
    assert "不对" in ends(Client(), OWN)
    assert "不对" in ends(Client(), first)
    assert ends(Client(), second) == "/"


@pytest.mark.django_db
def test_a_password_set_by_an_administrator_ends_the_code() -> None:
    account, code = opened()
    account_set_password(account=account, password=OWN, now=NOW, by=user("chen", role=Role.SYSTEM_ADMIN))
    assert "不对" in ends(Client(), code)


@pytest.mark.django_db
def test_a_code_opens_its_own_account_alone() -> None:
    """Nor does a row that somebody has moved to another account in the database."""
    account, code = opened()
    other = user("gugan2", phone="13912340002")
    assert "不对" in ends(Client(), code, "13912340002")
    OneTimeCode.objects.filter(user=account).update(user=other)
    assert "不对" in ends(Client(), code, "13912340002")


@pytest.mark.django_db
def test_a_disabled_account_stays_shut() -> None:
    account, code = opened()
    User.objects.filter(pk=account.pk).update(is_active=False)
    assert "不对" in ends(Client(), code)
    assert OneTimeCode.objects.get().used_at is None


@pytest.mark.django_db
def test_who_holds_no_post_keeps_the_code() -> None:
    """The phone's page refuses, and says why; nothing is wrong with the code."""
    _, code = opened()
    answer = Client().post("/m/sign-in/", {"username": PHONE, "password": code}).content.decode()
    assert "没有担任职务" in answer
    assert OneTimeCode.objects.get().used_at is None


@pytest.mark.django_db
def test_an_account_taken_meanwhile_is_refused_and_nothing_is_written() -> None:
    chen = user("chen", role=Role.SYSTEM_ADMIN)
    user("gugan1", phone=PHONE)
    for fresh in (User(username="gugan1", role=Role.CADRE), User(username="gugan2", phone=PHONE)):
        other = User(username="gugan3", role=Role.CADRE)
        with pytest.raises(ValidationError, match="刚由别人开通"):
            accounts_open(fresh=[other, fresh], known=[], now=NOW, by=chen)
    assert User.objects.count() == 2
    assert not OneTimeCode.objects.exists()


@pytest.mark.django_db
def test_guessing_is_locked_out() -> None:
    _, code = opened()
    page, sent = reverse("accounts:login"), {"username": PHONE, "password": code_draw()}
    answers = [Client().post(page, sent).status_code for _ in range(6)]
    assert answers == [200] * 4 + [429, 429]
    assert Client().post(page, {**sent, "password": code}).status_code == 429
    assert OneTimeCode.objects.get().used_at is None


@pytest.mark.django_db
def test_a_new_code_ends_a_lock_out() -> None:
    account, _ = opened()
    page, sent = reverse("accounts:login"), {"username": PHONE, "password": "wrong"}
    assert [Client().post(page, sent).status_code for _ in range(5)][-1] == 429
    assert ends(Client(), codes_issue(accounts=[account], now=NOW)[account.pk]) == "/"


@pytest.mark.django_db
def test_it_is_found_nowhere_in_the_clear() -> None:
    account, code = opened()
    first = first_code_issue(now=NOW)
    client = Client()
    ends(client, code)
    written = dump()
    for secret in (code, code_shown(code), first, code_shown(first)):
        assert secret.encode() not in written
    assert AuditEvent.objects.get(action="sign_in").object_id == str(account.pk)
    kept = bytes(OneTimeCode.objects.get(user=account).digest)
    assert len(kept) == 32


@pytest.mark.django_db
def test_the_code_for_the_first_account_replaces_the_former_and_is_spent_once() -> None:
    old, code = first_code_issue(now=NOW), first_code_issue(now=NOW)
    assert not first_code_spend(typed=old, now=NOW)
    assert not first_code_spend(typed=code, now=NOW + timedelta(days=1))
    assert first_code_spend(typed=code, now=NOW)
    assert not first_code_spend(typed=code, now=NOW)


def test_codes_are_long_enough_and_hold_nothing_that_is_mistaken() -> None:
    assert CODE_LENGTH * math.log2(len(set(CODE_LETTERS))) > 40
    assert not set("0O1IL2Z5S8BV") & set(CODE_LETTERS)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("K7M-4PX-9TD", "K7M4PX9TD"),
        ("k7m 4px 9td", "K7M4PX9TD"),
        ("Ｋ７Ｍ－４ＰＸ－９ＴＤ", "K7M4PX9TD"),
        ("K7M—4PX—9TD ", "K7M4PX9TD"),
        ("K7M-4PX-9T", ""),
        ("K7M-4PX-9TO", ""),  # no O among the letters
        ("", ""),
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str, read: str) -> None:
    assert code_read(typed) == read


@given(st.text(alphabet=CODE_LETTERS, min_size=CODE_LENGTH, max_size=CODE_LENGTH))
def test_what_is_shown_is_read_again(code: str) -> None:
    assert code_read(code_shown(code)) == code
