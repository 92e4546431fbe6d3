"""What holders of posts do in every period."""

from django.db import models

from duties.choices import Period

SOURCE = "routine"
"""Under which the reader of these clocks is registered."""


class Matter(models.TextChoices):
    """Each has a reader of what settles it (`routines.sources`) and a kind of duty of the same code."""

    GROUP_TRAINING = "group_training", "党小组长轮训"
    MEMBER_STUDY = "member_study", "党员政治学习"


PERIODS = [
    (period.value, period.label) for period in (Period.MONTH, Period.QUARTER, Period.HALF_YEAR, Period.YEAR)
]
