"""Accounts and the audit trail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin_base import PortalAdmin
from accounts.admin_pages import ObjectPage, ServiceForm, account_of
from accounts.choices import Role
from accounts.forms import PasswordForm, ReasonForm
from accounts.models import AuditEvent, User
from accounts.passwords import RULE
from accounts.services import (
    account_change,
    account_create,
    account_disable,
    account_enable,
    account_set_password,
)
from baibuting.common.forms import MaskedFieldsMixin
from baibuting.common.masking import mask_phone

admin.site.unregister(Group)  # roles decide on rights, see accounts.rules


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
    explanation = "恢复后仍用原来的密码登录。"

    def applies(self, request: HttpRequest, obj: User) -> bool:
        return not obj.is_active

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
        return f"账号“{obj}”的密码已重设。"


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
    object_pages = [PasswordPage, EnablePage, DisablePage]
    empty_hint = "先为社区工作者开设账号，再给他开通工作范围。"
    audits_itself = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Superusers, who set communities up, are out of the administrators' reach."""
        accounts = super().get_queryset(request)
        return accounts if account_of(request).is_superuser else accounts.filter(is_superuser=False)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        self_made = AccountForm if change else NewAccountForm
        return super().get_form(request, obj, change, **{**options, "form": self_made})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        own = ["name", "role", "phone"]
        if obj is None:
            return ["username", *own, "password"]
        return ["shown_username", *own, "shown_state", "shown_last_login"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["shown_username", "shown_state", "shown_last_login"] if obj else []

    def create_with(self, request: HttpRequest, form: Any) -> User:
        return account_create(**form.cleaned_data, now=timezone.now(), by=account_of(request))

    def change_with(self, request: HttpRequest, obj: User, form: Any) -> User:
        return account_change(account=obj, **form.cleaned_data, now=timezone.now(), by=account_of(request))

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

    @admin.display(description="上次登录")
    def shown_last_login(self, account: User) -> str:
        if account.last_login is None:
            return "从未登录"
        return f"{timezone.localtime(account.last_login):%Y-%m-%d %H:%M}"


@admin.register(AuditEvent)
class AuditEventAdmin(PortalAdmin):
    """Who did what, when and why; looked at, never changed."""

    index_position = 20
    can_add = can_change = False
    list_display = [
        "shown_at",
        "shown_user",
        "shown_role",
        "action",
        "shown_type",
        "object_id",
        "shown_fields",
        "reason",
    ]
    list_filter = ["action", "at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__name", "object_id"]
    search_help_text = "操作人或对象编号"
    sortable_by = ()
    fixed = True
    fields = [
        "shown_at", "shown_user", "shown_role", "action", "shown_type", "object_id", "shown_fields", "row_count", "reason",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Those of the communities in the scope, and those of no community: accounts and rights."""
        rows = super().get_queryset(request)
        scope: Any = request.scope  # type: ignore[attr-defined]
        if scope.everywhere:
            return rows
        communities = {int(path.split("/")[1]) for path in scope.paths}
        return rows.filter(Q(community_id=None) | Q(community_id__in=communities))

    def shown_name(self, obj: AuditEvent) -> str:
        return f"{self.shown_at(obj)} {obj.get_action_display()}{self.shown_type(obj)}"

    @admin.display(description="时间")
    def shown_at(self, event: AuditEvent) -> str:
        return f"{timezone.localtime(event.at):%Y-%m-%d %H:%M}"

    @admin.display(description="操作人")
    def shown_user(self, event: AuditEvent) -> str:
        return str(event.user or "系统")

    @admin.display(description="身份")
    def shown_role(self, event: AuditEvent) -> str:
        return str(dict(Role.choices).get(event.role, self.get_empty_value_display()))

    @admin.display(description="对象类型")
    def shown_type(self, event: AuditEvent) -> str:
        model = _model(event)
        return str(model._meta.verbose_name) if model else event.object_type

    @admin.display(description="涉及内容")
    def shown_fields(self, event: AuditEvent) -> str:
        """Fields under their labels, and what was done on a page of its own under that page's."""
        model = _model(event)
        labels: dict[str, str] = {}
        if model is not None and self.admin_site.is_registered(model):
            pages = getattr(self.admin_site.get_model_admin(model), "object_pages", ())
            labels = {page.name: page.label for page in pages}
            labels |= {field.name: str(field.verbose_name) for field in model._meta.fields}
        return "、".join(labels.get(name, name) for name in event.fields)


def _model(event: AuditEvent) -> type[models.Model] | None:
    try:
        return apps.get_model(event.object_type)
    except (LookupError, ValueError):
        return None
