"""Benches outside the buildings: as small as an app can be."""

from __future__ import annotations

from django.db import models

from baibuting.common.plain_text import plain_text
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from duties.models import DutyClock


class Bench(models.Model):
    """A bench at a place. Somebody looks at it within a week of its being put up."""

    place = models.ForeignKey(Place, verbose_name="楼栋", on_delete=models.PROTECT, related_name="benches")
    name = models.CharField("名称", max_length=50)
    put_up_at = models.DateTimeField("安装时间")
    looked_at = models.DateTimeField("查看时间", null=True, blank=True)
    clock = models.OneToOneField(DutyClock, on_delete=models.PROTECT, related_name="bench")

    place_lookup = "place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "长椅"
        verbose_name_plural = "长椅"
        ordering = ["place__sort_key", "name"]
        constraints = [*plain_text("name")]

    def __str__(self) -> str:
        return self.name
