"""Clients, tokens and receivers in the admin: who may, within his places, and what is shown once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import User
from api.choices import DeliveryState, Grant, Topic
from api.models import ApiClient, ApiToken, Delivery, EventType, Platform, Webhook
from api.services import client_open
from audit.models import AuditEvent
from buildings.models import Place, PlaceGrant
from tests.api.callers import Caller, caller
from tests.api.receivers import Receiver
from tests.api.test_reports import coded, mapped, platform
from tests.api.test_webhooks import deliver, report
from tests.factories import clerk, community, moment, user
from tests.pages import add_url, errors_of, list_url, listed, object_url, signed_in, superuser
from tests.visits.people import stop_the_clock

pytestmark = pytest.mark.django_db
NOW = moment("2026-03-11T09:00")


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    stop_the_clock(monkeypatch, NOW)
    settings.API_PRIVATE_ADDRESSES = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


def keeper(role: Role, *places: Place) -> Client:
    account: User = user(role.value, role=role, is_staff=True)
    for place in places:
        PlaceGrant.objects.create(user=account, place=place)
    return signed_in(account)


def client_form(place: Place, **changes: Any) -> dict[str, Any]:
    return {
        "name": "江岸区数据平台",
        "audience": "outside",
        "purpose": "每日统计",
        "places": [place.pk],
        "grants": [Grant.STATS, Grant.PLACES],
        "rate": 60,
        **changes,
    }


def test_it_works() -> None:
    """One keeper gives the rights, another hands out the key, and the key works."""
    home = community(staffed=False)
    security = keeper(Role.SECURITY_ADMIN, home.place)
    assert errors_of(security.post(add_url(ApiClient), client_form(home.place))) == {}
    opened = ApiClient.objects.get()
    assert (opened.grants, list(opened.places.all())) == (["places", "stats"], [home.place])
    assert security.get(object_url(opened, "issue")).status_code == 404
    system = keeper(Role.SYSTEM_ADMIN, home.place)
    assert "签发令牌" in system.get(object_url(opened)).content.decode()
    issued = system.post(
        object_url(opened, "issue"),
        {"label": "正式环境", "grants": [Grant.STATS], "until_on": "2026-12-31"},
    )
    assert issued.status_code == 200
    plain = issued.context["value"]
    assert plain in issued.content.decode()
    assert Caller(opened, plain).get("stats/").status_code == 200
    assert Caller(opened, plain).get("places/").status_code == 403
    # and never again
    token = ApiToken.objects.get()
    for url in (object_url(opened), object_url(token), list_url(ApiToken)):
        assert plain not in system.get(url).content.decode()
    assert "2026-12-31" in system.get(object_url(token)).content.decode()
    assert {event.action for event in AuditEvent.objects.filter(object_type="api.apitoken")} == {"permission"}


def test_the_last_use_is_shown_and_a_token_can_be_revoked() -> None:
    home = community(staffed=False)
    asks = caller(home.place, now=NOW)
    system = keeper(Role.SYSTEM_ADMIN, home.place)
    token = ApiToken.objects.get()
    assert "从未使用" in system.get(object_url(token)).content.decode()
    asks.get("places/")
    assert "2026-03-11 09:00" in system.get(object_url(token)).content.decode()
    system.post(object_url(token, "revoke"), {"reason": "怀疑泄露"})
    assert asks.get("places/").status_code == 401


@pytest.mark.parametrize("role", [Role.OFFICE, Role.CADRE, Role.DISTRICT, Role.AUDITOR])
def test_nobody_else_opens_clients_or_issues_tokens(role: Role) -> None:
    home = community(staffed=False)
    asks = caller(home.place, now=NOW)
    browser = keeper(role, home.place)
    assert browser.get(list_url(ApiClient)).status_code in (302, 403)
    assert browser.post(add_url(ApiClient), client_form(home.place)).status_code in (302, 403)
    assert browser.post(object_url(asks.client, "issue"), {"label": "x"}).status_code in (302, 403, 404)
    assert (ApiClient.objects.count(), ApiToken.objects.count()) == (1, 1)


def test_a_keeper_of_one_community_cannot_open_another_nor_see_its_clients() -> None:
    home, stranger = community(staffed=False), community("邻居社区", staffed=False)
    security = keeper(Role.SECURITY_ADMIN, home.place)
    own, strange = caller(home.place, now=NOW).client, caller(stranger.place, now=NOW).client
    both = caller(home.place, stranger.place, now=NOW).client
    assert listed(security, ApiClient) == [own]
    for hidden in (strange, both):
        assert security.get(object_url(hidden)).status_code == 404
    assert "places" in errors_of(security.post(add_url(ApiClient), client_form(stranger.place)))
    assert ApiClient.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"places": []}, "places"),
        ({"grants": []}, "grants"),
        ({"grants": ["everything"]}, "grants"),
        ({"rate": 0}, "__all__"),
        ({"name": ""}, "name"),
        ({"purpose": ""}, "purpose"),
    ],
)
def test_an_incomplete_client_is_refused(changes: dict[str, Any], field: str) -> None:
    home = community(staffed=False)
    security = keeper(Role.SECURITY_ADMIN, home.place)
    found = errors_of(security.post(add_url(ApiClient), client_form(home.place, **changes)))
    assert set(found) == {field}
    assert not ApiClient.objects.exists()


def test_a_token_that_ends_too_late_is_refused_at_its_field() -> None:
    home = community(staffed=False)
    asks = caller(home.place, now=NOW)
    system = keeper(Role.SYSTEM_ADMIN, home.place)
    form = {"label": "x", "grants": [Grant.STATS], "until_on": "2028-12-31"}
    assert set(errors_of(system.post(object_url(asks.client, "issue"), form))) == {"until_on"}
    assert ApiToken.objects.count() == 1


def test_a_webhook_and_its_secret(receiver: Receiver) -> None:
    home = community()
    asks = caller(home.place, now=NOW)
    security = keeper(Role.SECURITY_ADMIN, home.place)
    form = {"client": asks.client.pk, "url": receiver.url, "topics": [Topic.INCIDENT_OPENED]}
    assert errors_of(security.post(add_url(Webhook), form)) == {}
    hook = Webhook.objects.get()
    first = hook.secret
    shown = security.post(object_url(hook, "secret"), {})
    hook.refresh_from_db()
    assert shown.context["value"] == hook.secret != first
    assert hook.secret not in security.get(object_url(hook)).content.decode()
    security.post(object_url(hook, "stop"), {"reason": "对方升级"})
    assert not Webhook.objects.get().is_active
    security.post(object_url(hook, "go-on"), {"reason": "升级完成"})
    assert Webhook.objects.get().is_active


def test_the_office_keeps_platform_and_dictionary(receiver: Receiver) -> None:
    home = community(staffed=False)
    office = signed_in(clerk(home.place))
    form = {
        "community": home.place.pk,
        "name": "区平台",
        "url": receiver.url,
        "credential": "Token abc",
        "is_active": "on",
    }
    assert errors_of(office.post(add_url(Platform), form)) == {}
    to = Platform.objects.get()
    assert to.credential == "Token abc"
    page = office.get(object_url(to)).content.decode()
    assert "Token abc" not in page
    changed = {"name": "新平台", "url": receiver.url, "credential": "", "gives_summary": "on"}
    assert errors_of(office.post(object_url(to), changed)) == {}
    to.refresh_from_db()
    assert (to.name, to.credential, to.gives_summary, to.is_active) == ("新平台", "Token abc", True, False)
    words = {
        "platform": to.pk, "kind": "emergency", "first_code": "01", "first_name": "公共安全", "second_code": "0103",
        "second_name": "突发事件", "scope_code": "1", "scope_name": "楼栋", "title": "{楼栋}{类别}",
    }  # fmt: skip
    assert set(errors_of(office.post(add_url(EventType), {**words, "title": "{人}"}))) == {"title"}
    assert errors_of(office.post(add_url(EventType), words)) == {}
    kept = EventType.objects.get()
    assert errors_of(office.post(object_url(kept), {**words, "first_name": "安全"})) == {}
    assert EventType.objects.get().first_name == "安全"


def test_the_office_sees_what_waits_sends_it_again_and_reads_it_on_reason(receiver: Receiver) -> None:
    home = coded()
    to = platform(home, receiver, gives_summary=True)
    report(home.building)
    deliver(NOW)
    office = signed_in(clerk(home.place))
    (held,) = listed(office, Delivery)
    assert held.state == DeliveryState.HELD
    assert "还没有事件对照" in office.get(object_url(held)).content.decode()
    mapped(to)
    office.post(object_url(held, "replay"), {})
    assert deliver(NOW) == 1
    page = office.get(object_url(held)).content.decode()
    assert "水管爆裂" not in page
    assert "✓" in page or "已送达" in page
    revealed = office.post(object_url(held, "reveal"), {"reason": "核对上报内容"}).content.decode()
    assert "水管爆裂" in revealed
    assert AuditEvent.objects.filter(object_type="api.delivery", action="reveal").count() == 1
    stranger = signed_in(clerk(community("邻居社区").place, "other"))
    assert stranger.get(object_url(held)).status_code == 404
    assert stranger.post(object_url(held, "replay"), {}).status_code == 404


def test_who_sets_up_may_do_all_of_it() -> None:
    home = community(staffed=False)
    root = signed_in(superuser())
    client = client_open(
        name="平台",
        audience="outside",
        places=[home.place],
        grants=[Grant.STATS],
        purpose="统计",
        now=NOW,
        by=None,
    )
    assert listed(root, ApiClient) == [client]
    assert "签发令牌" in root.get(object_url(client)).content.decode()
