"""Proposals (变更上报): what a cadre says has changed about somebody, until the office has decided."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from buildings.models import Place
from buildings.scope import GuardedQuerySet
from cadres.models import Cadre
from proposals.choices import Change, State
from proposals.rules import Said
from residents.models import Resident


class Proposal(models.Model):
    """One change as a cadre sent it. Nothing follows from it until it is accepted.

    `said` holds its values (`proposals.rules.Said`); `resident` is the person, of a new one once accepted; `answer`
    says why it was declined.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    building = models.ForeignKey(
        Place, verbose_name="楼栋", editable=False, on_delete=models.PROTECT, related_name="proposals"
    )
    resident = models.ForeignKey(
        Resident,
        verbose_name="居民",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="proposals",
    )
    change = models.CharField("变更", max_length=12, choices=Change.choices, editable=False)
    said = SealedTextField("上报内容", blank=True, editable=False)
    state = models.CharField(
        "状态", max_length=10, choices=State.choices, default=State.WAITING, editable=False
    )
    cadre = models.ForeignKey(
        Cadre, verbose_name="上报人", editable=False, on_delete=models.PROTECT, related_name="proposals"
    )
    sender = models.ForeignKey(
        User, verbose_name="上报账号", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField("填写时间", editable=False)
    received_at = models.DateTimeField("收到时间", editable=False)
    answer = SealedTextField("未采纳的原因", blank=True, editable=False)
    decided_at = models.DateTimeField("核对时间", null=True, editable=False)
    decided_by = models.ForeignKey(
        User, verbose_name="核对人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    place_lookup = "building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "变更上报"
        verbose_name_plural = "变更上报"
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=State.WAITING, decided_at=None, decided_by=None, answer=b"") & ~Q(said=b"")
                | ~Q(state=State.WAITING) & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="proposals_proposal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(resident__isnull=False) | Q(change=Change.NEW),
                name="proposals_proposal_is_about_somebody",
            ),
        ]
        indexes = [
            # the box, the oldest first
            models.Index(
                fields=["community", "received_at", "id"],
                condition=Q(state=State.WAITING),
                name="proposals_proposal_waiting",
            ),
            # what somebody has reported, the newest first
            models.Index(fields=["cadre", "-received_at", "-id"], name="proposals_proposal_of_cadre"),
        ]

    def __str__(self) -> str:
        return f"{self.building} {self.change_label}"

    @property
    def change_label(self) -> str:
        """Return what has changed, in words."""
        return str(Change(self.change).label)

    @property
    def values(self) -> Said:
        """Return what was said; decrypts it."""
        return Said.read(self.said)
