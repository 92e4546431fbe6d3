"""What an office fills in for a channel, and what a person chooses for himself."""

from __future__ import annotations

from typing import Any

from django import forms

from messaging.choices import SMS_KINDS, ChannelKind
from messaging.models import Channel
from messaging.selectors import settings_of
from messaging.senders import FIELDS, SECRETS

KEPT = "已填写，不改就留空"
# By channel and setting: label and where it is found.
_ASKED: dict[tuple[str, str], tuple[str, str]] = {
    (ChannelKind.WECOM, "corp_id"): ("企业 ID", "管理后台“我的企业”页面最下面，如：ww1234567890abcdef"),
    (ChannelKind.WECOM, "agent_id"): ("AgentId", "“应用管理”里自建应用的页面上，如：1000002"),
    (ChannelKind.WECOM, "secret"): ("Secret", "同一页面，点“查看”后在企业微信里看到"),
    (ChannelKind.DINGTALK, "app_key"): ("AppKey（Client ID）", "钉钉开放平台，应用的“凭证与基础信息”"),
    (ChannelKind.DINGTALK, "agent_id"): ("AgentId", "同一页面，如：1234567890"),
    (ChannelKind.DINGTALK, "app_secret"): ("AppSecret（Client Secret）", "同一页面"),
    (ChannelKind.FEISHU, "app_id"): ("App ID", "飞书开放平台，应用的“凭证与基础信息”，如：cli_a1b2c3"),
    (ChannelKind.FEISHU, "app_secret"): ("App Secret", "同一页面"),
    (ChannelKind.ALIYUN, "key_id"): (
        "AccessKey ID",
        "阿里云控制台“AccessKey 管理”；请用只有短信权限的子账号",
    ),
    (ChannelKind.ALIYUN, "sign_name"): ("短信签名", "审核通过的签名，如：百步亭社区"),
    (ChannelKind.ALIYUN, "template"): ("模板编号", "审核通过的模板，如：SMS_123456789"),
    (ChannelKind.ALIYUN, "key_secret"): ("AccessKey Secret", "新建 AccessKey 时显示一次"),
    (ChannelKind.TENCENT, "secret_id"): ("SecretId", "腾讯云控制台“访问密钥”；请用只有短信权限的子账号"),
    (ChannelKind.TENCENT, "app_id"): ("短信应用 SdkAppId", "短信控制台“应用管理”，如：1400006666"),
    (ChannelKind.TENCENT, "sign_name"): ("短信签名", "审核通过的签名，如：百步亭社区"),
    (ChannelKind.TENCENT, "template"): ("模板 ID", "审核通过的模板，如：449739"),
    (ChannelKind.TENCENT, "secret_key"): ("SecretKey", "新建密钥时显示一次"),
}
_TO = {
    ChannelKind.EMAIL: ("收测试邮件的邮箱", "如：name@example.cn"),
    ChannelKind.WECOM: ("收测试消息的企业微信账号", "通讯录里的“账号”，如：WangJianGuo"),
    ChannelKind.DINGTALK: ("收测试消息的钉钉 UserID", "管理后台通讯录里的 UserID"),
    ChannelKind.FEISHU: ("收测试消息的飞书用户 ID", "管理后台成员详情里的“用户 ID”"),
}


class ChannelForm(forms.Form):
    """The settings of one kind of channel."""

    def __init__(self, kind: str, channel: Channel | None, data: Any = None) -> None:
        kept = settings_of(channel) if channel else {}
        super().__init__(data, initial={**kept, "is_on": channel.is_on if channel else False})
        for name in FIELDS[kind]:
            label, where = _ASKED[kind, name]
            self.fields[name] = (
                _secret(label, where, is_kept=bool(kept.get(name)))
                if name in SECRETS
                else forms.CharField(label=label, help_text=where, max_length=100, required=False)
            )
        self.fields["is_on"] = forms.BooleanField(label="使用这个通道", required=False)

    @property
    def settings(self) -> dict[str, str]:
        """Return what was filled in, without whether it is on."""
        return {name: value for name, value in self.cleaned_data.items() if name != "is_on"}


def _secret(label: str, where: str, *, is_kept: bool) -> forms.CharField:
    shown = {"autocomplete": "new-password", "placeholder": KEPT if is_kept else ""}
    widget = forms.PasswordInput(attrs=shown)
    return forms.CharField(label=label, help_text=where, max_length=200, required=False, widget=widget)


def asked_to(kind: str) -> tuple[str, str]:
    """Return label and example of the field that takes the address of a test."""
    return ("收测试短信的手机号", "11 位") if kind in SMS_KINDS else _TO[ChannelKind(kind)]


class WishForm(forms.Form):
    """The quiet hours of one person; the ways are ticked beside them."""

    quiet_from = forms.TimeField(label="从", error_messages={"invalid": "请把安静时段写成 21:00 的样子。"})
    quiet_until = forms.TimeField(label="到", error_messages={"invalid": "请把安静时段写成 07:00 的样子。"})
