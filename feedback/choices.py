"""What has become of somebody's opinion."""

from django.db import models

LONGEST = 500  # characters of a text and of its answer


class State(models.TextChoices):
    NEW = "new", "未看"
    SEEN = "seen", "已看"
    ANSWERED = "answered", "已答"
