"""Choices of teams and pairings."""

from django.db import models


class TeamKind(models.TextChoices):
    CARE = "care", "关爱帮扶"
    SAFETY = "safety", "平安巡防"
    CULTURE = "culture", "文体活动"
    ENVIRONMENT = "environment", "环境卫生"
    MEDIATION = "mediation", "纠纷调解"
    OTHER = "other", "其他"
