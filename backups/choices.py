"""States of a backup."""

from django.db import models


class State(models.TextChoices):
    """What became of a backup. DONE: the file is under its name, and was restored and counted."""

    WORKING = "working", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"
