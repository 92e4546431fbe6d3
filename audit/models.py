"""The audit trail and its chain."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.choices import AlarmKind, action_choices
from baibuting.common.days import SHANGHAI
from baibuting.common.owed import OwedMessage
from baibuting.common.plain_text import plain_text


class AuditEvent(models.Model):
    """One action of a user on personal data or permissions; written in the transaction of the action.

    It says who, in which role, what, on which row, which fields, why and how many rows; never the values. A trigger
    refuses UPDATE and DELETE (migration 0002 of accounts); another records that the row waits to be sealed into the
    chain (0005 of accounts). `stamp` proves that the portal wrote it and no other client; see `audit.trail`.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)

    at = models.DateTimeField("时间")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="操作人",
        null=True,
        on_delete=models.PROTECT,
        related_name="audit_events",
    )
    role = models.CharField("身份", max_length=20, blank=True)
    action = models.CharField("操作", max_length=20, choices=action_choices)
    object_type = models.CharField("对象类型", max_length=60)
    object_id = models.CharField("对象编号", max_length=40, blank=True)
    community_id = models.BigIntegerField("社区编号", null=True)
    fields = models.JSONField("涉及字段", default=list)
    reason = models.CharField("原因", max_length=200, blank=True)
    row_count = models.PositiveIntegerField("行数", default=1)
    stamp = models.BinaryField(max_length=33, editable=False)

    plain_bytes = frozenset({"stamp"})
    formerly = ("accounts.auditevent",)  # the model's former label, in older rows of the trail
    app_privileges = frozenset({"SELECT", "INSERT"})  # baibuting/database_roles.py

    class Meta:
        db_table = "accounts_auditevent"  # named when the trail was a part of accounts
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        ordering = ["-at", "-id"]
        constraints = [*plain_text("reason")]
        indexes = [
            # "who looked at this person": object_type + object_id, newest first
            models.Index(fields=["object_type", "object_id", "-at"], name="accounts_audit_object"),
            # the auditor's list by kind, and the alarms of the last day
            models.Index(fields=["action", "-at"], name="accounts_audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_action_display()} {self.object_type}"


class AuditWaiting(models.Model):
    """An audit row that is not in the chain yet; written by a trigger in the transaction that wrote the row."""

    event_id = models.BigIntegerField(primary_key=True)

    app_privileges = frozenset({"SELECT", "INSERT", "DELETE"})

    class Meta:
        db_table = "accounts_auditwaiting"  # named when the trail was a part of accounts
        verbose_name = "待封存的审计记录"
        verbose_name_plural = "待封存的审计记录"

    def __str__(self) -> str:
        return str(self.event_id)


class AuditSeal(models.Model):
    """One link of the chain: which audit row has this number, its hash, and the hash of all up to here.

    Numbers run without a gap in the order of sealing, which is not that of the rows' ids: a transaction may commit late.
    No foreign key: the seal must outlive a deleted row. `was_genuine`: its stamp was right when it was sealed.
    """

    number = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    row_hash = models.BinaryField(max_length=32)
    link = models.BinaryField(max_length=32)
    was_genuine = models.BooleanField()
    sealed_at = models.DateTimeField()

    plain_bytes = frozenset({"row_hash", "link"})
    app_privileges = frozenset({"SELECT", "INSERT"})

    class Meta:
        db_table = "accounts_auditseal"  # named when the trail was a part of accounts
        verbose_name = "审计封存"
        verbose_name_plural = "审计封存"

    def __str__(self) -> str:
        return str(self.number)


class AuditPurge(models.Model):
    """A purge: everything up to `number` was deleted; the chain goes on from `link`."""

    number = models.BigIntegerField(primary_key=True)
    link = models.BinaryField(max_length=32)
    before_on = models.DateField()
    purged_at = models.DateTimeField()

    plain_bytes = frozenset({"link"})
    app_privileges = frozenset({"SELECT"})  # the owner alone purges

    class Meta:
        db_table = "accounts_auditpurge"  # named when the trail was a part of accounts
        verbose_name = "审计清理"
        verbose_name_plural = "审计清理"

    def __str__(self) -> str:
        return str(self.number)


class AuditCheck(models.Model):
    """A verification of the chain: one a night (`night` is the day it began on), whether by schedule or by hand.

    `problems` is how many things were found wrong; empty until it is finished.
    """

    night = models.DateField("日期", unique=True)
    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("完成时间", null=True)
    problems = models.PositiveIntegerField("异常数", null=True)

    class Meta:
        verbose_name = "审计核对"
        verbose_name_plural = "审计核对"
        ordering = ["-night"]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None, problems=None)
                | Q(finished_at__isnull=False, problems__isnull=False),
                name="audit_auditcheck_finished_with_a_result",
            ),
        ]

    def __str__(self) -> str:
        return f"审计核对 {self.night:%Y-%m-%d}"


class AuditAlarm(OwedMessage):
    """Something wrong with the trail itself, from when it was found until it was well again; auditors get a mail.

    `count` is how much is wrong, where that can be counted.
    """

    kind = models.CharField("告警", max_length=20, choices=AlarmKind.choices)
    began_at = models.DateTimeField("发现时间")
    ended_at = models.DateTimeField("解除时间", null=True)
    count = models.PositiveIntegerField("处数", default=0)

    class Meta:
        verbose_name = "审计告警"
        verbose_name_plural = "审计告警"
        ordering = ["-began_at", "-id"]
        constraints = [
            # one of a kind at a time; what is wrong now is asked on every page of an auditor
            models.UniqueConstraint(
                fields=["kind"], condition=Q(ended_at=None), name="audit_auditalarm_once"
            ),
        ]
        indexes = [
            # what is still to be mailed
            models.Index(fields=["next_attempt_at"], condition=Q(sent_at=None), name="audit_auditalarm_owed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.began_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
