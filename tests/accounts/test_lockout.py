"""Wrong passwords: counted by account and address, the wait grows, and nothing tells whether there is such an account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from axes.helpers import get_client_str
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from accounts.lockout import client_address
from accounts.rules import tries_digest, wait_after, wait_after_anywhere
from accounts.services import account_set_password
from accounts.tasks import tidy_sign_ins
from audit.choices import Action
from audit.models import AuditEvent
from tests.factories import user

pytestmark = pytest.mark.django_db
PASSWORD, WRONG, NEW = "long enough 1", "wrong", "correct horse 5"


def attempt(username: str = "lee", password: str = WRONG, address: str = "10.0.0.7", **headers: str) -> Any:
    return Client(REMOTE_ADDR=address, headers=headers).post(
        reverse("accounts:login"), {"username": username, "password": password}
    )


def trail() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


@pytest.fixture
def lee() -> Any:
    return user("lee", role=Role.OFFICE, phone="13900000001")


def pass_time(**span: int) -> None:
    for row in AccessAttempt.objects.all():
        row.attempt_time -= timedelta(**span)
        row.save()


def test_it_works(lee: Any) -> None:
    for _ in range(4):
        assert attempt().status_code == 200
    locked = attempt()
    assert locked.status_code == 429
    assert "请在 1 分钟后再试" in locked.content.decode()
    assert locked["Retry-After"] == "60"
    assert attempt(password=PASSWORD).status_code == 429  # the right one does not help while it is locked
    assert trail() == [Action.REFUSE] * 4 + [Action.LOCK] * 2
    pass_time(minutes=1, seconds=1)
    assert attempt(password=PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()
    assert trail()[-1] == Action.SIGN_IN


def test_the_wait_grows_up_to_an_hour(lee: Any) -> None:
    for _ in range(5):
        attempt()
    waits = []
    for _ in range(3):
        pass_time(hours=1)
        waits.append(int(attempt()["Retry-After"]) // 60)
    assert waits == [2, 4, 8]
    assert wait_after(4) == timedelta(0)
    assert wait_after(10_000) == timedelta(hours=1)


def test_a_day_later_it_is_forgotten(lee: Any) -> None:
    for _ in range(7):
        attempt()
        pass_time(hours=2)
    pass_time(days=1)
    assert attempt().status_code == 200
    assert AccessAttempt.objects.get().failures_since_start == 1


def test_another_address_is_not_locked_out_and_neither_is_a_colleague(lee: Any) -> None:
    user("wang", role=Role.OFFICE)
    for _ in range(6):
        attempt()
    assert attempt(password=PASSWORD).status_code == 429
    assert attempt(password=PASSWORD, address="10.0.0.8").status_code == 302
    assert attempt("wang", PASSWORD).status_code == 302


def tried_from_everywhere(times: int) -> None:
    """So many wrong passwords, each from another address; the last one, which a request made, just now."""
    AccessAttempt.objects.bulk_create(
        AccessAttempt(username=tries_digest("lee"), ip_address=f"10.1.{number}.1", failures_since_start=1)
        for number in range(times - 1)
    )
    assert attempt(address=f"10.1.{times - 1}.1").status_code == 200


def test_tries_from_everywhere_make_the_account_wait_for_a_short_while(lee: Any) -> None:
    tried_from_everywhere(20)
    locked = attempt(address="10.1.20.1")
    assert locked.status_code == 429
    assert locked["Retry-After"] == "60"
    assert attempt(password=PASSWORD, address="10.9.9.9").status_code == 429
    waits = []
    for number in range(4):
        pass_time(minutes=6)
        waits.append(int(attempt(address=f"10.2.{number}.1")["Retry-After"]) // 60)
    assert waits == [2, 4, 5, 5]
    pass_time(minutes=5, seconds=1)
    assert attempt(password=PASSWORD, address="10.9.9.9").status_code == 302
    assert wait_after_anywhere(20) == timedelta(0)
    assert wait_after_anywhere(10_000) == timedelta(minutes=5)


def test_who_tries_while_it_waits_does_not_make_it_longer(lee: Any) -> None:
    tried_from_everywhere(20)
    for number in range(20, 24):
        assert attempt(address=f"10.1.{number}.1")["Retry-After"] == "60"
    pass_time(minutes=1, seconds=1)
    assert attempt(password=PASSWORD, address="10.9.9.9").status_code == 302


def test_a_browser_that_has_signed_in_before_does_not_wait_for_others(lee: Any) -> None:
    user("wang", role=Role.OFFICE)
    browser, page = Client(REMOTE_ADDR="10.0.0.7"), reverse("accounts:login")
    assert browser.post(page, {"username": "lee", "password": PASSWORD}).status_code == 302
    assert browser.post(page, {"username": "wang", "password": PASSWORD}).status_code == 302
    browser.cookies.pop("sessionid")
    tried_from_everywhere(20)
    assert attempt(address="10.1.20.1").status_code == 429
    assert browser.post(page, {"username": "lee", "password": PASSWORD}).status_code == 302
    assert browser.post(page, {"username": "13900000001", "password": PASSWORD}).status_code == 302
    for _ in range(4):  # its own mistakes count as ever
        assert browser.post(page, {"username": "lee", "password": WRONG}).status_code == 200
    assert browser.post(page, {"username": "lee", "password": WRONG}).status_code == 429


def test_a_browser_known_to_one_account_waits_at_another(lee: Any) -> None:
    user("wang", role=Role.OFFICE)
    browser, page = Client(), reverse("accounts:login")
    browser.post(page, {"username": "wang", "password": PASSWORD})
    tried_from_everywhere(20)
    attempt(address="10.1.20.1")
    assert browser.post(page, {"username": "lee", "password": PASSWORD}).status_code == 429


def test_a_made_up_cookie_is_no_browser_known(lee: Any) -> None:
    tried_from_everywhere(20)
    attempt(address="10.1.20.1")
    browser = Client()
    browser.cookies["device"] = tries_digest("lee")[:16] + ":1abcde:forged"
    answer = browser.post(reverse("accounts:login"), {"username": "lee", "password": PASSWORD})
    assert answer.status_code == 429


def test_the_cookie_names_nobody_and_keeps_five_accounts(lee: Any) -> None:
    browser = Client()
    for number in range(6):
        user(f"colleague{number}", role=Role.OFFICE)
        browser.post(reverse("accounts:login"), {"username": f"colleague{number}", "password": PASSWORD})
    cookie = browser.cookies["device"]
    assert cookie.value.split(":")[0].split(".") == [
        tries_digest(f"colleague{number}")[:16] for number in (5, 4, 3, 2, 1)
    ]
    assert "colleague" not in cookie.value
    assert cookie["httponly"]


def test_a_password_set_anew_ends_it(lee: Any) -> None:
    for _ in range(6):
        attempt()
    chen = user("chen", role=Role.SYSTEM_ADMIN)
    account_set_password(account=lee, password=NEW, now=timezone.now(), by=chen)
    assert attempt(password=NEW).status_code == 302


def test_the_phone_and_the_name_are_one_account(lee: Any) -> None:
    for username in ("lee", "13900000001", "lee", "13900000001"):
        assert attempt(username).status_code == 200
    assert attempt("13900000001").status_code == 429
    assert attempt("lee", PASSWORD).status_code == 429


def test_an_unknown_account_is_answered_alike(lee: Any) -> None:
    """Same sentences, same codes, same number of queries, the same hashing of the password."""
    answers, queries = {}, {}
    for name in ("lee", "nobody", "13900000001", "13900000002"):
        seen = []
        for _ in range(6):
            with CaptureQueriesContext(connection) as captured:
                response = attempt(name, address=f"10.0.1.{len(name)}")
            words = response.content.decode().replace(name, "")
            seen.append((response.status_code, "不对" in words, "分钟后再试" in words, len(captured)))
        answers[name] = seen
        queries[name] = seen
        AccessAttempt.objects.all().delete()
    assert answers["lee"] == answers["nobody"]
    assert [row[:3] for row in answers["13900000001"]] == [row[:3] for row in answers["13900000002"]]


def test_many_tries_from_everywhere_raise_one_alarm(lee: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.lockout.ALARM_AT", 6)
    for number in range(8):
        attempt(address=f"10.0.2.{number}")
    alarm = AuditEvent.objects.get(action=Action.ALARM)
    assert (alarm.object_id, alarm.row_count, alarm.user) == (str(lee.pk), 6, None)


def test_tries_at_one_time_that_jump_past_the_limit_raise_it_too(
    lee: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.lockout.ALARM_AT", 6)
    for number in range(2):
        attempt(address=f"10.0.2.{number}")
    AccessAttempt.objects.update(failures_since_start=3)  # two that were counted beside each other, unseen
    assert not AuditEvent.objects.filter(action=Action.ALARM).exists()
    for number in range(2, 4):
        attempt(address=f"10.0.2.{number}")
    assert AuditEvent.objects.get(action=Action.ALARM).row_count == 7


def test_on_the_next_day_the_alarm_is_raised_again(lee: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.lockout.ALARM_AT", 2)
    attempt(address="10.0.2.1")
    attempt(address="10.0.2.2")
    pass_time(days=1, hours=1)
    attempt(address="10.0.2.3")
    attempt(address="10.0.2.4")
    assert AuditEvent.objects.filter(action=Action.ALARM).count() == 2


def test_many_accounts_tried_from_one_address_raise_one_alarm(
    lee: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.lockout.ALARM_AT", 6)
    for number in range(8):
        attempt(f"name{number}")
    assert AuditEvent.objects.get(action=Action.ALARM).object_id == ""


def test_what_is_over_is_thrown_away(lee: Any) -> None:
    attempt()
    attempt("other")
    client = Client()
    client.post(reverse("accounts:login"), {"username": "lee", "password": PASSWORD})
    old = Client()
    old.post(reverse("accounts:login"), {"username": "lee", "password": PASSWORD}, REMOTE_ADDR="10.0.0.9")
    Session.objects.filter(pk=old.session.session_key).update(expire_date=timezone.now() - timedelta(hours=1))
    AccessAttempt.objects.filter(username=tries_digest("other")).update(
        attempt_time=timezone.now() - timedelta(days=1, hours=1)
    )
    tidy_sign_ins()
    assert list(Session.objects.values_list("pk", flat=True)) == [client.session.session_key]
    assert [row.username for row in AccessAttempt.objects.all()] == [tries_digest("lee")]


def test_nothing_of_what_was_typed_is_kept(lee: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    secret = "13877776666"
    for _ in range(6):
        attempt(secret, secret, user_agent="Browser of Mr Li")
    attempt("lee")
    stored = str(list(AccessAttempt.objects.values())) + str(list(AuditEvent.objects.values()))
    for trace in (secret, "Browser", "lee", "10.0.0.7"):
        assert trace not in caplog.text, trace
        assert trace == "10.0.0.7" or trace not in stored, trace
    known = AuditEvent.objects.order_by("-id").values_list("object_id", flat=True)
    assert list(known) == [str(lee.pk)] + [""] * 6


def test_a_program_gets_json(lee: Any) -> None:
    for _ in range(5):
        answer = attempt(accept="application/json")
    assert answer.status_code == 429
    assert "分钟后再试" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("count", "told", "found"),
    [
        (0, "1.2.3.4", "10.0.0.7"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.9.9.9", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.7"),
        (1, "<script>", "10.0.0.7"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_what_our_own_proxies_say(settings: Any, count: int, told: str, found: str) -> None:
    settings.PROXY_COUNT = count
    request = HttpRequest()
    request.META |= {"REMOTE_ADDR": "10.0.0.7", "HTTP_X_FORWARDED_FOR": told}
    assert client_address(request) == found


def test_the_log_is_told_nothing_of_a_client(rf: Any) -> None:
    assert get_client_str("lee", "10.0.0.7", "Browser", "/login/", rf.get("/")) == "one client"


def test_half_a_form_is_no_try(lee: Any) -> None:
    assert attempt(password="").status_code == 200
    assert attempt(username="").status_code == 200
    assert trail() == []


def test_without_a_request_nothing_is_counted(lee: Any, now: datetime) -> None:
    from accounts.lockout import SignInHandler

    SignInHandler().user_login_failed(None, {"username": "lee"}, None)
    assert not AccessAttempt.objects.exists()
