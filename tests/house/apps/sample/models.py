"""Benches outside the buildings: as small as an app can be."""

from __future__ import annotations

from django.db import models

from baibuting.common.plain_text import plain_text
from buildings.models import Place
from buildings.scope import ScopedQuerySet


class Bench(models.Model):
    """A bench at a place."""

    place = models.ForeignKey(Place, verbose_name="楼栋", on_delete=models.PROTECT, related_name="benches")
    name = models.CharField("名称", max_length=50)

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "长椅"
        verbose_name_plural = "长椅"
        ordering = ["place__sort_key", "name"]
        constraints = [*plain_text("name")]

    def __str__(self) -> str:
        return self.name
