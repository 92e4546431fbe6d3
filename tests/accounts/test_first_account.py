"""The first account: a page that is there while there is none, opened by a code that the process has printed."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.codes import first_code_issue
from accounts.models import OneTimeCode, User
from accounts.rules import code_draw, code_shown
from audit.models import AuditEvent
from tests.factories import user

pytestmark = pytest.mark.django_db
PAGE = "/first-account/"


def typed(code: str, **more: str) -> dict[str, str]:
    own = {"name": "李敏", "username": "limin", "phone": "139 1234 0001"}
    return {"code": code, **own, "password": "correct horse 5", "again": "correct horse 5", **more}


def test_it_works(settings: Any) -> None:
    settings.TOTP_REQUIRED = False
    code = first_code_issue(now=timezone.now())
    client = Client()
    assert client.get(reverse("accounts:login"))["Location"] == PAGE
    assert client.get("/m/sign-in/")["Location"] == PAGE
    assert "开通码" in client.get(PAGE).content.decode()
    assert client.post(PAGE, typed(code_shown(code)))["Location"] == "/"
    assert client.get("/rosters/places/").status_code == 200  # step 1 is reached by pages alone
    account = User.objects.get()
    assert (account.is_superuser, account.is_active, account.phone) == (True, True, "13912340001")
    assert not account.must_change_password
    assert list(AuditEvent.objects.values_list("action", "object_id")) == [("create", str(account.pk))]


def test_there_is_no_page_as_soon_as_there_is_an_account() -> None:
    code = first_code_issue(now=timezone.now())
    user("lee")
    assert Client().get(PAGE).status_code == 404
    assert Client().post(PAGE, typed(code)).status_code == 404
    assert Client().get(reverse("accounts:login")).status_code == 200
    assert User.objects.count() == 1


def test_without_a_valid_code_there_is_no_form() -> None:
    first_code_issue(now=timezone.now() - timedelta(days=1))
    page = Client().get(PAGE).content.decode()
    assert "first_account_code" in page
    assert "<form" not in page
    assert Client().post(PAGE, typed(code_draw())).status_code == 200
    assert not User.objects.exists()


def test_a_wrong_code_makes_nothing_and_guessing_is_locked_out() -> None:
    code = first_code_issue(now=timezone.now())
    answers = [Client().post(PAGE, typed(code_draw())) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429, 429]
    assert "开通码不对或已过期" in answers[0].content.decode()
    assert Client().post(PAGE, typed(code)).status_code == 429
    assert not User.objects.exists()


def test_a_refused_form_leaves_the_code() -> None:
    code = first_code_issue(now=timezone.now())
    for more in ({"password": "12345678", "again": "12345678"}, {"phone": "12"}, {"username": "李 敏"}):
        answer = Client().post(PAGE, typed(code, **more))
        assert next(iter(more)) in answer.context["form"].errors
    assert not User.objects.exists()
    assert OneTimeCode.objects.count() == 1


def test_the_command_prints_a_new_code() -> None:
    former, out = first_code_issue(now=timezone.now()), StringIO()
    call_command("first_account_code", stdout=out)
    code = out.getvalue().split("开通码：")[1][:11]
    Client().post(PAGE, typed(former))
    assert not User.objects.exists()
    assert Client().post(PAGE, typed(code)).status_code == 302


def test_with_an_account_the_command_prints_none() -> None:
    user("lee")
    out = StringIO()
    call_command("first_account_code", at_start=True, stdout=out)
    with pytest.raises(CommandError, match="已经有在用的账号"):
        call_command("first_account_code", stdout=out)
    assert out.getvalue() == ""
    assert not OneTimeCode.objects.exists()
