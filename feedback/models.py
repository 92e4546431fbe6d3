"""意见建议: what people who work with the portal think of it, and what the office answers."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from feedback.choices import LONGEST, State


class Opinion(models.Model):
    """An opinion about a page. `page` is the name of its address and nothing of what it showed."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    writer = models.ForeignKey(
        User, verbose_name="提出人", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    page = models.SlugField("在哪一页", max_length=80, blank=True, editable=False)
    text = SealedTextField("意见", max_length=LONGEST)
    written_at = models.DateTimeField("提出时间", editable=False)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.NEW)
    answer = SealedTextField("答复", max_length=LONGEST, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, editable=False)
    answered_by = models.ForeignKey(
        User, verbose_name="答复人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "意见建议"
        verbose_name_plural = "意见建议"
        ordering = ["-written_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=State.ANSWERED, answered_at__isnull=False, answered_by__isnull=False)
                | (~Q(state=State.ANSWERED) & Q(answered_at=None, answered_by=None)),
                name="feedback_opinion_answered_whole",
            )
        ]
        indexes = [
            # what a writer has said, and what was answered
            models.Index(fields=["writer", "written_at"], name="feedback_opinion_writer"),
        ]

    def __str__(self) -> str:
        return f"意见 {self.written_at:%Y-%m-%d %H:%M}"
