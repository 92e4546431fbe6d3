"""Backups that were made, or tried to be."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from backups.choices import State


class BackupRun(models.Model):
    """One run of `manage.py backup`, with what came of it: the name of its file and how many rows were restored from it.

    `backups.services` alone writes here.
    """

    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("完成时间", null=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WORKING)
    file_name = models.CharField("文件名", max_length=100, blank=True, default="")
    size = models.PositiveBigIntegerField("字节数", default=0)
    tables = models.PositiveIntegerField("表数", default=0)
    rows = models.PositiveBigIntegerField("行数", default=0)
    message = models.CharField("说明", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "备份记录"
        verbose_name_plural = "备份记录"
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=State.WORKING, finished_at=None)
                | Q(state__in=[State.DONE, State.FAILED], finished_at__isnull=False),
                name="backups_backuprun_finished",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.DONE) | (Q(size__gt=0) & ~Q(file_name="")),
                name="backups_backuprun_done_has_file",
            ),
        ]
        indexes = [
            # how old the newest backup is: asked by /metrics and the desk
            models.Index(
                fields=["-finished_at"], condition=Q(state=State.DONE), name="backups_backuprun_done"
            ),
        ]

    def __str__(self) -> str:
        return f"备份 {self.started_at:%Y-%m-%d %H:%M}"
