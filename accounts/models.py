"""Accounts, their second factors, texts that were set aside, and which keys this database knows."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.core.validators import validate_email
from django.db import models

from accounts.choices import KeyKind, Role
from accounts.rules import phone_digest
from baibuting.common.fields import SealedTextField, is_unreadable
from baibuting.common.plain_text import CODE, PlainText, plain_text


class User(AbstractUser):
    """An account. Its places come from appointments and grants (see `buildings.scope`), not from here.

    `second_factor_since` says that sign-in takes a second step, and marks the sessions that have taken it; only
    `accounts.second_step` writes it.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    name = models.CharField("姓名", max_length=50, blank=True, help_text="如：李敏")
    role = models.CharField("账号类型", max_length=20, choices=Role.choices, default=Role.OFFICE)
    phone = SealedTextField("手机号", max_length=20, blank=True, help_text="用手机号登录时填写")
    # many addresses are a mobile number or a name
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
        if not is_unreadable(self.email):  # Django's own clean() would "normalise" it
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
    """The second factor of an account: a TOTP secret and what is left of ten one-time back-up codes.

    `secret` is Base32 text, `backup_codes` the codes left, separated by spaces. `last_step` is the last half minute
    whose code was accepted, so that none is accepted twice. Unconfirmed until a first code has been typed.
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


class OneTimeCode(models.Model):
    """A one-time code: opens an account whose user then chooses a password, or makes the first account (no `user`).

    Only a keyed digest is kept (ADR 112). A used one is kept until the password is chosen, so that it cannot be that.
    `accounts.codes` alone writes here.
    """

    user = models.OneToOneField(
        User, verbose_name="账号", null=True, on_delete=models.CASCADE, related_name="one_time_code"
    )
    digest = models.BinaryField(max_length=32, editable=False)
    made_at = models.DateTimeField("生成时间")
    expires_at = models.DateTimeField("有效期至")
    used_at = models.DateTimeField("使用时间", null=True)

    plain_bytes = frozenset(
        {"digest"}
    )  # cannot be computed anew; codes outlive no rotation of keys by more than days

    class Meta:
        verbose_name = "开通码"
        verbose_name_plural = "开通码"
        constraints = [
            # one a user, and one for the first account
            models.UniqueConstraint(
                fields=["user"], name="accounts_onetimecode_one_each", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("made_at")), name="accounts_onetimecode_expires"
            ),
        ]

    def __str__(self) -> str:
        return f"开通码 {self.user_id}"


class SetAsideText(models.Model):
    """The former text of a plain column whose new rule forbids its numbers: whole, sealed, until it has been reviewed.

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


class KeyCheckValue(models.Model):
    """A key that rows of this database were written with: its number, and a value by which it is known again.

    `retired_at`: since then nothing is left under it (`rotate_keys`), and it may be missing from the settings.
    `accounts.key_checks` alone writes here.
    """

    kind = models.CharField("用途", max_length=10, choices=KeyKind)
    number = models.PositiveSmallIntegerField("编号")
    value = models.BinaryField("校验值", max_length=32, editable=False)
    recorded_at = models.DateTimeField("记录时间")
    retired_at = models.DateTimeField("停用时间", null=True)

    plain_bytes = frozenset({"value"})

    class Meta:
        verbose_name = "密钥校验值"
        verbose_name_plural = "密钥校验值"
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="accounts_keycheckvalue_once"),
            models.CheckConstraint(
                condition=models.Q(number__range=(1, 255)), name="accounts_keycheckvalue_number"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=KeyKind.values), name="accounts_keycheckvalue_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
