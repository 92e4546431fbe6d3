"""Signing in and out: by account or phone, with answers that never tell whether an account exists."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.choices import Role
from audit.models import AuditEvent
from buildings.models import PlaceGrant
from cadres.middleware import ScopeMiddleware
from tests.factories import clerk, community, user
from tests.pages import signed_in, superuser

pytestmark = pytest.mark.django_db
PASSWORD = "long enough 1"


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> str:
    """What the page answers: where it leads to, or its complaint."""
    response = client.post(reverse("accounts:login"), {"username": username, "password": password, **more})
    if response.status_code == 302:
        return response["Location"]
    return "".join(response.context["form"].non_field_errors())


def test_it_works() -> None:
    user("lee", role=Role.OFFICE)
    client = Client()
    assert sign_in(client, "lee", next="/admin/") == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert client.post(reverse("accounts:logout"))["Location"] == "/login/"
    assert client.get("/admin/").status_code == 302


def test_by_phone() -> None:
    user("lee", role=Role.OFFICE, phone="13900000001")
    assert sign_in(Client(), "13900000001") == "/"
    assert "不对" in sign_in(Client(), "13900000001", "wrong")


def test_the_answer_does_not_tell_whether_an_account_exists() -> None:
    user("lee")
    user("shut", is_active=False)
    answers = {
        sign_in(Client(), "lee", "wrong"),
        sign_in(Client(), "nobody", "wrong"),
        sign_in(Client(), "shut"),
        sign_in(Client(), "shut", "wrong"),
    }
    assert answers == {"账号或密码不对，请检查后再试；忘记密码请联系系统管理员。"}


def test_nobody_is_led_to_another_site() -> None:
    user("lee")
    assert sign_in(Client(), "lee", next="https://example.com/") == "/"


def test_signing_out_is_by_post() -> None:
    client = signed_in(user("lee", role=Role.OFFICE))
    assert client.get(reverse("accounts:logout")).status_code == 405
    assert client.get("/admin/").status_code == 200


def test_the_admin_sends_strangers_to_the_sign_in_page() -> None:
    user("lee")
    response = Client().get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/login/?next=/admin/")
    assert response.status_code == 200


@pytest.mark.parametrize("role", [Role.CADRE, Role.DISTRICT])
def test_whoever_has_nothing_in_the_admin_is_told_so(role: Role) -> None:
    client = signed_in(user("wang", role=role, is_staff=True))
    response = client.get("/admin/", follow=True)
    assert "请换一个账号登录" in response.content.decode()
    assert client.get("/admin/cadres/cadre/").status_code == 302


def test_the_bar_leads_to_what_the_role_may_see() -> None:
    lee = signed_in(clerk(community().place)).get("/admin/").context["nav"]
    assert "两长四员" in [item["label"] for item in lee]
    assert "账号" not in [item["label"] for item in lee]
    admin = signed_in(user("admin", role=Role.SYSTEM_ADMIN)).get("/admin/").context["nav"]
    assert [item["label"] for item in admin] == ["楼栋", "账号", "全部资料"]
    assert [item["label"] for item in admin if item["current"]] == ["全部资料"]
    assert Client().get("/login/").context["nav"] == []
    page = signed_in(superuser()).get("/admin/cadres/cover/")
    assert [item["label"] for item in page.context["nav"] if item["current"]] == ["两长四员"]


def test_those_who_see_no_people_begin_with_their_lists_and_have_no_scope_elsewhere() -> None:
    ours = community(staffed=False)
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR):
        account = user(role, role=role)
        PlaceGrant.objects.create(user=account, place=ours.place)
        assert sign_in(Client(), role) == "/admin/"
        for address, paths in (("/login/", set()), ("/admin/", {ours.place.path})):
            request = RequestFactory().get(address)
            request.user = account
            ScopeMiddleware(lambda _: HttpResponse())(request)
            assert set(request.viewer.scope.paths) == paths, (role, address)  # type: ignore[attr-defined]


def test_ones_own_password() -> None:
    lee = user("lee", role=Role.OFFICE)
    here, elsewhere = signed_in(lee), signed_in(lee)
    page, new = reverse("accounts:password"), "correct horse 5"
    for sent, field in (
        ({"old": "wrong", "password": new, "again": new}, "old"),
        ({"old": PASSWORD, "password": new, "again": "other"}, "again"),
        ({"old": PASSWORD, "password": "12345678", "again": "12345678"}, "password"),
    ):
        assert list(here.post(page, sent).context["form"].errors) == [field]
    lee.refresh_from_db()
    assert lee.check_password(PASSWORD)
    assert here.post(page, {"old": PASSWORD, "password": new, "again": new})["Location"] == "/"
    lee.refresh_from_db()
    assert lee.check_password(new)
    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302
    assert AuditEvent.objects.get().fields == ["password"]
    assert Client().get(page).status_code == 302
