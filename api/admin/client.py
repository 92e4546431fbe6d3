"""Clients and tokens. One administrator grants rights, another issues tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.forms import ReasonForm
from accounts.rules import may_write
from adminkit.lists import WordFilter, chip
from api.admin.base import shown_once
from api.forms import ClientForm, TokenForm
from api.models import ApiClient, ApiToken
from api.rules import grant_choices
from api.services import (
    client_change,
    client_open,
    client_reopen,
    client_shut,
    token_issue,
    token_revoke,
)
from baibuting.common.days import midnight
from buildings.admin_base import ObjectPage, ScopedAdmin
from buildings.viewer import viewer_of


class IssuePage(ObjectPage):
    name, label, submit_label, is_main = "issue", "签发令牌", "签发", True
    explanation = "令牌只在签发后显示一次，请当面或加密交给对方的技术负责人，不要用聊天软件发送。"
    audits_itself = True

    def applies(self, request: HttpRequest, obj: ApiClient) -> bool:
        return obj.is_active

    def allowed(self, request: HttpRequest, obj: ApiClient) -> bool:
        return may_write(viewer_of(request).user, "api.apitoken")

    def form(self, request: HttpRequest, obj: ApiClient, data: Any = None) -> forms.Form:
        today = viewer_of(request).today
        initial = {"grants": obj.grants, "until_on": today + timedelta(days=180)}
        return TokenForm(data, initial=initial, grants=obj.grants)

    renamed = {"expires_at": "until_on"}

    def submit(self, request: HttpRequest, obj: ApiClient, form: Any) -> HttpResponse:
        typed = form.cleaned_data
        _, plain = token_issue(
            client=obj,
            label=typed["label"],
            grants=typed["grants"],
            expires_at=midnight(typed["until_on"] + timedelta(days=1)),
            now=viewer_of(request).now,
            by=viewer_of(request).user,
        )
        return shown_once(
            self,
            request,
            obj,
            "接口令牌",
            plain,
            "令牌只显示这一次，离开本页后不再显示。遗失请吊销后重新签发。",
        )


class ShutPage(ObjectPage):
    name, label, submit_label, is_danger = "shut", "停用", "停用", True
    form_class = ReasonForm
    explanation = "停用后它的令牌立即失效，也不再向它推送。"
    audits_itself = True

    def applies(self, request: HttpRequest, obj: ApiClient) -> bool:
        return obj.is_active

    def submit(self, request: HttpRequest, obj: ApiClient, form: Any) -> str:
        client_shut(
            client=obj,
            reason=form.cleaned_data["reason"],
            now=viewer_of(request).now,
            by=viewer_of(request).user,
        )
        return f"“{obj}”已停用。"


class ReopenPage(ObjectPage):
    name, label, submit_label = "reopen", "恢复使用", "恢复使用"
    form_class = ReasonForm
    explanation = "恢复后，没有到期、没有吊销的令牌又可以使用。"
    audits_itself = True

    def applies(self, request: HttpRequest, obj: ApiClient) -> bool:
        return not obj.is_active

    def submit(self, request: HttpRequest, obj: ApiClient, form: Any) -> str:
        client_reopen(
            client=obj,
            reason=form.cleaned_data["reason"],
            now=viewer_of(request).now,
            by=viewer_of(request).user,
        )
        return f"“{obj}”已恢复使用。"


class InUseFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = (("used", "使用中"), ("shut", "已停用"))

    def condition(self, word: str) -> Q:
        return Q(is_active=word == "used")


@admin.register(ApiClient)
class ApiClientAdmin(ScopedAdmin):
    form = ClientForm
    index_position = 10
    list_display = ["name", "audience", "shown_places", "shown_grants", "rate", "state"]
    list_filter = [InUseFilter]
    sortable_by = ()
    search_fields = ["name"]
    search_help_text = "名称"
    autocomplete_fields = ["places"]
    fields = ["name", "audience", "purpose", "places", "grants", "rate"]
    object_pages = [IssuePage, ReopenPage, ShutPage]
    empty_hint = "其他单位的系统要读写这里的数据时，先为它开通客户端，再由系统管理员签发令牌。"
    audits_itself = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("places__parent__parent")

    def create_with(self, request: HttpRequest, form: Any) -> ApiClient:
        return client_open(**form.cleaned_data, now=viewer_of(request).now, by=viewer_of(request).user)

    def change_with(self, request: HttpRequest, obj: ApiClient, form: Any) -> ApiClient:
        return client_change(
            client=obj, **form.cleaned_data, now=viewer_of(request).now, by=viewer_of(request).user
        )

    @admin.display(description="范围")
    def shown_places(self, client: ApiClient) -> str:
        return "、".join(place.full_name for place in client.places.all())

    @admin.display(description="数据种类")
    def shown_grants(self, client: ApiClient) -> str:
        return grants_label(client.grants)

    @admin.display(description="状态")
    def state(self, client: ApiClient) -> SafeString:
        return chip("done", "使用中") if client.is_active else chip("nobody", "已停用")


def grants_label(grants: list[str]) -> str:
    """Return grants as their labels."""
    labels = dict(grant_choices())
    return "、".join(labels.get(grant, grant) for grant in grants)


class RevokePage(ObjectPage):
    name, label, submit_label, is_danger = "revoke", "吊销", "吊销", True
    form_class = ReasonForm
    explanation = "吊销后立即失效，不能恢复。怀疑令牌泄露时请马上吊销。"
    audits_itself = True

    def applies(self, request: HttpRequest, obj: ApiToken) -> bool:
        return obj.revoked_at is None

    def submit(self, request: HttpRequest, obj: ApiToken, form: Any) -> str:
        token_revoke(
            token=obj,
            reason=form.cleaned_data["reason"],
            now=viewer_of(request).now,
            by=viewer_of(request).user,
        )
        return "令牌已吊销。"


class HoldsFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = (("holds", "有效"), ("expired", "已到期"), ("revoked", "已吊销"))

    def condition(self, word: str) -> Q:
        now = timezone.now()
        return {
            "holds": Q(revoked_at=None, expires_at__gt=now),
            "expired": Q(revoked_at=None, expires_at__lte=now),
            "revoked": Q(revoked_at__isnull=False),
        }[word]


@admin.register(ApiToken)
class ApiTokenAdmin(ScopedAdmin):
    """Tokens; they are issued on their client's page."""

    index_position = 20
    can_add = False
    fixed = True
    list_display = ["client", "label", "shown_start", "shown_grants", "shown_expires", "shown_used", "state"]
    list_filter = [HoldsFilter]
    list_select_related = ["client"]
    sortable_by = ()
    fields = [
        "client", "label", "shown_start", "shown_grants", "shown_expires", "shown_used", "shown_issued", "state",
    ]  # fmt: skip
    object_pages = [RevokePage]
    empty_hint = "在接口客户端的页面上签发令牌。"
    audits_itself = True

    @admin.display(description="令牌开头")
    def shown_start(self, token: ApiToken) -> str:
        return f"{token.shown}…"

    @admin.display(description="数据种类")
    def shown_grants(self, token: ApiToken) -> str:
        return grants_label(token.grants)

    @admin.display(description="有效至")
    def shown_expires(self, token: ApiToken) -> str:
        return f"{timezone.localtime(token.expires_at - timedelta(seconds=1)):%Y-%m-%d}"

    @admin.display(description="上次使用")
    def shown_used(self, token: ApiToken) -> str:
        if token.last_used_at is None:
            return "从未使用"
        return f"{timezone.localtime(token.last_used_at):%Y-%m-%d %H:%M}"

    @admin.display(description="签发")
    def shown_issued(self, token: ApiToken) -> str:
        return f"{timezone.localtime(token.created_at):%Y-%m-%d %H:%M} {token.created_by or '系统'}"

    @admin.display(description="状态")
    def state(self, token: ApiToken) -> SafeString:
        if token.revoked_at:
            return chip("nobody", "已吊销")
        if token.expires_at <= timezone.now():
            return chip("overdue", "已到期")
        return chip("done", "有效")
