"""What phones have sent, and what they are offered."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import uuid4

from django.apps import apps
from django.db import models
from django.db.models import Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from baibuting.common.owed import OwedMessage
from baibuting.common.plain_text import plain_text
from baibuting.common.sealed_files import SealedFile
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from phone.choices import WAITING, State
from phone.rules import entry_choices
from residents.models import CareCategory


class RestoreEpoch(models.Model):
    """A period of the database between two restores: each restore begins a new one, and phones send again."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    began_at = models.DateTimeField("开始时间")

    class Meta:
        verbose_name = "数据库版本"
        verbose_name_plural = "数据库版本"
        ordering = ["-began_at", "-id"]

    def __str__(self) -> str:
        return str(self.uid)


class Submission(models.Model):
    """One entry as a phone sent it. The page it was filled in on made its `entry_uid`.

    Sent twice, it is one row: (sender, entry_uid, hash) is unique. Two bodies under one uid are two rows, the later a
    CONFLICT. `payload` is the entry's JSON, kept only until the office has decided. `place` is the building it
    concerns where that is known, else the sender's community. `object_type` ("app.model") and `object_id` name the
    row that it led to, of whichever app its kind belongs to.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    entry_uid = models.UUIDField("条目编号", editable=False)
    hash = models.CharField("内容指纹", max_length=64, editable=False)
    kind = models.CharField("种类", max_length=10, choices=entry_choices, blank=True)
    state = models.CharField("状态", max_length=12, choices=State.choices)
    sender = models.ForeignKey(User, verbose_name="发送人", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, verbose_name="地点", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("填写时间")
    received_at = models.DateTimeField("收到时间")
    payload = SealedTextField("内容", blank=True)
    message = SealedTextField("未录入的原因", max_length=300, blank=True)
    object_type = models.CharField("录入成", max_length=50, blank=True, default="", editable=False)
    object_id = models.BigIntegerField("录入的编号", null=True, editable=False)
    decided_at = models.DateTimeField("处理时间", null=True)
    decided_by = models.ForeignKey(
        User, verbose_name="处理人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    decision = SealedTextField("处理说明", max_length=200, blank=True)

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "手机提交"
        verbose_name_plural = "手机提交"
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["sender", "entry_uid", "hash"], name="phone_submission_once"),
            models.CheckConstraint(
                condition=Q(state__in=WAITING) | Q(payload=b""), name="phone_submission_payload_while_waiting"
            ),
            models.CheckConstraint(
                condition=Q(object_type="", object_id=None)
                | (~Q(object_type="") & Q(object_id__isnull=False)),
                name="phone_submission_object_whole",
            ),
        ]
        indexes = [
            # has this entry come before?
            models.Index(fields=["entry_uid"], name="phone_submission_entry"),
            # entries that wait for the office
            models.Index(
                fields=["place", "received_at"],
                condition=Q(state__in=WAITING),
                name="phone_submission_waiting",
            ),
            # what phones sent about a row: its photos, and whether it may be erased
            models.Index(
                fields=["object_id", "object_type"],
                condition=Q(object_id__isnull=False),
                name="phone_submission_object",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.received_at:%Y-%m-%d %H:%M}"

    @classmethod
    def pointing_at(cls, label: str, pks: Collection[int]) -> list[tuple[int, int]]:
        """Return (id of a submission, id of the row it led to) for rows of a model; see `baibuting.common.pointing`."""
        rows = cls._base_manager.filter(object_type=label, object_id__in=list(pks)).order_by()
        return [(pk, made) for pk, made in rows.values_list("pk", "object_id") if made is not None]

    def made(self) -> models.Model | None:
        """Return the row that the entry led to, None where there is none. One query."""
        if self.object_id is None:
            return None
        return apps.get_model(self.object_type)._base_manager.filter(pk=self.object_id).first()


class Photo(SealedFile):
    """A picture that belongs to an entry: sealed, without EXIF or location, at most 1600 pixels wide or high.

    `sent_hash` is the SHA-256 of the bytes sent; the phone deletes its copy once it has read it back.
    """

    uid = models.UUIDField(editable=False, unique=True)
    submission = models.ForeignKey(
        Submission, verbose_name="条目", on_delete=models.PROTECT, related_name="photos"
    )
    sent_hash = models.CharField("指纹", max_length=64, editable=False)
    sealed = models.BinaryField("图片", editable=False)
    received_at = models.DateTimeField("收到时间")

    place_lookup = "submission__place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "走访照片"
        verbose_name_plural = "走访照片"
        ordering = ["received_at", "id"]

    def __str__(self) -> str:
        return f"{self.submission} 照片"


class PhoneContact(models.Model):
    """When the server last heard from a cadre's phone, to the hour. Only `phone_heard` writes it."""

    cadre = models.OneToOneField("cadres.Cadre", on_delete=models.CASCADE, related_name="phone_contact")
    heard_at = models.DateTimeField("最近联系时间")

    class Meta:
        verbose_name = "手机联系"
        verbose_name_plural = "手机联系"

    def __str__(self) -> str:
        return f"{self.cadre} {self.heard_at:%Y-%m-%d %H:%M}"


class QuickPhrase(models.Model):
    """A text offered on a visit's form; selected by tapping, written into the visit's notes."""

    category = models.ForeignKey(
        CareCategory,
        verbose_name="类别",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="不选表示各类对象都用",
    )
    text = models.CharField("短语", max_length=12, help_text="如：身体尚好；不超过 12 个字")
    topic = models.CharField(
        "话题",
        max_length=6,
        blank=True,
        default="",
        db_default="",
        help_text="同一话题的只能选一个，如：身体；可不填",
    )
    is_default = models.BooleanField("预先选中", default=False, help_text="打开表格时已经选好，可以点掉")
    position = models.PositiveSmallIntegerField("顺序", default=0, help_text="小的在前，如：10")

    class Meta:
        verbose_name = "快捷短语"
        verbose_name_plural = "快捷短语"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "text"],
                nulls_distinct=False,
                name="phone_quickphrase_unique",
                violation_error_message="已有同样的短语。",
            ),
            *plain_text("text", "topic"),
        ]

    def __str__(self) -> str:
        return self.text


class DigestPlan(models.Model):
    """When a community's cadres receive the day's digest; without a row, or switched off, there is none."""

    community = models.OneToOneField(
        Place, verbose_name="社区", on_delete=models.CASCADE, related_name="digest_plan"
    )
    is_on = models.BooleanField("每天发送", default=True)
    at = models.TimeField("发送时间", help_text="如：07:30")

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "每日提要"
        verbose_name_plural = "每日提要"

    def __str__(self) -> str:
        return f"{self.community} {self.at:%H:%M}"


class Digest(OwedMessage):
    """The digest of one cadre on one day: counts only. `sent_at` is when the mail server accepted the e-mail."""

    cadre = models.ForeignKey("cadres.Cadre", on_delete=models.CASCADE, related_name="+")
    day = models.DateField("日期")
    made_at = models.DateTimeField("生成时间")
    overdue = models.PositiveIntegerField("逾期")
    due_today = models.PositiveIntegerField("今天到期")
    coming = models.PositiveIntegerField("七天内到期")
    notices = models.PositiveIntegerField("未读知会")

    longest_wait = timedelta(hours=2)  # later than that, the day is half over

    class Meta:
        verbose_name = "提要"
        verbose_name_plural = "提要"
        ordering = ["-day", "-id"]
        constraints = [models.UniqueConstraint(fields=["cadre", "day"], name="phone_digest_once_a_day")]
        indexes = [
            # digests still to be mailed
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="phone_digest_to_mail",
            )
        ]

    def __str__(self) -> str:
        return f"{self.cadre} {self.day:%Y-%m-%d}"
