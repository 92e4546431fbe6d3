"""Who signs in, and the trail of what was done."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.core.validators import validate_email
from django.db import models

from accounts.choices import Action, Role
from accounts.rules import phone_digest
from baibuting.common.fields import SealedTextField, is_unreadable
from baibuting.common.plain_text import CODE, PlainText, plain_text


class User(AbstractUser):
    """An account. Its places come from appointments and grants (see `buildings.scope`), not from here.

    `second_factor_since` says that a sign-in takes a second step, and marks which sessions have taken it; its one
    writer is `accounts.second_step`.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    name = models.CharField("姓名", max_length=50, blank=True, help_text="如：李敏")
    role = models.CharField("账号类型", max_length=20, choices=Role.choices, default=Role.OFFICE)
    phone = SealedTextField("手机号", max_length=20, blank=True, help_text="用手机号登录时填写")
    # many an address is a mobile number or a name
    email = SealedTextField("邮箱", max_length=254, blank=True, validators=[validate_email])
    phone_digest = models.BinaryField(max_length=32, null=True, editable=False)
    must_change_password = models.BooleanField("须修改密码", default=False, editable=False)
    second_factor_since = models.DateTimeField("两步验证启用时间", null=True, editable=False)

    digests = {"phone_digest": lambda account: phone_digest(account.phone)}

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"
        constraints = [
            models.UniqueConstraint(
                fields=["phone_digest"],
                condition=models.Q(phone_digest__isnull=False),
                name="accounts_user_phone_unique",
                violation_error_message="该手机号已有账号，请核对后再填。",
            ),
            PlainText(field="username", rule=CODE),
            *plain_text("first_name", "last_name", "name"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def clean(self) -> None:
        if not is_unreadable(self.email):  # which Django's own would "normalise"
            super().clean()
        self._digest()

    def save(self, *args: Any, **options: Any) -> None:
        if options.get("update_fields") is None:
            self._digest()
        super().save(*args, **options)

    def _digest(self) -> None:
        if not is_unreadable(self.phone):
            self.phone_digest = phone_digest(self.phone)


class SecondFactor(models.Model):
    """What an account proves itself with besides its password: a TOTP secret and what is left of ten one-time codes.

    `secret` is Base32 text, `backup_codes` the codes left, separated by spaces. `last_step` is the last half minute
    whose code was taken, so that none is taken twice. Unconfirmed until a first code has been typed.
    """

    user = models.OneToOneField(
        User, verbose_name="账号", on_delete=models.CASCADE, related_name="second_factor"
    )
    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    secret = SealedTextField("密钥", editable=False)
    backup_codes = SealedTextField("备用码", blank=True, editable=False)
    confirmed_at = models.DateTimeField("启用时间", null=True)
    last_step = models.BigIntegerField("最近用过的时段", default=0)
    failures = models.PositiveIntegerField("连续填错次数", default=0)
    last_failure_at = models.DateTimeField("最近填错时间", null=True)

    class Meta:
        verbose_name = "两步验证"
        verbose_name_plural = "两步验证"

    def __str__(self) -> str:
        return f"两步验证 {self.user_id}"


class SetAsideText(models.Model):
    """What stood in a plain column when its rule came to forbid numbers: whole, sealed, until somebody has looked at it.

    `column` is "<app>.<model>.<column>", `row_id` the row's primary key. In the column itself the numbers are hidden.
    Written by migrations alone; `manage.py texts_set_aside` shows them.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    column = models.CharField("栏位", max_length=100)
    row_id = models.BigIntegerField("编号")
    text = SealedTextField("原文")

    class Meta:
        verbose_name = "移出的原文"
        verbose_name_plural = "移出的原文"
        constraints = [
            models.UniqueConstraint(fields=["column", "row_id"], name="accounts_setasidetext_once"),
        ]

    def __str__(self) -> str:
        return f"{self.column} {self.row_id}"


class AuditEvent(models.Model):
    """One thing somebody did with personal data or permissions; written in the transaction that did it.

    It says who, in which role, what, on which row, which fields, why and how many rows; never the values.
    A trigger refuses UPDATE and DELETE (migration 0002); another writes down that the row waits to be sealed into the
    chain (0005). `stamp` proves that the portal wrote it, and not somebody at the database; see `accounts.trail`.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)

    at = models.DateTimeField("时间")
    user = models.ForeignKey(
        User, verbose_name="操作人", null=True, on_delete=models.PROTECT, related_name="audit_events"
    )
    role = models.CharField("身份", max_length=20, blank=True)
    action = models.CharField("操作", max_length=20, choices=Action.choices)
    object_type = models.CharField("对象类型", max_length=60)
    object_id = models.CharField("对象编号", max_length=40, blank=True)
    community_id = models.BigIntegerField("社区编号", null=True)
    fields = models.JSONField("涉及字段", default=list)
    reason = models.CharField("原因", max_length=200, blank=True)
    row_count = models.PositiveIntegerField("行数", default=1)
    stamp = models.BinaryField(max_length=33, editable=False)

    plain_bytes = frozenset({"stamp"})

    class Meta:
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

    class Meta:
        verbose_name = "待封存的审计记录"
        verbose_name_plural = "待封存的审计记录"

    def __str__(self) -> str:
        return str(self.event_id)


class AuditSeal(models.Model):
    """One link of the chain: which audit row has this number, what it said, and the hash of all up to here.

    Numbers run without a gap in the order of sealing, which is not that of the rows' ids: a transaction may commit late.
    No foreign key: a row that is gone must leave its seal behind. `was_genuine`: its stamp was right when it was sealed.
    """

    number = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    row_hash = models.BinaryField(max_length=32)
    link = models.BinaryField(max_length=32)
    was_genuine = models.BooleanField()
    sealed_at = models.DateTimeField()

    plain_bytes = frozenset({"row_hash", "link"})

    class Meta:
        verbose_name = "审计封存"
        verbose_name_plural = "审计封存"

    def __str__(self) -> str:
        return str(self.number)


class AuditPurge(models.Model):
    """Everything up to `number` was old enough and is gone; the chain goes on from its `link`."""

    number = models.BigIntegerField(primary_key=True)
    link = models.BinaryField(max_length=32)
    before_on = models.DateField()
    purged_at = models.DateTimeField()

    plain_bytes = frozenset({"link"})

    class Meta:
        verbose_name = "审计清理"
        verbose_name_plural = "审计清理"

    def __str__(self) -> str:
        return str(self.number)
