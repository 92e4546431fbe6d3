"""Levels of the place tree and of the administrative units above it."""

from django.db import models


class Level(models.IntegerChoices):
    """Depth in the tree; a parent is always exactly one level above (社区 → 苑区 → 片区 → 楼栋)."""

    COMMUNITY = 1, "社区"
    QUARTER = 2, "苑区"
    PRECINCT = 3, "片区"
    BUILDING = 4, "楼栋"


class UnitLevel(models.TextChoices):
    DISTRICT = "district", "区"
    STREET = "street", "街道（乡镇级）"
