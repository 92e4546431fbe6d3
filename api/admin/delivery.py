"""Deliveries: what was sent, what waits and why, and sending it again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from adminkit.lists import WordFilter, chip
from adminkit.reveal import RevealPage
from api.choices import DeliveryState
from api.models import Delivery
from api.services import delivery_replay
from baibuting.common.queueing import enqueue_on_commit
from buildings.admin_base import ObjectPage, ScopedAdmin
from buildings.viewer import viewer_of

CHIPS = {
    DeliveryState.OWED: "today",
    DeliveryState.SENT: "done",
    DeliveryState.HELD: "overdue",
    DeliveryState.GIVEN_UP: "overdue",
}


class ReplayPage(ObjectPage):
    name, label, submit_label, is_main = "replay", "重发", "重发", True
    explanation = "推送按原样重发，编号不变，对方不会当成新的一条。上报按事件和对照的现状重新生成后发送。"
    audits_itself = True

    def applies(self, request: HttpRequest, obj: Delivery) -> bool:
        return obj.state != DeliveryState.OWED or obj.attempts > 0

    def submit(self, request: HttpRequest, obj: Delivery, form: Any) -> str:
        replayed = delivery_replay(delivery=obj, now=viewer_of(request).now, by=viewer_of(request).user)
        if replayed.state == DeliveryState.HELD:
            return f"还不能发送：{replayed.last_failure}。"
        enqueue_on_commit("api.deliver")
        return "已排入发送，结果稍后可在本页查看。"


class PayloadReveal(RevealPage):
    label = "查看报文"
    fields = ("payload",)


class StateFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = DeliveryState.choices

    def condition(self, word: str) -> Q:
        return Q(state=word)


class ReceiverFilter(WordFilter):
    title, parameter_name = "去向", "to"
    words = (("platform", "上报平台"), ("webhook", "推送"))

    def condition(self, word: str) -> Q:
        return Q(**{f"{word}__isnull": False})


@admin.register(Delivery)
class DeliveryAdmin(ScopedAdmin):
    index_position = 60
    can_add = False
    fixed = True
    list_display = [
        "shown_created",
        "topic",
        "shown_receiver",
        "shown_place",
        "state_chip",
        "attempts",
        "last_failure",
    ]
    list_filter = [StateFilter, ReceiverFilter]
    list_select_related = ["webhook__client", "platform", "event__building__parent__parent"]
    sortable_by = ()
    ordering = ["-id"]
    fields = [
        "topic", "shown_receiver", "shown_place", "state_chip", "attempts", "last_failure", "shown_created",
        "shown_sent", "shown_next",
    ]  # fmt: skip
    object_pages = [ReplayPage, PayloadReveal]
    empty_hint = "向其他单位推送和上报的每一条都会列在这里。"
    audits_itself = True

    def shown_name(self, obj: Delivery) -> str:
        return f"{obj.get_topic_display()} {obj.pk}"

    @admin.display(description="生成时间")
    def shown_created(self, delivery: Delivery) -> str:
        return f"{timezone.localtime(delivery.created_at):%Y-%m-%d %H:%M}"

    @admin.display(description="送达时间")
    def shown_sent(self, delivery: Delivery) -> str:
        return f"{timezone.localtime(delivery.sent_at):%Y-%m-%d %H:%M}" if delivery.sent_at else "—"

    @admin.display(description="下次尝试")
    def shown_next(self, delivery: Delivery) -> str:
        at = delivery.next_attempt_at
        return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "—"

    @admin.display(description="去向")
    def shown_receiver(self, delivery: Delivery) -> str:
        return str(delivery.platform or (delivery.webhook and delivery.webhook.client))

    @admin.display(description="楼栋")
    def shown_place(self, delivery: Delivery) -> str:
        return delivery.event.building.full_name

    @admin.display(description="状态")
    def state_chip(self, delivery: Delivery) -> SafeString:
        state = DeliveryState(delivery.state)
        return chip(CHIPS[state], str(state.label))
