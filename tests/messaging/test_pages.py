"""The office's pages of channels, one's own choice, and calling whom no message has reached."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.choices import Action
from audit.models import AuditEvent
from cadres.choices import Post
from messaging.models import Address, Attempt, Call, Channel, Message, Preference
from messaging.rules import LAST_OF_CHANNEL
from messaging.selectors import settings_of
from tests.factories import Community, clerk, community
from tests.messaging.fake_providers import SETTINGS, Providers
from tests.messaging.steps import account, channel, named, report, switch_on

pytestmark = pytest.mark.django_db

WECOM = SETTINGS["wecom"]


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def office(home: Community, client: Client) -> Client:
    client.force_login(clerk(home.place))
    return client


def page(home: Community, kind: str = "wecom", name: str = "messaging:channel") -> str:
    return reverse(name, args=[home.place.pk, kind])


def sentences(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_it_works(home: Community, office: Client, providers: Providers) -> None:
    answer = office.post(page(home), {**WECOM, "is_on": "on"}, follow=True)
    assert sentences(answer) == "企业微信已保存。请在下面发一条测试消息。"
    assert (channel("wecom").is_on, settings_of(channel("wecom"))) == (True, WECOM)
    answer = office.post(page(home, name="messaging:channel_test"), {"to": "WangJianGuo"}, follow=True)
    assert sentences(answer) == "企业微信已接收。"
    [taken] = providers.taken
    assert taken.text.endswith("：这是一条测试消息，收到说明设置正确。")
    shown = office.get(reverse("messaging:channels")).content.decode()
    assert "企业微信已接收。" in shown
    assert "✓ 使用中" in shown


def test_a_test_says_what_is_wrong(home: Community, office: Client, providers: Providers) -> None:
    office.post(page(home), {**WECOM, "secret": "old", "is_on": "on"}, follow=True)
    answer = office.post(page(home, name="messaging:channel_test"), {"to": "WangJianGuo"}, follow=True)
    assert sentences(answer) == ("企业微信：应用的 Secret 不对，请在企业微信管理后台重新复制。（代码 40001）")
    assert providers.taken == []


def test_a_test_needs_settings_and_an_address(home: Community, office: Client, providers: Providers) -> None:
    test = page(home, name="messaging:channel_test")
    assert sentences(office.post(test, {"to": "a"}, follow=True)) == "请先填写设置并保存，再发测试消息。"
    switch_on(home.place, "wecom")
    assert sentences(office.post(test, {"to": "王建国"}, follow=True)).startswith("请填写收测试消息的人")
    assert Attempt.objects.count() == 0
    assert providers.seen == []


def test_a_secret_is_sealed_never_shown_and_kept_when_left_empty(home: Community, office: Client) -> None:
    office.post(page(home), {**WECOM, "is_on": "on"})
    shown = office.get(page(home)).content.decode()
    assert WECOM["corp_id"] in shown
    assert WECOM["secret"] not in shown
    assert WECOM["secret"].encode() not in bytes(Channel.objects.values_list("settings", flat=True)[0])
    office.post(page(home), {**WECOM, "corp_id": "ww9", "secret": "", "is_on": "on"})
    assert settings_of(channel("wecom")) == {**WECOM, "corp_id": "ww9"}


def test_what_is_missing_is_named(home: Community, office: Client) -> None:
    answer = office.post(page(home), {**WECOM, "agent_id": "", "is_on": "on"})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"agent_id": ["请填写这一栏，不填不能使用。"]}
    assert Channel.objects.count() == 0


def test_only_one_provider_of_text_messages(home: Community, office: Client) -> None:
    switch_on(home.place, "aliyun")
    answer = office.post(page(home, "tencent"), {**SETTINGS["tencent"], "is_on": "on"})
    assert answer.context["form"].non_field_errors() == ["短信只能用一家：请先停用另一家。"]
    assert not Channel.objects.filter(kind="tencent").exists()


def test_setting_a_channel_up_is_trailed(home: Community, office: Client) -> None:
    office.post(page(home), {**WECOM, "is_on": "on"})
    event = AuditEvent.objects.get(object_type="messaging.channel")
    assert (event.action, event.community_id) == (Action.PERMISSION, home.place.pk)
    assert WECOM["secret"] not in str(event.fields)


def test_another_community_s_channels_are_not_there(home: Community, office: Client) -> None:
    other = community("别的社区")
    for name in ("messaging:channel", "messaging:names"):
        assert office.get(page(other, name=name)).status_code == 404
    assert office.post(page(other), {**WECOM, "is_on": "on"}).status_code == 404
    assert Channel.objects.count() == 0


def test_post_holders_set_no_channels_up(home: Community, client: Client) -> None:
    client.force_login(account(home.holder(home.building, Post.BUILDING_HEAD), "head"))
    assert client.get(reverse("messaging:channels")).status_code == 403
    assert client.post(page(home), {**WECOM, "is_on": "on"}).status_code == 403
    assert Channel.objects.count() == 0


def test_the_office_fills_in_what_each_is_called(home: Community, office: Client) -> None:
    head = home.holder(home.building, Post.BUILDING_HEAD)
    account(head, "head")
    names = page(home, name="messaging:names")
    office.post(names, {f"name-{head.pk}": "WangJianGuo"})
    assert Address.objects.get(cadre=head).value == "WangJianGuo"
    assert "WangJianGuo" in office.get(names).content.decode()
    answer = office.post(names, {f"name-{head.pk}": "王建国"})
    assert answer.status_code == 422
    assert "企业微信账号只有字母、数字和 . _ - @，请核对。" in answer.content.decode()
    assert Address.objects.get(cadre=head).value == "WangJianGuo"
    office.post(names, {f"name-{head.pk}": ""})
    assert Address.objects.count() == 0


def test_one_chooses_for_himself(home: Community, client: Client) -> None:
    switch_on(home.place, "wecom", "aliyun")
    head = home.holder(home.building, Post.BUILDING_HEAD)
    client.force_login(account(head, "head"))
    mine = reverse("phone:mine")
    assert "有事怎么告诉我" in client.get(mine).content.decode()
    sent = {
        "next": mine, "incident": ["wecom", "sms"], "notice": ["sms", "email"], "name-wecom": "WangJianGuo",
        "quiet_from": "22:30", "quiet_until": "06:00",
    }  # fmt: skip
    answer = client.post(reverse("messaging:mine"), sent)
    assert answer.headers["Location"] == mine
    found = Preference.objects.get(cadre=head)
    assert (found.incident, found.notice, found.digest) == (["wecom", "sms"], ["sms"], [])
    assert (str(found.quiet_from), Address.objects.get().value) == ("22:30:00", "WangJianGuo")


def test_a_wrong_choice_changes_nothing(home: Community, client: Client) -> None:
    switch_on(home.place, "wecom")
    client.force_login(account(home.holder(home.building, Post.BUILDING_HEAD), "head"))
    sent = {"name-wecom": "WangJianGuo", "quiet_from": "25", "quiet_until": "06:00"}
    client.post(reverse("messaging:mine"), sent)
    client.post(reverse("messaging:mine"), {**sent, "name-wecom": "王建国", "quiet_from": "22:00"})
    assert (Preference.objects.count(), Address.objects.count()) == (0, 0)


def test_without_a_channel_there_is_nothing_to_choose(home: Community, client: Client) -> None:
    client.force_login(account(home.holder(home.building, Post.BUILDING_HEAD), "head"))
    assert "有事怎么告诉我" not in client.get(reverse("phone:mine")).content.decode()


def test_whoever_was_not_reached_is_called(home: Community, office: Client) -> None:
    incident = report(home.building)
    there = reverse("admin:visits_incident_change", args=[incident.pk])
    shown = office.get(there).content.decode()
    assert "告诉了谁，怎么告诉的" in shown
    assert shown.count("没有可用的方式，请打电话") == 3
    message = Message.objects.order_by("pk")[0]
    answer = office.post(reverse("messaging:call", args=[message.pk]), {"next": there})
    assert str(message.cadre.phone) in answer.content.decode()
    event = AuditEvent.objects.get(action=Action.REVEAL)
    assert (event.object_type, event.fields) == ("cadres.cadre", ["phone"])
    answer = office.post(reverse("messaging:called", args=[message.pk]), {"next": there, "reached": "1"})
    assert answer.headers["Location"] == there
    assert Call.objects.get().is_reached
    assert "已告知" in office.get(there).content.decode()


def test_nobody_calls_from_outside(home: Community, client: Client) -> None:
    report(home.building)
    message = Message.objects.order_by("pk")[0]
    client.force_login(clerk(community("别的社区").place))
    for name in ("messaging:call", "messaging:called"):
        assert client.post(reverse(name, args=[message.pk])).status_code == 404
    assert not AuditEvent.objects.filter(action=Action.REVEAL).exists()
    assert Call.objects.count() == 0


def test_the_phone_says_it_as_well(home: Community, client: Client) -> None:
    incident = report(home.building)
    client.force_login(account(home.holder(home.building, Post.BUILDING_HEAD), "head"))
    shown = client.get(reverse("phone:incident", args=[incident.pk])).content.decode()
    guard = home.holder(home.building, Post.SECURITY_WORKER)
    assert "没有可用的方式，请打电话" in shown
    assert reverse("phone:call_cadre", args=[guard.pk]) in shown
    assert "电话打通了，记下" in shown


def test_the_browser_is_told_two_numbers(home: Community, office: Client) -> None:
    url = reverse("messaging:unseen")
    assert office.get(url).json() == {"notices": 0, "incidents": 0}
    report(home.building)
    report(home.buildings[1])
    assert office.get(url).json() == {"notices": 0, "incidents": 2}
    assert office.get(url).headers["Cache-Control"] == "no-store"


def test_a_channel_out_of_order_is_said_in_the_bar(home: Community, office: Client) -> None:
    switch_on(home.place, "wecom")
    assert "没有发出去" not in office.get(reverse("messaging:channels")).content.decode()
    Channel.objects.update(failures=LAST_OF_CHANNEL)
    shown = office.get(reverse("messaging:channels")).content.decode()
    assert "企业微信最近几次都没有发出去，要紧的事请打电话。" in shown
    assert "发不出去" in shown


def test_an_address_is_shown_to_the_office_alone(home: Community, client: Client) -> None:
    named(home.holder(home.building, Post.BUILDING_HEAD), "wecom", "WangJianGuo")
    client.force_login(account(home.holder(home.building, Post.SECURITY_WORKER), "guard"))
    assert client.get(page(home, name="messaging:names")).status_code == 403
