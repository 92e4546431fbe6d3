"""Channels to people, how each wants to be told, the messages owed to them, and every attempt at one."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from baibuting.common.owed import OwedMessage
from baibuting.common.plain_text import CODE, plain_text
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from cadres.models import Cadre
from duties.models import Duty
from messaging.choices import NAMED_WAYS, SMS_KINDS, ChannelKind, Matter, Outcome
from messaging.rules import QUIET_FROM, QUIET_UNTIL


class Channel(models.Model):
    """A channel of one community. `settings` is JSON of what the provider gave; `token` what it lends for a while.

    `paused_until` is when messages may be sent again after the provider said that they come too fast; `failures` counts
    the last attempts in a row for which the channel was at fault.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("通道", max_length=10, choices=ChannelKind.choices)
    is_on = models.BooleanField("使用中", default=False)
    settings = SealedTextField("设置", blank=True)
    token = SealedTextField("凭证", blank=True, editable=False)
    token_until = models.DateTimeField("凭证到期", null=True, editable=False)
    paused_until = models.DateTimeField("暂停到", null=True, editable=False)
    failures = models.PositiveIntegerField("连续失败", default=0, editable=False)

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "消息通道"
        verbose_name_plural = "消息通道"
        ordering = ["community", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["community", "kind"], name="messaging_channel_unique"),
            # two text messages about one matter help nobody
            models.UniqueConstraint(
                fields=["community"],
                condition=Q(is_on=True, kind__in=SMS_KINDS),
                name="messaging_channel_one_sms",
                violation_error_message="短信只能用一家：请先停用另一家。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.community} {self.get_kind_display()}"


class Address(models.Model):
    """What a platform calls a cadre: his account of 企业微信, 钉钉 or 飞书."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    cadre = models.ForeignKey(Cadre, verbose_name="骨干", on_delete=models.CASCADE, related_name="addresses")
    way = models.CharField("通道", max_length=10, choices=[(way.value, way.label) for way in NAMED_WAYS])
    value = SealedTextField("账号", max_length=64)

    place_lookup = "cadre__community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "通道账号"
        verbose_name_plural = "通道账号"
        constraints = [
            models.UniqueConstraint(fields=["cadre", "way"], name="messaging_address_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.cadre} {self.get_way_display()}"


class Preference(models.Model):
    """How one cadre wants to be told: by which ways of what, and when not. Without a row, as `messaging.rules` says."""

    cadre = models.OneToOneField(
        Cadre, verbose_name="骨干", on_delete=models.CASCADE, related_name="message_preference"
    )
    incident = models.JSONField("必到事件", default=list)
    notice = models.JSONField("知会", default=list)
    digest = models.JSONField("每日提要", default=list)
    quiet_from = models.TimeField("安静时段开始", default=QUIET_FROM)
    quiet_until = models.TimeField("安静时段结束", default=QUIET_UNTIL)

    place_lookup = "cadre__community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "提醒方式"
        verbose_name_plural = "提醒方式"

    def __str__(self) -> str:
        return f"{self.cadre} 提醒方式"


class Message(models.Model):
    """One matter that one cadre is to be told of; the words are made of counts when it is sent.

    `duty` is what it is about, empty for a digest. `key` distinguishes several about one duty: the notice's id, or the
    day of a digest. An urgent one does not wait for the end of the quiet hours.
    """

    cadre = models.ForeignKey(Cadre, verbose_name="收件人", on_delete=models.PROTECT, related_name="messages")
    place = models.ForeignKey(Place, verbose_name="地点", on_delete=models.PROTECT, related_name="+")
    matter = models.CharField("事由", max_length=10, choices=Matter.choices)
    duty = models.ForeignKey(
        Duty, verbose_name="责任", null=True, on_delete=models.PROTECT, related_name="messages"
    )
    key = models.CharField("区分", max_length=20, blank=True, default="")
    is_urgent = models.BooleanField("紧急", default=False)
    made_at = models.DateTimeField("生成时间")

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "消息"
        verbose_name_plural = "消息"
        ordering = ["-made_at", "-id"]
        constraints = [
            # nobody is told of one thing twice
            models.UniqueConstraint(
                fields=["cadre", "matter", "duty", "key"], nulls_distinct=False, name="messaging_message_once"
            ),
        ]
        indexes = [
            # what is deleted after its time
            models.Index(fields=["made_at"], name="messaging_message_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_matter_display()} {self.made_at:%Y-%m-%d %H:%M}"


class Dispatch(OwedMessage):
    """A message by one channel. Those that one cadre is owed by one channel go out together, as one."""

    message = models.ForeignKey(
        Message, verbose_name="消息", on_delete=models.CASCADE, related_name="dispatches"
    )
    channel = models.ForeignKey(
        Channel, verbose_name="通道", on_delete=models.PROTECT, related_name="dispatches"
    )

    longest_wait: ClassVar[timedelta] = timedelta(minutes=30)

    place_lookup = "message__place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "消息发送"
        verbose_name_plural = "消息发送"
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="messaging_dispatch_once"),
        ]
        indexes = [
            # what is still to be sent
            models.Index(
                fields=["next_attempt_at"], condition=Q(sent_at=None), name="messaging_dispatch_owed"
            ),
        ]

    def __str__(self) -> str:
        return f"消息发送 {self.pk}"


class Attempt(models.Model):
    """One attempt to tell one cadre by one channel, of so many matters. A test of a channel has no cadre.

    It is written before it is made, so that a worker that is killed leaves it behind as BEGUN.
    """

    channel = models.ForeignKey(
        Channel, verbose_name="通道", on_delete=models.PROTECT, related_name="attempts"
    )
    cadre = models.ForeignKey(
        Cadre, verbose_name="收件人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField("时间")
    matters = models.PositiveSmallIntegerField("件数", default=0)
    outcome = models.CharField("结果", max_length=10, choices=Outcome.choices, default=Outcome.BEGUN)
    code = models.CharField("代码", max_length=60, blank=True, default="")

    place_lookup = "channel__community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "发送记录"
        verbose_name_plural = "发送记录"
        ordering = ["-at", "-id"]
        constraints = [*plain_text("code", rule=CODE)]
        indexes = [
            # whether a channel is out of order, and its latest on its page
            models.Index(fields=["channel", "-at"], name="messaging_attempt_of_channel"),
            # how often somebody was told within an hour
            models.Index(
                fields=["cadre", "channel", "-at"],
                condition=Q(cadre__isnull=False),
                name="messaging_attempt_of_cadre",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.at:%Y-%m-%d %H:%M}"


class Call(models.Model):
    """Somebody called the recipient of a message by telephone, and did or did not get through."""

    message = models.ForeignKey(Message, verbose_name="消息", on_delete=models.CASCADE, related_name="calls")
    by = models.ForeignKey(User, verbose_name="打电话的人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    is_reached = models.BooleanField("打通", default=True)

    place_lookup = "message__place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "电话告知"
        verbose_name_plural = "电话告知"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"电话告知 {self.at:%Y-%m-%d %H:%M}"
