"""The admin of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.choices import Role
from accounts.forms import PasswordForm, ReasonForm
from accounts.models import User
from accounts.passwords import RULE
from accounts.routing import account_of
from accounts.rules import SEPARATED_ADMIN_ROLES
from accounts.second_step import second_factor_reset
from accounts.services import (
    account_change,
    account_create,
    account_disable,
    account_enable,
    account_set_password,
)
from adminkit.base import PortalAdmin
from adminkit.pages import ObjectPage, ServiceForm
from baibuting.common.forms import MaskedFieldsMixin
from baibuting.common.masking import mask_phone


class AccountForm(MaskedFieldsMixin, ServiceForm):
    masked = {"phone": mask_phone}


class NewAccountForm(AccountForm):
    username = forms.CharField(
        label="账号",
        max_length=150,
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"class": "vTextField", "autocapitalize": "none"}),
        help_text="登录时填写，用字母和数字，如：limin",
    )
    password = forms.CharField(
        label="初始密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
        help_text=f"{RULE}；本人第一次登录时须修改",
    )


COUNTERSIGNED = "这是三员之一的账号：办理后先停用，由安全管理员复核、恢复使用后才能登录。"


class DisablePage(ObjectPage):
    name, label, submit_label, is_danger = "disable", "停用", "停用账号", True
    form_class = ReasonForm
    explanation = "停用后此人立即退出登录，不能再登录；他经办过的记录仍保留他的名字。"

    def applies(self, request: HttpRequest, obj: User) -> bool:
        return obj.is_active and obj.pk != request.user.pk

    def submit(self, request: HttpRequest, obj: User, form: Any) -> str:
        account_disable(
            account=obj, reason=form.cleaned_data["reason"], now=timezone.now(), by=account_of(request)
        )
        return f"账号“{obj}”已停用。"


class EnablePage(ObjectPage):
    name, label, submit_label = "enable", "恢复使用", "恢复使用"
    form_class = ReasonForm
    explanation = "恢复后用现在的密码登录。"

    def applies(self, request: HttpRequest, obj: User) -> bool:
        return not obj.is_active and obj.pk != request.user.pk

    def allowed(self, request: HttpRequest, obj: User) -> bool:
        """Return whether the user may enable it; the security administrator countersigns those of the 三员."""
        by = account_of(request)
        if obj.role in SEPARATED_ADMIN_ROLES and not by.is_superuser:
            return by.is_active and by.role == Role.SECURITY_ADMIN
        return super().allowed(request, obj)

    def submit(self, request: HttpRequest, obj: User, form: Any) -> str:
        account_enable(
            account=obj, reason=form.cleaned_data["reason"], now=timezone.now(), by=account_of(request)
        )
        return f"账号“{obj}”已恢复使用。"


class PasswordPage(ObjectPage):
    name, label, submit_label = "password", "重设密码", "重设密码"
    form_class = PasswordForm
    explanation = "重设后原来的密码失效，此人在各处的登录都会退出，下次登录时须自行修改密码。"

    def submit(self, request: HttpRequest, obj: User, form: Any) -> str:
        account_set_password(
            account=obj, password=form.cleaned_data["password"], now=timezone.now(), by=account_of(request)
        )
        waits = " " + COUNTERSIGNED if not User.objects.get(pk=obj.pk).is_active and obj.is_active else ""
        return f"账号“{obj}”的密码已重设。{waits}"


class SecondFactorPage(ObjectPage):
    """Resets two-step sign-in. Another role sets passwords, so that nobody gets into an account alone."""

    name, label, submit_label, is_danger = "second-factor", "解除两步验证", "解除", True
    form_class = ReasonForm
    explanation = "本人手机丢失或更换时办理，请先当面或打电话核实。解除后此人下次登录须重新启用。"
    audits_itself = True

    def applies(self, request: HttpRequest, obj: User) -> bool:
        return obj.second_factor_since is not None

    def allowed(self, request: HttpRequest, obj: User) -> bool:
        by = account_of(request)
        return by.is_active and (by.is_superuser or by.role == Role.SECURITY_ADMIN)

    def submit(self, request: HttpRequest, obj: User, form: Any) -> str:
        second_factor_reset(
            account=obj, reason=form.cleaned_data["reason"], now=timezone.now(), by=account_of(request)
        )
        return f"账号“{obj}”的两步验证已解除。"


class AccountStateFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("used", "使用中"), ("shut", "已停用"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(is_active=self.value() == "used") if self.value() else queryset


@admin.register(User)
class UserAdmin(PortalAdmin):
    index_position = 10
    list_display = ["shown_username", "name", "role", "shown_phone", "shown_state", "shown_last_login"]
    list_filter = ["role", AccountStateFilter]
    sortable_by = ()
    search_fields = ["username", "name"]
    search_help_text = "账号或姓名"
    ordering = ["-is_active", "username"]
    object_pages = [PasswordPage, SecondFactorPage, EnablePage, DisablePage]
    empty_hint = "先为社区工作者开设账号，再给他开通工作范围。"
    audits_itself = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the accounts; superusers, who set communities up, only to superusers."""
        accounts = super().get_queryset(request)
        return accounts if account_of(request).is_superuser else accounts.filter(is_superuser=False)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        self_made = AccountForm if change else NewAccountForm
        return super().get_form(request, obj, change, **{**options, "form": self_made})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        own = ["name", "role", "phone"]
        if obj is None:
            return ["username", *own, "password"]
        return ["shown_username", *own, "shown_state", "shown_second_step", "shown_last_login"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["shown_username", "shown_state", "shown_second_step", "shown_last_login"] if obj else []

    def create_with(self, request: HttpRequest, form: Any) -> User:
        account = account_create(**form.cleaned_data, now=timezone.now(), by=account_of(request))
        return self._say_countersigned(request, account, was_active=True)

    def change_with(self, request: HttpRequest, obj: User, form: Any) -> User:
        was_active = obj.is_active
        account = account_change(account=obj, **form.cleaned_data, now=timezone.now(), by=account_of(request))
        return self._say_countersigned(request, account, was_active=was_active)

    def _say_countersigned(self, request: HttpRequest, account: User, *, was_active: bool) -> User:
        if was_active and not account.is_active:
            self.message_user(request, COUNTERSIGNED, messages.WARNING)
        return account

    def picker_label(self, obj: User) -> str:
        return f"{obj.name or '未填姓名'}（{obj.username}，{obj.get_role_display()}）"

    @admin.display(description="账号")
    def shown_username(self, account: User) -> str:
        return account.username

    @admin.display(description="手机号")
    def shown_phone(self, account: User) -> str:
        return mask_phone(account.phone) or self.get_empty_value_display()

    @admin.display(description="状态")
    def shown_state(self, account: User) -> str:
        return "使用中" if account.is_active else "已停用"

    @admin.display(description="两步验证")
    def shown_second_step(self, account: User) -> str:
        if account.second_factor_since is None:
            return "未启用"
        return f"{timezone.localtime(account.second_factor_since):%Y-%m-%d} 启用"

    @admin.display(description="上次登录")
    def shown_last_login(self, account: User) -> str:
        if account.last_login is None:
            return "从未登录"
        return f"{timezone.localtime(account.last_login):%Y-%m-%d %H:%M}"
