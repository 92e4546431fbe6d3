"""What all rules of a community share: every change is a new version, in force from a day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models

from accounts.models import User
from buildings.models import Place
from buildings.scope import ScopedQuerySet


class VersionedRule(models.Model):
    """One version of a rule of a community, in force from `effective_on`; never changed from then on.

    `ladder` is `[{"rung": 0, "after_days": -2}, …]`, counted from the moment a duty is overdue; `ladder_unit` names
    the unit. `subject` are the columns that say, beside the community, which rule this is a version of; the app adds a
    unique constraint over both and the version.
    """

    subject: ClassVar[tuple[str, ...]]
    ladder_unit: ClassVar[str]

    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField("版本", editable=False)
    effective_on = models.DateField("生效日期")
    ladder = models.JSONField("升级步骤")
    is_proposal = models.BooleanField(
        "建议值", default=False, editable=False, help_text="随系统提供，尚未经社区确认"
    )
    created_by = models.ForeignKey(
        User, verbose_name="制定人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField("制定时间", editable=False)

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def ladder_of(cls, steps: Iterable[tuple[int, int]]) -> list[dict[str, int]]:
        """Return (rung, days or hours) pairs as the column stores them."""
        return [{"rung": rung, cls.ladder_unit: after} for rung, after in steps]

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """Return the ladder as (rung, days or hours) pairs, in the order in which it was written."""
        return tuple((step["rung"], step[self.ladder_unit]) for step in self.ladder)

    def versions(self) -> models.QuerySet[Any]:
        """Return all versions of this rule."""
        of: dict[str, Any] = {name: getattr(self, name) for name in ("community", *self.subject)}
        return type(self)._default_manager.filter(**of)
