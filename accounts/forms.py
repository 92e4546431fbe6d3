"""Forms for signing in, in one step or two, and for passwords."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.db import transaction

from accounts.codes import code_is_over, is_code_of
from accounts.models import User
from accounts.passwords import RULE
from accounts.rules import phone_digest
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.crypto import digest_candidates
from baibuting.common.forms import clean_phone

CODE_OVER = "这张开通单上的开通码已经用过或过期了，请找社区办重新打印一张。"


class SignInForm(AuthenticationForm):
    """Sign-in by the account's name or by phone. Its answers never disclose whether the account exists."""

    error_messages = {
        "invalid_login": "账号或密码不对，请检查后再试；忘记密码请联系系统管理员。",
        "inactive": "账号或密码不对，请检查后再试；忘记密码请联系系统管理员。",
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].label = "账号或手机号"
        self.fields["username"].error_messages["required"] = "请填写账号或手机号。"
        self.fields["password"].error_messages["required"] = "请填写密码。"

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data.get("username", "")
        if typed:
            self.cleaned_data["username"] = _username_of(typed)
        refusal = None
        with transaction.atomic():  # a code is used up together with its row in the trail
            try:
                super().clean()
            except forms.ValidationError as found:
                refusal = found  # what was counted and recorded of it stays
                if self.user_cache is not None:  # refused although the code was right: it is not used up
                    transaction.set_rollback(True)
            else:
                self._audit()
        if refusal is not None:
            raise self._explained(refusal)
        return self.cleaned_data

    def _audit(self) -> None:
        account = self.user_cache
        if isinstance(account, User):
            audit_event_record(
                now=self.request.axes_attempt_time,  # type: ignore[union-attr]
                user=account,
                action=Action.SIGN_IN,
                object_type=User._meta.label_lower,
                object_id=str(account.pk),
            )

    def _explained(self, refusal: forms.ValidationError) -> forms.ValidationError:
        """Return the refusal; whoever has typed a real code is told that it is over."""
        name, typed = self.cleaned_data.get("username", ""), self.cleaned_data.get("password", "")
        now: datetime = self.request.axes_attempt_time  # type: ignore[union-attr]
        is_over = bool(name and typed) and code_is_over(username=name, typed=typed, now=now)
        return forms.ValidationError(CODE_OVER, code="code_over") if is_over else refusal


def _username_of(typed: str) -> str:
    """Return the name of the account with a phone; the typed text where no account has it."""
    known = User.objects.filter(phone_digest__in=digest_candidates(phone_digest(typed)))
    return known.values_list("username", flat=True).first() or typed


class CodeForm(forms.Form):
    """The code of the second step."""

    code = forms.CharField(
        label="验证码",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}
        ),
    )


class ReasonForm(forms.Form):
    """The reason why an account is disabled or enabled, for the audit trail."""

    reason = forms.CharField(label="原因", max_length=200, help_text="如：岗位调整，不再负责网格工作")


def _password_field(label: str, autocomplete: str, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=128, strip=False, widget=widget, help_text=help_text)


class PasswordForm(forms.Form):
    """A new password, typed twice."""

    password = _password_field("新密码", "new-password", RULE)
    again = _password_field("再填一遍", "new-password")

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("password") and typed.get("again") and typed["password"] != typed["again"]:
            self.add_error("again", "两遍填写的密码不一样，请重填。")
        return typed


class FirstPasswordForm(PasswordForm):
    """The user's own password in place of one that somebody else has set, or of a one-time code; typed just before."""

    def __init__(self, *args: Any, account: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.account = account

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if self.account.check_password(password):
            raise forms.ValidationError("新密码不能与原密码相同，请换一个。")
        if is_code_of(self.account, password):
            raise forms.ValidationError("开通码只能用一次，不能当密码，请另设一个。")
        return password


class FirstAccountForm(PasswordForm):
    """The account that sets the installation up; the code is printed where the portal was started."""

    code = forms.CharField(
        label="开通码",
        max_length=40,
        help_text="启动程序的窗口里有，如 K7M-4PX-9TD；大小写和横线不限",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )
    name = forms.CharField(label="您的姓名", max_length=50)
    username = forms.CharField(
        label="账号",
        max_length=150,
        validators=[User.username_validator],
        help_text="登录时填写，用字母和数字，如：limin",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    phone = forms.CharField(
        label="手机号", max_length=20, required=False, help_text="可以不填；填了也可以用手机号登录"
    )
    field_order = ["code", "name", "username", "phone", "password", "again"]

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        return clean_phone(typed) if typed.strip() else ""


class OwnPasswordForm(PasswordForm):
    """The user's own password; changing it takes the old one."""

    old = _password_field("原密码", "current-password")
    field_order = ["old", "password", "again"]

    def __init__(self, *args: Any, account: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.account = account

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        if not self.account.check_password(old):
            raise forms.ValidationError("原密码不对，请重填；忘记密码请联系系统管理员。")
        return old

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        if typed.get("password") and typed.get("password") == typed.get("old"):
            self.add_error("password", "新密码不能与原密码相同，请换一个。")
        return typed
