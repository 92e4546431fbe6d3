"""Codes that figures are broken down by."""

from django.db import models


class CategoryWord(models.TextChoices):
    """The categories as figures name them outside a community; a sensitive one never leaves under its own code."""

    HARDSHIP = "hardship", "困难家庭"
    HOSPITAL = "hospital", "住院病人"
    LAID_OFF = "laid_off", "下岗失业人员"
    ELDERLY_ALONE = "elderly_alone", "孤寡老人"
    FOCUS = "focus", "重点对象"
