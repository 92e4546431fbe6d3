"""What a building's notice board needs beyond its posts: consent, and the duty line."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from cadres.models import Cadre


class PublishedContact(models.Model):
    """A cadre's consent that this number of theirs is published on the notice board, until they withdraw it.

    It covers that number only: where the cadre has another one today, none is published. A row that was
    withdrawn keeps its dates without the number.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    cadre = models.ForeignKey(
        Cadre, verbose_name="骨干", on_delete=models.PROTECT, related_name="published_contacts"
    )
    phone = SealedTextField("公示电话", blank=True)
    agreed_at = models.DateTimeField("同意时间")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    recorded_by = models.ForeignKey(
        User, verbose_name="登记人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    place_lookup = "cadre__community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "公示电话"
        verbose_name_plural = "公示电话"
        ordering = ["-agreed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["cadre"], condition=Q(withdrawn_at=None), name="boards_publishedcontact_one"
            ),
        ]

    def __str__(self) -> str:
        return f"公示电话 {self.pk}"


class DutyLine(models.Model):
    """A community's number that is answered day and night. Public."""

    community = models.OneToOneField(
        Place, verbose_name="社区", on_delete=models.PROTECT, related_name="duty_line"
    )
    phone = models.CharField("24 小时值班电话", max_length=20, help_text="如：027-82345678")

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "值班电话"
        verbose_name_plural = "值班电话"

    def __str__(self) -> str:
        return f"{self.community}值班电话"
