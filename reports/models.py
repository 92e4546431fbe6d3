"""Reports made in the background, and their sealed files."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from baibuting.common.runs import BackgroundRun
from baibuting.common.sealed_files import OwnedFile
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from reports.choices import CHIPS, ENDED, PENDING, Purpose, State
from reports.rules import kind_choices


class ReportRun(BackgroundRun):
    """A report that is too large to wait for.

    It covers the days `first_on` to `last_on`, both included, and what lies below `paths`: the place itself, or the
    parts of it that its user is responsible for. `done` of `total` rows are made; `seen_at` is when the user has seen
    that it is ready or broke off.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    kind = models.CharField("报表", max_length=20, choices=kind_choices)
    place = models.ForeignKey(
        Place, verbose_name="范围", on_delete=models.CASCADE, related_name="report_runs"
    )
    paths = models.JSONField("覆盖范围", default=list)
    first_on = models.DateField("自")
    last_on = models.DateField("至")
    is_full = models.BooleanField("完整内容", default=False)
    reason = SealedTextField("用途", max_length=200, blank=True)
    user = models.ForeignKey(
        User, verbose_name="制表人", on_delete=models.PROTECT, related_name="report_runs"
    )
    state = models.CharField("状态", max_length=20, choices=State.choices, default=State.WAITING)
    seen_at = models.DateTimeField("查看时间", null=True)

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "报表"
        verbose_name_plural = "报表"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_on__lte=F("last_on")), name="reports_reportrun_first_before_last"
            ),
        ]
        indexes = [
            # the worker: waiting runs, oldest first, and those in work
            models.Index(
                fields=["created_at"], condition=Q(state__in=PENDING), name="reports_reportrun_queue"
            ),
            # a user's own, newest first
            models.Index(fields=["user", "-created_at"], name="reports_reportrun_mine"),
            # the count in the bar: a user's own that have ended and are not seen
            models.Index(
                fields=["user"], condition=Q(state__in=ENDED, seen_at=None), name="reports_reportrun_unseen"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def chip(self) -> str:
        """Return the CSS class of its state's chip, as in `chip-week`."""
        return CHIPS.get(State(self.state), "week")


class ReportFile(OwnedFile):
    """A sealed file of a run. Deleted after some days."""

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="files")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)

    owner = "run"

    class Meta:
        verbose_name = "报表文件"
        verbose_name_plural = "报表文件"
        constraints = [models.UniqueConstraint(fields=["run", "purpose"], name="reports_reportfile_unique")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.run_id}"
