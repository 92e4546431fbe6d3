"""Rules of what a post does in every period, and who owes it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baibuting.common.spans import Span
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from cadres.choices import Post
from cadres.models import Appointment
from duties.models import DutyClock
from duties.versioned import VersionedRule
from routines.choices import PERIODS, Matter

OWED = Span()


class RoutineRule(VersionedRule):
    """One version of which post does a matter, and how often; its ladder counts days after the due date.

    Where it is not `is_on`, nobody owes the matter. Before a community's first version nobody does either.
    """

    subject = ("matter",)
    ladder_unit = "after_days"

    matter = models.CharField("事项", max_length=20, choices=Matter.choices)
    is_on = models.BooleanField("执行", default=True, help_text="不勾选表示自生效日起停办这件事")
    owner_post = models.CharField("责任岗位", max_length=30, choices=Post.choices)
    period = models.CharField("周期", max_length=10, choices=PERIODS)
    due_offset_days = models.PositiveSmallIntegerField(
        "周期开始后第几天截止", null=True, blank=True, help_text="不填表示到周期的最后一天"
    )
    first_within_days = models.PositiveSmallIntegerField(
        "首次期限（天）", help_text="上任或开始执行后几天内首次完成，如：180"
    )
    shift_to_working_day = models.BooleanField("遇休息日顺延", default=False)

    class Meta:
        verbose_name = "定期事项规则"
        verbose_name_plural = "定期事项规则"
        ordering = ["community", "matter", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "matter", "version"], name="routines_rule_version_unique"
            ),
            models.CheckConstraint(
                condition=Q(first_within_days__gt=0),
                name="routines_rule_first_positive",
                violation_error_message="首次期限至少 1 天，如：28。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_matter_display()} 第 {self.version} 版"


class Routine(models.Model):
    """An appointment owes a matter from `started_on` through `ended_on`, both included; its clock opens the rounds."""

    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    matter = models.CharField("事项", max_length=20, choices=Matter.choices)
    appointment = models.ForeignKey(
        Appointment, verbose_name="任职", on_delete=models.PROTECT, related_name="routines"
    )
    clock = models.OneToOneField(
        DutyClock, verbose_name="计时", on_delete=models.PROTECT, related_name="routine"
    )
    started_on = models.DateField("开始日期")
    ended_on = models.DateField("结束日期", null=True, blank=True)
    created_at = models.DateTimeField("建立时间")

    place_lookup = "appointment__place"
    span = OWED
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "定期事项"
        verbose_name_plural = "定期事项"
        ordering = ["appointment__place__sort_key", "matter", "-started_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "matter", "started_on"], name="routines_routine_once"
            ),
            OWED.ends_after_start("routines_routine_ends_after_start", message="结束日期不能早于开始日期。"),
        ]
        indexes = [
            # the clocks that a new version, or a roll, concerns
            models.Index(fields=["community", "matter"], name="routines_routine_of_matter"),
        ]

    def __str__(self) -> str:
        return f"{self.get_matter_display()} {self.appointment}"
