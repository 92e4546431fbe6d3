"""Two-step sign-in: enrolling, codes, back-up codes, taking it off, and who is asked for it."""

from __future__ import annotations

import base64
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.choices import Role
from accounts.models import SecondFactor, User
from accounts.second_step import (
    backup_codes_renew,
    codes_left,
    second_factor_begin,
    second_factor_check,
    second_factor_confirm,
    second_factor_reset,
)
from audit.choices import Action
from audit.models import AuditEvent
from tests.factories import user
from tests.pages import errors_of, object_url, signed_in

pytestmark = pytest.mark.django_db
PASSWORD = "long enough 1"


def code_of(account: User, at: datetime | None = None) -> str:
    totp = TOTP(base64.b32decode(SecondFactor.objects.get(user=account).secret))
    totp.time = at.timestamp() if at else time.time()
    return f"{totp.token():06d}"


def sign_in(account: User) -> Client:
    client = Client()
    sent = {"username": account.username, "password": PASSWORD}
    assert client.post(reverse("login"), sent).status_code == 302
    return client


def enrolled(username: str = "lee", role: Role = Role.OFFICE) -> tuple[User, list[str]]:
    """Somebody whose second step is in force, and his back-up codes."""
    account, then = user(username, role=role), timezone.now() - timedelta(minutes=10)
    second_factor_begin(account=account)
    return account, second_factor_confirm(account=account, code=code_of(account, then), now=then)


def trail() -> list[list[str]]:
    rows = AuditEvent.objects.filter(action=Action.SECOND_STEP).order_by("id")
    return list(rows.values_list("fields", flat=True))


def test_it_works(settings: Any) -> None:
    settings.TOTP_REQUIRED = True
    lee = user("lee", role=Role.OFFICE)
    client = sign_in(lee)
    led = client.get("/admin/")["Location"]
    assert led == "/second-step/enrol/?next=%2Fadmin%2F"
    page = client.get(led)
    factor = SecondFactor.objects.get()
    assert "".join(page.context["letters"]) == factor.secret
    picture = client.get(reverse("second-step-qr"))
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"style=" not in picture.content
    assert "no-store" in picture["Cache-Control"]
    done = client.post(led, {"code": code_of(lee)})
    assert len(done.context["codes"]) == 10
    assert client.get("/admin/").status_code == 200
    assert client.get(reverse("second-step-qr")).status_code == 404  # never shown again

    again = sign_in(lee)
    assert again.get("/admin/")["Location"].startswith("/second-step/?next=")
    assert "不对" in again.post("/second-step/", {"code": "000000"}).content.decode()
    assert again.post("/second-step/", {"code": ""}).status_code == 200
    code = done.context["codes"][0]
    assert again.post("/second-step/?next=/admin/", {"code": code})["Location"] == "/admin/"
    assert again.get("/admin/").status_code == 200
    assert again.get("/second-step/")["Location"] == "/"
    assert trail() == [["enrolled"], ["wrong_code"]]


@pytest.mark.parametrize("role", Role)
def test_who_is_asked_for_it(settings: Any, role: Role) -> None:
    settings.TOTP_REQUIRED = True
    client = sign_in(user("somebody", role=role))
    asked = client.get("/password/").status_code == 302
    assert asked == (role not in (Role.CADRE, Role.DISTRICT))
    settings.TOTP_REQUIRED = False
    assert client.get("/password/").status_code == 200


def test_whoever_has_enrolled_is_asked_even_where_nobody_must() -> None:
    lee, _ = enrolled()
    client = sign_in(lee)
    for address in ("/", "/admin/", "/password/", "/second-step/enrol/", "/second-step/qr.svg"):
        assert client.get(address)["Location"].startswith("/second-step/"), address
    assert client.post("/", headers={"accept": "application/json"}).status_code == 401
    assert client.post("/logout/")["Location"] == "/login/"


def test_a_code_is_taken_once_and_with_a_clock_a_little_off() -> None:
    lee, _ = enrolled()
    now = timezone.now()
    second_factor_check(account=lee, code=code_of(lee, now - timedelta(seconds=30)), now=now)
    late = now + timedelta(minutes=2)
    code = code_of(lee, late)
    second_factor_check(account=lee, code=f"{code[:3]} {code[3:]}", now=late)
    for wrong in (code, code_of(lee, late - timedelta(minutes=2)), code_of(lee, late + timedelta(minutes=5))):
        with pytest.raises(ValidationError):
            second_factor_check(account=lee, code=wrong, now=late)


def test_a_backup_code_is_taken_once_however_it_is_typed() -> None:
    lee, codes = enrolled()
    assert (len(codes), len(set(codes)), codes_left(lee)) == (10, 10, 10)
    second_factor_check(account=lee, code=f"{codes[3][:5]}-{codes[3][5:]} ".upper(), now=timezone.now())
    assert codes_left(lee) == 9
    with pytest.raises(ValidationError):
        second_factor_check(account=lee, code=codes[3], now=timezone.now())
    assert codes_left(lee) == 9


def test_new_backup_codes_replace_the_old(settings: Any) -> None:
    lee, codes = enrolled()
    client = sign_in(lee)
    client.post("/second-step/", {"code": codes[0]})
    page = client.get("/second-step/enrol/")
    assert page.context["left"] == 9
    assert client.post("/second-step/enrol/").status_code == 200  # nothing asked for, nothing done
    assert codes_left(lee) == 9
    shown = client.post("/second-step/enrol/", {"renew": "1"}).context["codes"]
    assert len(shown) == codes_left(lee) == 10
    with pytest.raises(ValidationError):
        second_factor_check(account=lee, code=codes[1], now=timezone.now())
    assert len(backup_codes_renew(account=lee, now=timezone.now())) == 10


def test_wrong_codes_make_one_wait() -> None:
    lee, codes = enrolled()
    now = timezone.now()
    for _ in range(5):
        with pytest.raises(ValidationError, match="验证码不对"):
            second_factor_check(account=lee, code="1", now=now)
    with pytest.raises(ValidationError, match="1 分钟后再试"):
        second_factor_check(account=lee, code=codes[0], now=now)
    assert codes_left(lee) == 10
    later = now + timedelta(minutes=1)
    with pytest.raises(ValidationError, match="验证码不对"):
        second_factor_check(account=lee, code="１２３４５６", now=later)
    with pytest.raises(ValidationError, match="2 分钟后再试"):
        second_factor_check(account=lee, code=codes[0], now=later)
    second_factor_check(account=lee, code=codes[0], now=later + timedelta(minutes=2))
    assert SecondFactor.objects.get().failures == 0
    assert trail().count(["wrong_code"]) == 6


def test_a_wrong_first_code_enrols_nobody() -> None:
    lee = user("lee", role=Role.OFFICE)
    client = sign_in(lee)
    client.get("/second-step/enrol/")
    secret = SecondFactor.objects.get().secret
    assert "核对手机时间" in client.post("/second-step/enrol/", {"code": "123"}).content.decode()
    lee.refresh_from_db()
    assert lee.second_factor_since is None
    assert SecondFactor.objects.get().secret == secret
    with pytest.raises(ValidationError):
        second_factor_confirm(account=user("wang"), code="123456", now=timezone.now())
    assert trail() == []


def test_it_is_not_begun_twice() -> None:
    lee, _ = enrolled()
    with pytest.raises(ValidationError, match="已经启用"):
        second_factor_begin(account=lee)


def test_the_secret_is_sealed() -> None:
    enrolled()
    secret = SecondFactor.objects.get().secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, backup_codes FROM accounts_secondfactor")
        for column in cursor.fetchone():
            assert bytes(column)[0] in (1, 2)
            assert secret.encode() not in bytes(column)


def test_the_security_administrator_takes_it_off_and_nobody_else() -> None:
    lee, _ = enrolled()
    guard = user("guard", role=Role.SECURITY_ADMIN)
    theirs = sign_in(lee)
    page = object_url(lee, "second-factor")
    for role in (Role.SYSTEM_ADMIN, Role.AUDITOR, Role.OFFICE):
        assert signed_in(user(role, role=role)).post(page, {"reason": "手机丢了"}).status_code in (403, 404)
    lee.refresh_from_db()
    assert lee.second_factor_since is not None
    shown = signed_in(guard).get(object_url(lee)).content.decode()
    assert f"{timezone.localtime(lee.second_factor_since):%Y-%m-%d} 启用" in shown
    assert str(SecondFactor.objects.get()) == f"两步验证 {lee.pk}"
    assert errors_of(signed_in(guard).post(page, {"reason": "手机丢了"})) == {}
    lee.refresh_from_db()
    assert (lee.second_factor_since, SecondFactor.objects.count()) == (None, 0)
    event = AuditEvent.objects.filter(action=Action.SECOND_STEP).latest("id")
    assert (event.user, event.fields, event.reason) == (guard, ["reset"], "手机丢了")
    assert theirs.get("/password/").status_code == 200


def test_what_taking_it_off_is_refused_for() -> None:
    lee, _ = enrolled(role=Role.SECURITY_ADMIN)
    with pytest.raises(ValidationError, match="自己"):
        second_factor_reset(account=lee, reason="手机丢了", now=timezone.now(), by=lee)
    with pytest.raises(ValidationError, match="没有启用"):
        second_factor_reset(account=user("wang"), reason="手机丢了", now=timezone.now(), by=lee)
    assert SecondFactor.objects.count() == 1


def test_a_session_verified_with_the_old_factor_is_asked_again(settings: Any) -> None:
    lee, codes = enrolled()
    client = sign_in(lee)
    client.post("/second-step/", {"code": codes[0]})
    second_factor_reset(account=lee, reason="手机丢了", now=timezone.now(), by=None)
    assert client.get("/password/").status_code == 200
    now = timezone.now() - timedelta(minutes=1)
    second_factor_begin(account=lee)
    second_factor_confirm(account=lee, code=code_of(lee, now), now=now)
    assert client.get("/password/")["Location"].startswith("/second-step/")
