"""Who signs in, and the trail of what was done."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from accounts.choices import Action, Role


class User(AbstractUser):
    """An account. Its places come from appointments and grants (see `buildings.scope`), not from here."""

    name = models.CharField("姓名", max_length=50, blank=True, help_text="如：李敏")
    role = models.CharField("账号类型", max_length=20, choices=Role.choices, default=Role.OFFICE)
    phone = models.CharField("手机号", max_length=20, blank=True, help_text="用手机号登录时填写")

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"
        constraints = [
            models.UniqueConstraint(
                fields=["phone"],
                condition=~models.Q(phone=""),
                name="accounts_user_phone_unique",
                violation_error_message="该手机号已有账号，请核对后再填。",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username


class AuditEvent(models.Model):
    """One thing somebody did with personal data or permissions; written in the transaction that did it.

    It says who, in which role, what, on which row, which fields, why and how many rows; never the values.
    A trigger (migration 0002) refuses UPDATE and DELETE.
    """

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

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        ordering = ["-at", "-id"]
        indexes = [
            # "who looked at this person": object_type + object_id, newest first
            models.Index(fields=["object_type", "object_id", "-at"], name="accounts_audit_object"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_action_display()} {self.object_type}"
