"""Receivers: webhooks of clients, district platforms, and the platform's dictionary."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from accounts.forms import ReasonForm
from adminkit.lists import WordFilter, chip
from api.admin.base import shown_once
from api.choices import Topic
from api.forms import PlatformForm, WebhookForm
from api.models import EventType, Platform, Webhook
from api.services import (
    event_type_set,
    platform_set,
    secret_renew,
    webhook_change,
    webhook_open,
    webhook_switch,
)
from buildings.admin_base import ObjectPage, ScopedAdmin
from buildings.viewer import viewer_of


class SecretPage(ObjectPage):
    name, label, submit_label = "secret", "取得签名密钥", "生成新密钥"
    explanation = "生成新的签名密钥并显示一次，原来的密钥立即失效。对方用它核对消息确由本系统发出。"
    audits_itself = True

    def submit(self, request: HttpRequest, obj: Any, form: Any) -> HttpResponse:
        secret = secret_renew(receiver=obj, now=viewer_of(request).now, by=viewer_of(request).user)
        advice = "密钥只显示这一次，离开本页后不再显示。请当面或加密交给对方的技术负责人。"
        return shown_once(self, request, obj, "签名密钥", secret, advice)


class StopPage(ObjectPage):
    name, label, submit_label, is_danger = "stop", "停用", "停用", True
    form_class = ReasonForm
    explanation = "停用后不再推送；期间发生的事，恢复后也不补推。"
    audits_itself = True

    def applies(self, request: HttpRequest, obj: Webhook) -> bool:
        return obj.is_active

    def submit(self, request: HttpRequest, obj: Webhook, form: Any) -> str:
        reason, now = form.cleaned_data["reason"], viewer_of(request).now
        webhook_switch(webhook=obj, is_active=False, reason=reason, now=now, by=viewer_of(request).user)
        return "推送已停用。"


class GoOnPage(ObjectPage):
    name, label, submit_label = "go-on", "恢复使用", "恢复使用"
    form_class = ReasonForm
    explanation = "从现在起发生的事又会推送。"
    audits_itself = True

    def applies(self, request: HttpRequest, obj: Webhook) -> bool:
        return not obj.is_active

    def submit(self, request: HttpRequest, obj: Webhook, form: Any) -> str:
        reason, now = form.cleaned_data["reason"], viewer_of(request).now
        webhook_switch(webhook=obj, is_active=True, reason=reason, now=now, by=viewer_of(request).user)
        return "推送已恢复。"


class ActiveFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = (("used", "使用中"), ("shut", "已停用"))

    def condition(self, word: str) -> Q:
        return Q(is_active=word == "used")


@admin.register(Webhook)
class WebhookAdmin(ScopedAdmin):
    form = WebhookForm
    index_position = 30
    list_display = ["client", "url", "shown_topics", "state"]
    list_filter = [ActiveFilter]
    list_select_related = ["client"]
    sortable_by = ()
    fields = ["client", "url", "topics"]
    object_pages = [SecretPage, GoOnPage, StopPage]
    empty_hint = "对方要在责任逾期、升级或事件发生时马上得到通知，可在此登记它的接收网址。"
    audits_itself = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["client"] if obj else []

    def create_with(self, request: HttpRequest, form: Any) -> Webhook:
        return webhook_open(**form.cleaned_data, now=viewer_of(request).now, by=viewer_of(request).user)

    def change_with(self, request: HttpRequest, obj: Webhook, form: Any) -> Webhook:
        return webhook_change(
            webhook=obj, **form.cleaned_data, now=viewer_of(request).now, by=viewer_of(request).user
        )

    @admin.display(description="通知内容")
    def shown_topics(self, webhook: Webhook) -> str:
        return "、".join(Topic(topic).label for topic in webhook.topics)

    @admin.display(description="状态")
    def state(self, webhook: Webhook) -> SafeString:
        return chip("done", "使用中") if webhook.is_active else chip("nobody", "已停用")


@admin.register(Platform)
class PlatformAdmin(ScopedAdmin):
    form = PlatformForm
    index_position = 40
    list_display = ["name", "community", "url", "gives_summary", "gives_names", "is_active"]
    list_select_related = ["community"]
    sortable_by = ()
    fields = ["community", "name", "url", "credential", "gives_summary", "gives_names", "is_active"]
    object_pages = [SecretPage]
    empty_hint = "事件要上报区级平台时，在此登记平台的网址，再逐类填写事件对照。"
    audits_itself = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["community"] if obj else []

    def create_with(self, request: HttpRequest, form: Any) -> Platform:
        return platform_set(**form.cleaned_data, now=viewer_of(request).now, by=viewer_of(request).user)

    def change_with(self, request: HttpRequest, obj: Platform, form: Any) -> Platform:
        typed = dict(form.cleaned_data)
        if not typed["credential"]:
            del typed["credential"]
        return platform_set(
            community=obj.community,
            platform=obj,
            **typed,
            now=viewer_of(request).now,
            by=viewer_of(request).user,
        )


@admin.register(EventType)
class EventTypeAdmin(ScopedAdmin):
    index_position = 50
    list_display = ["platform", "kind", "first_name", "second_name", "scope_name", "title"]
    list_select_related = ["platform"]
    sortable_by = ()
    fields = [
        "platform", "kind", ("first_code", "first_name"), ("second_code", "second_name"),
        ("scope_code", "scope_name"), "title",
    ]  # fmt: skip
    empty_hint = "按平台的字典，为三类必到事件各填一行。"
    audits_itself = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["platform", "kind"] if obj else []

    def create_with(self, request: HttpRequest, form: Any) -> EventType:
        return event_type_set(**form.cleaned_data, now=viewer_of(request).now, by=viewer_of(request).user)

    def change_with(self, request: HttpRequest, obj: EventType, form: Any) -> EventType:
        return event_type_set(
            platform=obj.platform,
            kind=obj.kind,
            event_type=obj,
            **form.cleaned_data,
            now=viewer_of(request).now,
            by=viewer_of(request).user,
        )
