"""Clients of the interface, their tokens and grants, and the messages owed to them.

The database itself fills the change feed and the outbox (migration 0002): see docs/adr/0040.
"""

from __future__ import annotations

from typing import Self, TypeVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import User
from api.choices import Audience, DeliveryState, Topic
from api.rules import row_kind_choices
from baibuting.common.fields import SealedTextField
from baibuting.common.owed import OwedMessage
from baibuting.common.plain_text import CODE, PlainText, plain_text
from buildings.models import Place
from buildings.scope import Scope, ScopedQuerySet, path_condition
from duties.choices import Rung
from duties.models import Duty
from visits.choices import IncidentKind
from visits.models import Incident

_Row = TypeVar("_Row", bound=models.Model)


class ApiClientQuerySet(ScopedQuerySet["ApiClient"]):
    def within(self, scope: Scope) -> Self:
        """Return the clients all of whose places lie in the scope: who manages one is responsible for all of them."""
        if scope.everywhere:
            return self.all()
        outside = Place.objects.exclude(path_condition(scope)) if scope.paths else Place.objects.all()
        given = ApiClient.places.through.objects.filter(apiclient=models.OuterRef("pk"))
        return self.filter(models.Exists(given)).exclude(
            models.Exists(given.filter(place__in=outside.values("pk")))
        )


class ApiClient(models.Model):
    """A program of another office that reads or writes here. Its places are its scope, its grants the kinds of data."""

    name = models.CharField(
        "名称",
        max_length=50,
        unique=True,
        help_text="如：江岸区数据平台",
        error_messages={"unique": "已有同名的客户端，请换一个名称。"},
    )
    audience = models.CharField(
        "使用方",
        max_length=10,
        choices=Audience.choices,
        default=Audience.OUTSIDE,
        help_text="区级或其他单位：小于 5 的统计数字不给出",
    )
    places = models.ManyToManyField(
        Place, verbose_name="范围", related_name="api_clients", help_text="只给出这些范围内的数据"
    )
    grants = models.JSONField("数据种类", default=list)
    rate = models.PositiveIntegerField(
        "每分钟次数", default=120, help_text="每个令牌每分钟最多请求的次数，如：120"
    )
    purpose = models.CharField("用途", max_length=200, help_text="如：区治理平台每日统计，依据某年某号文件")
    is_active = models.BooleanField("使用中", default=True, editable=False)
    created_at = models.DateTimeField("开通时间", editable=False)
    created_by = models.ForeignKey(
        User, verbose_name="经办人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    place_lookup = "places"
    objects = ApiClientQuerySet.as_manager()

    class Meta:
        verbose_name = "接口客户端"
        verbose_name_plural = "接口客户端"
        ordering = ["-is_active", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__gte=1, rate__lte=6000),
                name="api_client_rate_sensible",
                violation_error_message="每分钟次数请填 1 到 6000。",
            ),
            *plain_text("name", "purpose"),
        ]

    def __str__(self) -> str:
        return self.name


class OfClientQuerySet(ScopedQuerySet[_Row]):
    def within(self, scope: Scope) -> Self:
        """Return the rows of the clients in the scope."""
        return self.filter(client__in=ApiClient.objects.within(scope))


class ApiToken(models.Model):
    """A client's key. Only a digest is stored: the token is shown once, when it is issued.

    `grants` narrows the client's own; `window_*` count the requests of the current minute.
    """

    client = models.ForeignKey(
        ApiClient, verbose_name="客户端", on_delete=models.PROTECT, related_name="tokens"
    )
    label = models.CharField("说明", max_length=50, help_text="如：正式环境、联调用")
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    shown = models.CharField("令牌开头", max_length=20, editable=False)
    grants = models.JSONField("数据种类", default=list)
    expires_at = models.DateTimeField("到期时间")
    revoked_at = models.DateTimeField("吊销时间", null=True, editable=False)
    created_at = models.DateTimeField("签发时间", editable=False)
    created_by = models.ForeignKey(
        User, verbose_name="签发人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    last_used_at = models.DateTimeField("上次使用", null=True, editable=False)
    window_started_at = models.DateTimeField(null=True, editable=False)
    window_count = models.PositiveIntegerField(default=0, editable=False)

    plain_bytes = frozenset({"digest"})  # no key: it could not be recomputed without the token
    objects = OfClientQuerySet.as_manager()

    class Meta:
        verbose_name = "接口令牌"
        verbose_name_plural = "接口令牌"
        ordering = ["client__name", "-created_at", "-id"]
        constraints = [*plain_text("label")]

    def __str__(self) -> str:
        return f"{self.client} {self.label}"


class IdempotentRequest(models.Model):
    """A write that was done once under a client's key, with its response; kept thirty days.

    `digest` is a keyed digest of address and body: the same key with another body is refused.
    """

    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="requests")
    key = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    plain_bytes = frozenset({"digest"})  # compared under every live key; its source is not kept

    class Meta:
        verbose_name = "接口写入"
        verbose_name_plural = "接口写入"
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="api_request_once"),
        ]
        indexes = [
            # deletion of the oldest
            models.Index(fields=["created_at"], name="api_request_age"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.pk}"


class FeedEntry(models.Model):
    """A row that clients synchronise, at a path where it lies or (`is_here` false) once lay.

    `position` is its place in the feed; null after a change, until `feed_number` assigns the next one.
    Only triggers write it.
    """

    kind = models.CharField(max_length=20, choices=row_kind_choices)
    row_id = models.BigIntegerField()
    path = models.CharField(max_length=80)
    community = models.ForeignKey(Place, db_constraint=False, on_delete=models.PROTECT, related_name="+")
    is_here = models.BooleanField(default=True)
    position = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "变更"
        verbose_name_plural = "变更"
        constraints = [
            models.UniqueConstraint(fields=["kind", "row_id", "path"], name="api_feedentry_unique"),
            models.UniqueConstraint(fields=["position"], name="api_feedentry_position"),
        ]
        indexes = [
            # the feed: changes after a position in some communities
            models.Index(fields=["community", "position"], name="api_feedentry_feed"),
            # feed_number: entries without a position
            models.Index(fields=["id"], condition=Q(position=None), name="api_feedentry_fresh"),
            # feed_number after a place was moved: everything that lies there
            models.Index(fields=["path"], condition=Q(is_here=True), name="api_feedentry_path"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class FeedMove(models.Model):
    """A place's change of path that the feed has yet to follow; written by a trigger, consumed by `feed_number`."""

    path_from = models.CharField(max_length=80)
    path_to = models.CharField(max_length=80)

    class Meta:
        verbose_name = "路径变更"
        verbose_name_plural = "路径变更"

    def __str__(self) -> str:
        return f"{self.path_from} → {self.path_to}"


class FeedEpoch(models.Model):
    """The single row with the feed's epoch, in which positions count; `restart_feed` begins a new one."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.UUIDField(default=uuid4)

    class Meta:
        verbose_name = "变更纪元"
        verbose_name_plural = "变更纪元"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="api_feedepoch_one")]

    def __str__(self) -> str:
        return str(self.epoch)


class Webhook(models.Model):
    """An address of a client that is notified of events in its places, signed with `secret`."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    client = models.ForeignKey(
        ApiClient, verbose_name="客户端", on_delete=models.PROTECT, related_name="webhooks"
    )
    url = models.URLField("接收网址", max_length=300, help_text="如：https://platform.example.cn/hooks")
    topics = models.JSONField("通知内容", default=list)
    secret = SealedTextField("签名密钥", editable=False)
    is_active = models.BooleanField("使用中", default=True, editable=False)
    created_at = models.DateTimeField("开通时间", editable=False)

    objects = OfClientQuerySet.as_manager()

    class Meta:
        verbose_name = "事件推送"
        verbose_name_plural = "事件推送"
        ordering = ["client__name", "id"]
        constraints = [PlainText(field="url", rule=CODE)]

    def __str__(self) -> str:
        return f"{self.client} 推送 {self.pk}"


class Platform(models.Model):
    """Where a community's incidents are reported to; one district platform a community."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.OneToOneField(
        Place, verbose_name="社区", on_delete=models.PROTECT, related_name="district_platform"
    )
    name = models.CharField("平台名称", max_length=50, help_text="如：江岸区社会治理平台")
    url = models.URLField("上报网址", max_length=300, help_text="如：https://platform.example.cn/events")
    credential = SealedTextField(
        "访问凭证", blank=True, help_text="由平台发给，随每次上报放在 Authorization 中；没有可不填"
    )
    secret = SealedTextField("签名密钥", editable=False)
    gives_summary = models.BooleanField(
        "上报情况描述", default=False, help_text="勾选后把事件情况原文一并上报"
    )
    gives_names = models.BooleanField(
        "上报到场人姓名", default=False, help_text="勾选后给出到场骨干的全名，不勾选则遮掩"
    )
    is_active = models.BooleanField("启用上报", default=True, help_text="不勾选则暂停，期间发生的不补报")

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "上报平台"
        verbose_name_plural = "上报平台"
        ordering = ["community__sort_key", "id"]
        constraints = [PlainText(field="url", rule=CODE), *plain_text("name")]

    def __str__(self) -> str:
        return self.name


class EventType(models.Model):
    """What the district platform's dictionary calls one kind of incident."""

    platform = models.ForeignKey(
        Platform, verbose_name="上报平台", on_delete=models.PROTECT, related_name="types"
    )
    kind = models.CharField("事件类别", max_length=20, choices=IncidentKind.choices)
    first_code = models.CharField("一级类型代码", max_length=20, help_text="按平台字典，如：01")
    first_name = models.CharField("一级类型名称", max_length=50, help_text="如：矛盾纠纷")
    second_code = models.CharField("二级类型代码", max_length=20, help_text="如：0103")
    second_name = models.CharField("二级类型名称", max_length=50, help_text="如：婚姻家庭纠纷")
    scope_code = models.CharField("涉及范围代码", max_length=20, help_text="如：1")
    scope_name = models.CharField("涉及范围名称", max_length=50, help_text="如：单个家庭")
    title = models.CharField(
        "事件名称写法",
        max_length=100,
        default="{楼栋}{类别}",
        help_text="可用 {社区}、{苑区}、{片区}、{楼栋}、{类别}，如：{苑区}{楼栋}发生{类别}",
    )

    place_lookup = "platform__community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "事件对照"
        verbose_name_plural = "事件对照"
        ordering = ["platform", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "kind"],
                name="api_eventtype_once",
                violation_error_message="该平台已有这一类别的对照，请直接修改。",
            ),
            *plain_text("first_code", "second_code", "scope_code", rule=CODE),
            *plain_text("first_name", "second_name", "scope_name", "title"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.get_kind_display()}"


class OutboxEvent(models.Model):
    """An event that receivers may have to be notified of; triggers write it in the event's own transaction.

    `fanned_out_at` is set once a delivery has been written for every receiver subscribed to it.
    """

    topic = models.CharField(max_length=30, choices=Topic.choices)
    community = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    building = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    duty = models.ForeignKey(Duty, null=True, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="+")
    rung = models.PositiveSmallIntegerField(choices=Rung.choices, null=True)
    occurred_at = models.DateTimeField()
    fanned_out_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "待通知事项"
        verbose_name_plural = "待通知事项"
        indexes = [
            # fan-out: events not fanned out yet
            models.Index(fields=["id"], condition=Q(fanned_out_at=None), name="api_outboxevent_fresh"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"


class Delivery(OwedMessage):
    """A message owed to one receiver: tried until it is accepted, its payload kept sealed as it was sent.

    A report that lacks a code of the platform's dictionary is held until the office has filled it in (`last_failure`
    says which) and sends it again.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(
        OutboxEvent, verbose_name="事项", on_delete=models.PROTECT, related_name="deliveries"
    )
    webhook = models.ForeignKey(
        Webhook, verbose_name="推送", null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    platform = models.ForeignKey(
        Platform, verbose_name="上报平台", null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    topic = models.CharField("内容", max_length=30, choices=Topic.choices)
    payload = SealedTextField("报文", blank=True)
    state = models.CharField("状态", max_length=10, choices=DeliveryState.choices, default=DeliveryState.OWED)
    sent_at = models.DateTimeField("送达时间", null=True)
    created_at = models.DateTimeField("生成时间")

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "推送与上报"
        verbose_name_plural = "推送与上报"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(webhook__isnull=False, platform=None) | Q(webhook=None, platform__isnull=False),
                name="api_delivery_one_receiver",
            ),
            models.UniqueConstraint(
                fields=["event", "webhook"],
                condition=Q(webhook__isnull=False),
                name="api_delivery_once_a_webhook",
            ),
            models.UniqueConstraint(
                fields=["event", "platform"],
                condition=Q(platform__isnull=False),
                name="api_delivery_once_a_platform",
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.OWED, next_attempt_at__isnull=False)
                | (~Q(state=DeliveryState.OWED) & Q(next_attempt_at=None)),
                name="api_delivery_owed_has_time",
            ),
        ]
        indexes = [
            # messages still to be sent, the longest waiting first
            models.Index(
                fields=["next_attempt_at"], condition=Q(state=DeliveryState.OWED), name="api_delivery_owed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_topic_display()} {self.pk}"
