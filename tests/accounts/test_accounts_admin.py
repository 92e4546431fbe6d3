"""Accounts are opened, changed, shut and given passwords by the system administrator, each with its audit row."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from accounts.services import account_change, account_disable, account_enable
from audit.models import AuditEvent
from tests.factories import clerk, community, user
from tests.pages import (
    add_url,
    errors_of,
    found_by,
    list_url,
    listed,
    object_url,
    signed_in,
    superuser,
)

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse 5"


@pytest.fixture
def chen() -> User:
    """The system administrator."""
    return user("chen", role=Role.SYSTEM_ADMIN, name="陈管理")


def new(**changes: Any) -> dict[str, Any]:
    return {
        "username": "limin", "name": "李敏", "role": "office", "phone": "13900000001", "password": PASSWORD, **changes
    }  # fmt: skip


def trail(account: User) -> list[tuple[str, list[str]]]:
    rows = AuditEvent.objects.filter(object_type="accounts.user", object_id=str(account.pk)).order_by("id")
    return list(rows.values_list("action", "fields"))


def test_it_works(chen: User) -> None:
    client = signed_in(chen)
    assert errors_of(client.post(add_url(User), new())) == {}
    made = User.objects.get(username="limin")
    assert (made.name, made.role, made.phone, made.is_staff) == ("李敏", "office", "13900000001", True)
    assert made.check_password(PASSWORD)
    assert trail(made) == [("create", ["username", "name", "role", "phone"])]
    assert listed(client, User, role__exact="office") == [made]
    assert found_by(client, User, "李敏") == [made]
    assert "139****0001" in client.get(list_url(User)).content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "chen"),
        ("phone", "13900000009"),
        ("phone", "12345"),
        ("password", "12345678"),
        ("role", ""),
    ],
)
def test_what_a_new_account_is_refused_for(chen: User, field: str, value: str) -> None:
    user("other", phone="13900000009")
    response = signed_in(chen).post(add_url(User), new(**{field: value}))
    assert errors_of(response)
    assert "李敏" in response.content.decode()
    assert not User.objects.filter(name="李敏").exists()
    assert not AuditEvent.objects.exists()


def test_a_change_keeps_the_masked_phone(chen: User) -> None:
    client, lee = signed_in(chen), user("lee", role=Role.OFFICE, phone="13900000001", name="李敏")
    assert "139****0001" in client.get(object_url(lee)).content.decode()
    sent = {"name": "李敏敏", "role": "auditor", "phone": "139****0001"}
    assert errors_of(client.post(object_url(lee), sent)) == {}
    lee.refresh_from_db()
    assert (lee.name, lee.role, lee.phone) == ("李敏敏", "auditor", "13900000001")
    assert trail(lee) == [("permission", ["name", "role"])]


def test_whoever_only_looks_sees_the_phone_masked() -> None:
    lee = user("lee", role=Role.OFFICE, phone="13900000001")
    page = signed_in(user("an", role=Role.SECURITY_ADMIN)).get(object_url(lee)).content.decode()
    assert "139****0001" in page
    assert "13900000001" not in page
    assert User.objects.get(pk=lee.pk).phone == "13900000001"


def test_shutting_and_opening_again(chen: User) -> None:
    lee = user("lee", role=Role.OFFICE)
    client, theirs = signed_in(chen), signed_in(lee)
    assert theirs.get("/admin/").status_code == 200
    assert "reason" in errors_of(client.post(object_url(lee, "disable"), {"reason": ""}))
    assert errors_of(client.post(object_url(lee, "disable"), {"reason": "岗位调整"})) == {}
    assert theirs.get("/admin/").status_code == 302  # out at once
    assert AuditEvent.objects.get(object_id=str(lee.pk)).reason == "岗位调整"
    assert errors_of(client.post(object_url(lee, "enable"), {"reason": "回到原岗位"})) == {}
    lee.refresh_from_db()
    assert lee.is_active


def test_another_password(chen: User) -> None:
    lee = user("lee", role=Role.OFFICE)
    client, theirs = signed_in(chen), signed_in(lee)
    page = object_url(lee, "password")
    assert "again" in errors_of(client.post(page, {"password": PASSWORD, "again": "another"}))
    assert "password" in errors_of(client.post(page, {"password": "123", "again": "123"}))
    assert errors_of(client.post(page, {"password": PASSWORD, "again": PASSWORD})) == {}
    lee.refresh_from_db()
    assert lee.check_password(PASSWORD)
    assert theirs.get("/admin/").status_code == 302
    assert trail(lee) == [("permission", ["password"])]
    assert PASSWORD not in str(AuditEvent.objects.values())


def test_what_services_refuse(chen: User) -> None:
    lee, now = user("lee", role=Role.OFFICE), timezone.now()
    with pytest.raises(ValueError, match="not changed here"):
        account_change(account=lee, is_superuser=True, now=now, by=chen)
    with pytest.raises(ValidationError, match="正在使用"):
        account_enable(account=lee, reason="回来了", now=now, by=chen)
    account_change(account=lee, name=lee.name, now=now, by=chen)
    assert not AuditEvent.objects.exists()
    account_disable(account=lee, reason="离岗了", now=now, by=chen)
    with pytest.raises(ValidationError, match="已经停用"):
        account_disable(account=lee, reason="离岗了", now=now, by=chen)
    assert AuditEvent.objects.count() == 1
    with pytest.raises(ValidationError, match="自己的账号类型"):
        account_change(account=chen, role=Role.OFFICE, now=now, by=chen)
    with pytest.raises(ValidationError, match="不能停用自己"):
        account_disable(account=chen, reason="试一试", now=now, by=chen)


def test_nobody_raises_or_shuts_himself(chen: User) -> None:
    client = signed_in(chen)
    sent = {"name": "陈管理", "role": "office", "phone": ""}
    assert "role" in errors_of(client.post(object_url(chen), sent))
    assert errors_of(client.post(object_url(chen, "disable"), {"reason": "试试"}))
    chen.refresh_from_db()
    assert (chen.role, chen.is_active) == (Role.SYSTEM_ADMIN, True)


def test_a_superuser_is_out_of_an_administrators_reach(chen: User) -> None:
    root, client = superuser(), signed_in(chen)
    assert root not in listed(client, User)
    assert client.get(object_url(root)).status_code == 404
    sent = {"password": PASSWORD, "again": PASSWORD}
    assert client.post(object_url(root, "password"), sent).status_code == 404
    with pytest.raises(ValidationError):
        account_disable(account=root, reason="", now=timezone.now(), by=chen)
    with pytest.raises(ValidationError):
        account_change(account=root, role=Role.CADRE, now=timezone.now(), by=chen)
    root.refresh_from_db()
    assert root.is_active
    assert root.role == Role.SYSTEM_ADMIN


def test_whoever_is_no_administrator_finds_no_accounts() -> None:
    lee = clerk(community(staffed=False).place)
    client = signed_in(lee)
    assert client.get(list_url(User)).status_code == 403
    assert client.post(add_url(User), new()).status_code == 403
    assert client.post(list_url(User), {"q": "chen", "find": "1"}).status_code == 403
    assert not User.objects.filter(username="limin").exists()


def test_nothing_is_deleted(chen: User) -> None:
    lee = user("lee")
    assert signed_in(superuser()).post(object_url(lee, "delete"), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=lee.pk).exists()


@pytest.mark.parametrize(("column", "lost"), [("phone", b"13900000001"), ("email", b"li@example.org")])
def test_what_does_not_open_stays_as_it_is_stored(chen: User, column: str, lost: bytes) -> None:
    """Neither an e-mail address that Django would tidy, nor a phone whose digest would then be that of two words."""
    account = user("limin", role=Role.OFFICE, name="李敏", phone="13900000001")
    digest = User.objects.get(pk=account.pk).phone_digest
    User.objects.filter(pk=account.pk).update(**{column: lost})
    found = User.objects.get(pk=account.pk)
    assert getattr(found, column) == "无法读取"
    found.full_clean()
    found.save()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column}, phone_digest FROM accounts_user WHERE id = %s", [account.pk])
        stored, kept = cursor.fetchone()
    assert (bytes(stored), kept) == (lost, digest)
