"""A password that somebody else has chosen is changed before anything else opens."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from accounts.services import account_create, account_set_password
from tests.factories import user

pytestmark = pytest.mark.django_db
GIVEN, OWN = "given by chen 1", "correct horse 5"


@pytest.fixture
def lee() -> User:
    chen = user("chen", role=Role.SYSTEM_ADMIN)
    return account_create(username="lee", password=GIVEN, role=Role.OFFICE, now=timezone.now(), by=chen)


def sign_in(password: str) -> Client:
    client = Client()
    assert (
        client.post(reverse("accounts:login"), {"username": "lee", "password": password}).status_code == 302
    )
    return client


def test_it_works(lee: User) -> None:
    client = sign_in(GIVEN)
    led = client.get("/admin/buildings/place/?state=x")
    assert led["Location"] == "/password/?next=%2Fadmin%2Fbuildings%2Fplace%2F%3Fstate%3Dx"
    page = client.get(led["Location"])
    assert "现在的密码是别人给您设的" in page.content.decode()
    sent = {"old": GIVEN, "password": OWN, "again": OWN}
    assert client.post(led["Location"], sent)["Location"] == "/admin/buildings/place/?state=x"
    assert client.get("/admin/buildings/place/").status_code == 200
    lee.refresh_from_db()
    assert not lee.must_change_password


@pytest.mark.parametrize("address", ["/", "/admin/", "/notices/", "/rosters/", "/second-step/enrol/"])
def test_nothing_else_opens(lee: User, address: str) -> None:
    client = sign_in(GIVEN)
    assert client.get(address)["Location"].startswith("/password/")
    assert client.post(address)["Location"] == "/password/"
    assert client.post(address, headers={"accept": "application/json"}).status_code == 401


def test_the_same_again_is_refused(lee: User) -> None:
    client = sign_in(GIVEN)
    sent = {"old": GIVEN, "password": GIVEN, "again": GIVEN}
    assert "不能与原密码相同" in client.post("/password/", sent).content.decode()
    lee.refresh_from_db()
    assert lee.must_change_password


def test_later_the_same_again_is_refused_as_well(lee: User) -> None:
    client = sign_in(GIVEN)
    client.post("/password/", {"password": OWN, "again": OWN})
    before = User.objects.get(pk=lee.pk).password
    sent = {"old": OWN, "password": OWN, "again": OWN}
    assert "不能与原密码相同" in client.post("/password/", sent).content.decode()
    assert User.objects.get(pk=lee.pk).password == before


def test_signing_out_stays_open(lee: User) -> None:
    client = sign_in(GIVEN)
    assert client.post("/logout/")["Location"] == "/login/"


def test_one_that_an_administrator_sets_anew_is_changed_too_but_not_ones_own(lee: User) -> None:
    chen = User.objects.get(username="chen")
    account_set_password(account=lee, password=OWN, now=timezone.now(), by=lee)
    assert not User.objects.get(pk=lee.pk).must_change_password
    account_set_password(account=lee, password=GIVEN, now=timezone.now(), by=chen)
    assert User.objects.get(pk=lee.pk).must_change_password


def test_nobody_is_led_elsewhere_afterwards(lee: User) -> None:
    client = sign_in(GIVEN)
    sent = {"old": GIVEN, "password": OWN, "again": OWN}
    assert client.post("/password/?next=https://example.com/", sent)["Location"] == "/"


def test_accounts_from_the_command_line_are_their_owners() -> None:
    assert not account_create(
        username="root", password=OWN, role=Role.SYSTEM_ADMIN, now=timezone.now(), by=None
    ).must_change_password
    assert not User.objects.create_superuser("super", password=OWN).must_change_password
