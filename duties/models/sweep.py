"""The sweep's own rows: its runs, and what is written to learn whether writing is possible."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class SweepRun(models.Model):
    """One run of the sweep, with what it did so far. `now` is the moment it judged by.

    `progress_at` is when it last got something done: after each batch, and at its end. A run that found its clock and
    the database's `clock_ahead` seconds apart (negative: behind) is `is_refused` and checked nothing. `pinged_at` is
    when the service that watches from outside was told of it.
    """

    now = models.DateTimeField("判定时刻")
    started_at = models.DateTimeField("开始时间")
    progress_at = models.DateTimeField("最近进展", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    looked_at = models.PositiveIntegerField("检查数", default=0)
    opened = models.PositiveIntegerField("新开责任", default=0)
    reminded = models.PositiveIntegerField("提醒数", default=0)
    overdue = models.PositiveIntegerField("转逾期数", default=0)
    escalated = models.PositiveIntegerField("升级数", default=0)
    put_off = models.PositiveIntegerField("推迟数", default=0)
    clock_ahead = models.IntegerField("时钟快出秒数", default=0, db_default=0)
    is_refused = models.BooleanField("时钟不符，未检查", default=False, db_default=False)
    pinged_at = models.DateTimeField("外部报平安", null=True)

    class Meta:
        verbose_name = "巡检记录"
        verbose_name_plural = "巡检记录"
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_refused=False) | Q(progress_at=None, finished_at=None, looked_at=0),
                name="duties_sweeprun_refused_did_nothing",
            ),
        ]
        indexes = [
            # the first page and the metrics: the last one that was finished
            models.Index(fields=["-finished_at"], name="duties_sweeprun_finished"),
            # every page: when the sweep last got on
            models.Index(
                fields=["-progress_at"],
                condition=Q(progress_at__isnull=False),
                name="duties_sweeprun_progress",
            ),
            # after each sweep: when the service outside was last told
            models.Index(
                fields=["-pinged_at"], condition=Q(pinged_at__isnull=False), name="duties_sweeprun_pinged"
            ),
        ]

    def __str__(self) -> str:
        return f"巡检 {self.started_at:%Y-%m-%d %H:%M}"


class WriteProbe(models.Model):
    """A row that `/healthz` writes and takes away again, to learn whether the database can still write.

    The table is always empty. The row fills a page, so that writing it takes new room on the disk.
    """

    padding = models.BinaryField(max_length=7000)

    plain_bytes = frozenset({"padding"})

    class Meta:
        verbose_name = "写入检查"
        verbose_name_plural = "写入检查"

    def __str__(self) -> str:
        return f"写入检查 {self.pk}"
