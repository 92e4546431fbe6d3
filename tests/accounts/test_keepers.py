"""三员: each does what the two others cannot; nobody gets into an account alone; a superuser only until set-up is done."""

from __future__ import annotations

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from accounts.rules import SEPARATED_ADMIN_ROLES, access_table, may_view, may_write
from accounts.services import (
    account_change,
    account_create,
    account_disable,
    account_enable,
    account_set_password,
)
from audit.choices import Action
from audit.models import AuditEvent
from buildings.choices import Level
from buildings.models import PlaceGrant
from buildings.services import place_create
from tests.factories import user
from tests.pages import add_url, errors_of, object_url, signed_in, superuser

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse 5"


@pytest.fixture
def chen() -> User:
    return user("chen", role=Role.SYSTEM_ADMIN, name="陈系统")


@pytest.fixture
def an() -> User:
    return user("an", role=Role.SECURITY_ADMIN, name="安安全")


@pytest.fixture
def shen() -> User:
    return user("shen", role=Role.AUDITOR, name="沈审计")


def new(role: Role) -> dict[str, Any]:
    return {"username": "new", "name": "新来的", "role": role, "phone": "", "password": PASSWORD}


def can_sign_in(username: str, password: str = PASSWORD) -> bool:
    sent = {"username": username, "password": password}
    return Client().post(reverse("accounts:login"), sent).status_code == 302


def test_it_works(chen: User, an: User) -> None:
    """The one opens the account, the other lets it in."""
    client = signed_in(chen)
    page = client.post(add_url(User), new(Role.AUDITOR), follow=True).content.decode()
    assert "由安全管理员复核" in page
    made = User.objects.get(username="new")
    assert not made.is_active
    assert not can_sign_in("new")
    assert client.post(object_url(made, "enable"), {"reason": "自己来"}).status_code == 404
    assert not User.objects.get(pk=made.pk).is_active
    assert errors_of(signed_in(an).post(object_url(made, "enable"), {"reason": "已核实身份"})) == {}
    assert can_sign_in("new")


def test_ordinary_accounts_take_one(chen: User, an: User) -> None:
    assert errors_of(signed_in(chen).post(add_url(User), new(Role.OFFICE))) == {}
    made = User.objects.get(username="new")
    assert made.is_active
    account_disable(account=made, reason="离岗了", now=timezone.now(), by=chen)
    assert signed_in(an).post(object_url(made, "enable"), {"reason": "x"}).status_code == 404
    assert errors_of(signed_in(chen).post(object_url(made, "enable"), {"reason": "回来了"})) == {}


def test_powers_do_not_overlap() -> None:
    """No two of the three may write the same, and only one of them each of what matters."""
    people = {key: User(role=key) for key in SEPARATED_ADMIN_ROLES}
    for model in apps.get_models():
        label = model._meta.label_lower
        writers = [role for role, person in people.items() if may_write(person, label)]
        assert len(writers) <= 1, label
    assert may_write(people[Role.SYSTEM_ADMIN], "accounts.user")
    assert may_write(people[Role.SECURITY_ADMIN], "buildings.placegrant")
    assert not access_table()[Role.AUDITOR].write
    assert [role for role, one in people.items() if may_view(one, "audit.auditevent")] == [Role.AUDITOR]
    assert not may_view(people[Role.SYSTEM_ADMIN], "buildings.placegrant")


@pytest.mark.parametrize("role", sorted(SEPARATED_ADMIN_ROLES))
def test_none_sees_people(role: Role) -> None:
    client = signed_in(user("keeper", role=role))
    for model in ("residents/resident", "residents/carerecord", "visits/visit", "cadres/cadre"):
        assert client.get(f"/admin/{model}/").status_code == 403
    assert client.get("/rosters/").status_code in (302, 403, 404)


def test_another_password_for_a_keeper_shuts_the_account_until_it_is_countersigned(
    chen: User, an: User, shen: User
) -> None:
    user("shen2", role=Role.AUDITOR)
    client = signed_in(chen)
    sent = {"password": PASSWORD, "again": PASSWORD}
    page = client.post(object_url(shen, "password"), sent, follow=True).content.decode()
    assert "由安全管理员复核" in page
    assert not can_sign_in("shen")
    account_enable(account=shen, reason="当面核实", now=timezone.now(), by=an)
    assert can_sign_in("shen")
    lee = user("lee", role=Role.OFFICE)
    assert "复核" not in client.post(object_url(lee, "password"), sent, follow=True).content.decode()
    assert can_sign_in("lee")


def test_ones_own_password_shuts_nothing(shen: User) -> None:
    account_set_password(account=shen, password=PASSWORD, now=timezone.now(), by=shen)
    shen.refresh_from_db()
    assert (shen.is_active, shen.must_change_password) == (True, False)


def test_whoever_becomes_a_keeper_is_countersigned_too(chen: User) -> None:
    lee = user("lee", role=Role.OFFICE)
    sent = {"name": "李敏", "role": Role.SECURITY_ADMIN, "phone": ""}
    page = signed_in(chen).post(object_url(lee), sent, follow=True).content.decode()
    assert "由安全管理员复核" in page
    lee.refresh_from_db()
    assert (lee.role, lee.is_active) == (Role.SECURITY_ADMIN, False)


def test_the_last_of_a_kind_stays(chen: User, shen: User) -> None:
    with pytest.raises(ValidationError, match="最后一位在用的审计管理员"):
        account_disable(account=shen, reason="碍事", now=timezone.now(), by=chen)
    with pytest.raises(ValidationError, match="最后一位"):
        account_change(account=shen, role=Role.CADRE, now=timezone.now(), by=chen)
    shen.refresh_from_db()
    assert (shen.is_active, shen.role) == (True, Role.AUDITOR)
    assert not AuditEvent.objects.exists()
    user("shen2", role=Role.AUDITOR)
    account_disable(account=shen, reason="退休了", now=timezone.now(), by=chen)


def test_nobody_lets_himself_or_a_keeper_in_alone(chen: User, an: User) -> None:
    shut = user("shut", role=Role.AUDITOR, is_active=False)
    with pytest.raises(ValidationError, match="须由安全管理员复核"):
        account_enable(account=shut, reason="试一试", now=timezone.now(), by=chen)
    an.is_active = False
    an.save()
    with pytest.raises(ValidationError, match="不能恢复自己"):
        account_enable(account=an, reason="试一试", now=timezone.now(), by=an)
    assert not User.objects.filter(pk__in=[shut.pk, an.pk], is_active=True).exists()


# --- set-up ---------------------------------------------------------------------------------------------------------
def placed(*accounts: User) -> None:
    """Who keeps a whole community, without a last day."""
    whole = place_create(level=Level.COMMUNITY, name="百步亭社区")
    for account in accounts:
        PlaceGrant.objects.create(user=account, place=whole)


def test_set_up_is_finished_once_all_three_are_there(chen: User, an: User) -> None:
    root = superuser()
    with pytest.raises(CommandError, match="还没有在用的审计管理员账号"):
        call_command("finish_setup")
    assert User.objects.get(pk=root.pk).is_superuser
    shen = account_create(username="shen", password=PASSWORD, role=Role.AUDITOR, now=timezone.now(), by=root)
    placed(chen, an, shen)
    client = signed_in(root)
    assert client.get("/admin/").status_code == 200
    call_command("finish_setup", stdout=StringIO())
    root.refresh_from_db()
    assert (root.is_active, root.is_superuser) == (False, False)
    assert client.get("/admin/").status_code == 302
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.object_id, event.reason) == (Action.PERMISSION, str(root.pk), "结束安装")
    assert not User.objects.filter(is_superuser=True).exists()


def test_keepers_without_a_place_would_lock_themselves_out(chen: User, an: User, shen: User) -> None:
    """The security administrator gives places within their own: with none, nobody could ever give one again."""
    root = superuser()
    with pytest.raises(CommandError, match="系统管理员、安全管理员、审计管理员还没有工作范围，结束安装后"):
        call_command("finish_setup")
    placed(chen, an)
    with pytest.raises(CommandError, match="把整个社区给审计管理员（截止日期不填），再结束安装"):
        call_command("finish_setup")
    assert User.objects.get(pk=root.pk).is_active
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "lacking", ["a part of the community", "a last day", "of a closed community", "of a shut account"]
)
def test_a_place_that_does_not_last_is_none(chen: User, an: User, shen: User, lacking: str) -> None:
    root = superuser()
    placed(chen, an, shen)
    grant = PlaceGrant.objects.get(user=an)
    if lacking == "a part of the community":
        grant.place = place_create(level=Level.QUARTER, name="怡和苑", parent=grant.place)
    elif lacking == "a last day":
        grant.until_on = date(2027, 11, 30)
    elif lacking == "of a closed community":
        grant.place = place_create(level=Level.COMMUNITY, name="旧社区", closed_on=date(2026, 1, 1))
    else:
        an.is_active = False
        an.save()
        user("an2", role=Role.SECURITY_ADMIN)
    grant.save()
    with pytest.raises(CommandError, match="安全管理员还没有工作范围"):
        call_command("finish_setup")
    assert User.objects.get(pk=root.pk).is_superuser


def test_a_shut_keeper_or_a_superuser_fills_no_role(chen: User, an: User, shen: User) -> None:
    shen.is_active = False
    shen.save()
    user("root", role=Role.AUDITOR, is_superuser=True)
    with pytest.raises(CommandError, match="审计管理员"):
        call_command("finish_setup")


def test_during_set_up_nothing_waits() -> None:
    root = superuser()
    made = account_create(username="a", password=PASSWORD, role=Role.AUDITOR, now=timezone.now(), by=root)
    assert made.is_active


def test_a_superuser_made_on_the_server_is_audited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--no-input", username="root", email="", stdout=StringIO())
    root = User.objects.get(username="root")
    event = AuditEvent.objects.get()
    assert (event.object_id, event.fields, event.action) == (
        str(root.pk),
        ["is_superuser"],
        Action.PERMISSION,
    )
