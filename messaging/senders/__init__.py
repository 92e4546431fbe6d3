"""How each provider is spoken to: one module a provider, each with a `send` that returns what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from messaging.choices import ChannelKind, Outcome
from messaging.senders import aliyun, dingtalk, feishu, mail, tencent, wecom
from messaging.senders.base import Account, Letter, Reply

_SENDERS: Mapping[str, Callable[[Account, Letter], Reply]] = {
    ChannelKind.EMAIL: mail.send,
    ChannelKind.WECOM: wecom.send,
    ChannelKind.DINGTALK: dingtalk.send,
    ChannelKind.FEISHU: feishu.send,
    ChannelKind.ALIYUN: aliyun.send,
    ChannelKind.TENCENT: tencent.send,
}
# What an office fills in for a channel: the columns of `Channel.settings`, in the order of the form.
FIELDS: Mapping[str, tuple[str, ...]] = {
    ChannelKind.EMAIL: (),
    ChannelKind.WECOM: ("corp_id", "agent_id", "secret"),
    ChannelKind.DINGTALK: ("app_key", "agent_id", "app_secret"),
    ChannelKind.FEISHU: ("app_id", "app_secret"),
    ChannelKind.ALIYUN: ("key_id", "sign_name", "template", "key_secret"),
    ChannelKind.TENCENT: ("secret_id", "app_id", "sign_name", "template", "secret_key"),
}
# Those of them that are never shown again.
SECRETS = frozenset({"secret", "app_secret", "key_secret", "secret_key"})


def letter_send(kind: str, account: Account, letter: Letter) -> Reply:
    """Send a letter by a kind of channel; never raises for what the other side does."""
    if any(not account.settings.get(name) for name in FIELDS[kind]):
        return Reply(Outcome.FAILED, "unset")
    return _SENDERS[kind](account, letter)
