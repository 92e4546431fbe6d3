"""What each provider is asked and what its answers amount to; the fakes check signatures as the providers do."""

from __future__ import annotations

from typing import Any

import pytest

from messaging.choices import ChannelKind, Outcome
from messaging.models import Attempt
from messaging.rules import answer_sentence
from messaging.services import channel_set, channel_try
from tests.factories import community
from tests.messaging.fake_providers import SETTINGS, Providers
from tests.messaging.steps import NOW, channel, switch_on

pytestmark = pytest.mark.django_db

TO = {
    "wecom": "WangJianGuo",
    "dingtalk": "manager4220",
    "feishu": "5d9bd",
    "aliyun": "13800001111",
    "tencent": "13800001111",
}
KINDS = tuple(SETTINGS)


def tried(kind: str) -> Attempt:
    return channel_try(channel=channel(kind), to=TO[kind], now=NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_it_works(providers: Providers, kind: str) -> None:
    switch_on(community().place, kind)
    assert tried(kind).outcome == Outcome.ACCEPTED
    [taken] = providers.taken
    assert taken.to.removeprefix("+86") == TO[kind]


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_token_is_kept_and_renewed_when_it_is_no_longer_taken(providers: Providers, kind: str) -> None:
    switch_on(community().place, kind)
    assert [tried(kind).outcome, tried(kind).outcome] == [Outcome.ACCEPTED] * 2
    assert providers.tokens[kind] == 1
    providers.expired.add(f"{kind}-token-1")
    assert tried(kind).outcome == Outcome.ACCEPTED
    assert providers.tokens[kind] == 2
    assert len(providers.taken) == 3


WRONG = [
    ("wecom", "corp_id", "40013"), ("wecom", "secret", "40001"), ("dingtalk", "app_secret", "40089"),
    ("feishu", "app_secret", "10014"), ("aliyun", "key_id", "InvalidAccessKeyId.NotFound"),
    ("aliyun", "key_secret", "SignatureDoesNotMatch"), ("aliyun", "template", "isv.SMS_TEMPLATE_ILLEGAL"),
    ("tencent", "secret_key", "AuthFailure.SignatureFailure"),
    ("tencent", "template", "FailedOperation.TemplateIncorrectOrUnapproved"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "setting", "code"), WRONG)
def test_a_wrong_setting_is_named(providers: Providers, kind: str, setting: str, code: str) -> None:
    home = community()
    wrong = SETTINGS[kind] | {setting: "wrong"}
    channel_set(community=home.place, kind=kind, is_on=True, settings=wrong, by=None, now=NOW)
    found = tried(kind)
    assert (found.outcome, found.code) == (Outcome.FAILED, code)
    said = answer_sentence(kind, found.outcome, found.code)
    assert "请" in said or "审核" in said
    assert code in said
    assert providers.taken == []


ANSWERS = [
    ("wecom", "81013", Outcome.REFUSED), ("wecom", "invaliduser", Outcome.REFUSED), ("wecom", "45009", Outcome.LIMITED),
    ("wecom", "60020", Outcome.FAILED), ("dingtalk", "33012", Outcome.REFUSED), ("dingtalk", "90018", Outcome.LIMITED),
    ("feishu", "230013", Outcome.REFUSED), ("feishu", "99991400", Outcome.LIMITED),
    ("aliyun", "isv.MOBILE_NUMBER_ILLEGAL", Outcome.REFUSED), ("aliyun", "isv.BUSINESS_LIMIT_CONTROL", Outcome.LATER),
    ("aliyun", "Throttling.User", Outcome.LIMITED), ("aliyun", "isv.AMOUNT_NOT_ENOUGH", Outcome.FAILED),
    ("tencent", "InvalidParameterValue.IncorrectPhoneNumber", Outcome.REFUSED),
    ("tencent", "LimitExceeded.PhoneNumberDailyLimit", Outcome.LATER), ("tencent", "RequestLimitExceeded", Outcome.LIMITED),
    *((kind, "502", Outcome.FAILED) for kind in KINDS),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "code", "outcome"), ANSWERS)
def test_an_answer_is_of_the_person_or_of_the_channel(
    providers: Providers, kind: str, code: str, outcome: str
) -> None:
    switch_on(community().place, kind)
    providers.codes[kind] = [code]
    found = tried(kind)
    assert (found.outcome, found.code) == (outcome, "http_502" if code == "502" else code)
    assert answer_sentence(kind, found.outcome, found.code).startswith(f"{ChannelKind(kind).label}：")


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_is_slow_is_given_up(
    providers: Providers, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("baibuting.common.outgoing.TIMEOUT", 0.5)
    switch_on(community().place, kind)
    providers.answers_after[kind] = 20
    found = tried(kind)
    assert (found.outcome, found.code) == (Outcome.FAILED, "slow")
    assert answer_sentence(kind, found.outcome, found.code) == (
        f"{ChannelKind(kind).label}：对方没有及时回应，请稍后再试。"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_is_down_is_named(settings: Any, kind: str) -> None:
    with Providers() as gone:
        gone.be_used(settings)
    switch_on(community().place, kind)
    found = tried(kind)
    assert (found.outcome, found.code) == (Outcome.FAILED, "refused")


def test_an_answer_that_nobody_can_read(providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(community().place, "aliyun")
    monkeypatch.setattr("tests.messaging.fake_providers._PLAYED", {"aliyun": lambda *_: (200, ["what"])})
    assert tried("aliyun").code == "nonsense"


def test_a_code_is_stored_without_what_else_it_says(providers: Providers) -> None:
    switch_on(community().place, "aliyun")
    providers.codes["aliyun"] = ["isv.电话 13812345678 王建国/" + "x" * 100]
    assert tried("aliyun").code == "isv." + "x" * 56
