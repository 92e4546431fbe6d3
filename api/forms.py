"""Forms of clients, tokens, receivers and the district's dictionary."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget

from adminkit.pages import ServiceForm
from api.choices import Topic
from api.rules import grant_choices


def _url(label: str, example: str) -> forms.URLField:
    widget = forms.URLInput(attrs={"class": "vTextField"})
    return forms.URLField(
        label=label, max_length=300, assume_scheme="https", widget=widget, help_text=f"如：{example}"
    )


def _many(label: str, choices: Any, help_text: str) -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(label=label, choices=choices, widget=widget, help_text=help_text)


class ClientForm(ServiceForm):
    """A client: who reads, for which purpose, and what it is granted."""

    grants = _many(
        "数据种类",
        grant_choices,
        "只勾选用得到的；“居民姓名和户室”“骨干姓名”不勾选则遮掩，每次给出全名都会记入审计",
    )


class WebhookForm(ServiceForm):
    """An address and its topics."""

    url = _url("接收网址", "https://platform.example.cn/hooks")
    topics = _many("通知内容", Topic.choices, "只说哪一条责任或事件，不含姓名和内容")


class TokenForm(forms.Form):
    """A token to be issued; `grants` are those of its client."""

    label = forms.CharField(label="说明", max_length=50, help_text="如：正式环境、联调用")
    grants = _many("数据种类", (), "可以少于该客户端已开通的")
    until_on = forms.DateField(
        label="有效至", widget=AdminDateWidget, help_text="含当日，最长一年，如：2027-06-30"
    )

    def __init__(self, *args: Any, grants: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["grants"].choices = [  # type: ignore[attr-defined]
            (code, label) for code, label in grant_choices() if code in grants
        ]


class PlatformForm(ServiceForm):
    """Where incidents are reported to. The credential is never shown: left empty, it stays the same."""

    url = _url("上报网址", "https://platform.example.cn/events")
    credential = forms.CharField(
        label="访问凭证",
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text="由平台发给，随每次上报放在 Authorization 中；没有可不填，不修改请留空",
    )
