"""Putting versions of rules in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from baibuting.common.days import local_day
from buildings.models import Place
from duties.versioned import VersionedRule

Rule = TypeVar("Rule", bound=VersionedRule)


@transaction.atomic
def rule_publish(*, rule: Rule, now: datetime) -> Rule:
    """Number a new version of a rule and put it in force from its day, today at the earliest.

    The community's row is locked, so that two clerks at once get two numbers. Raises ValidationError when the day is
    past or before that of an earlier version, when the ladder is unsound, and for what the model refuses.
    """
    Place.objects.select_for_update(of=("self",)).get(pk=rule.community_id)
    last = rule.versions().aggregate(version=Max("version"), effective_on=Max("effective_on"))
    # a version may not reach back: what cadres were accountable for stays as it was
    if rule.effective_on < local_day(now):
        raise ValidationError(
            {"effective_on": "生效日期不能早于今天；已经过去的日子按原规则计算，不作改动。"}
        )
    if last["effective_on"] and rule.effective_on < last["effective_on"]:
        raise ValidationError(
            {"effective_on": f"已有一版规则自 {last['effective_on']:%Y-%m-%d} 起生效，新版不能早于它。"}
        )
    if mistakes := ladder_mistakes(rule.steps):
        raise ValidationError({"ladder": mistakes})
    rule.version, rule.created_at = (last["version"] or 0) + 1, now
    rule.full_clean()
    rule.save()
    return rule


def ladder_mistakes(ladder: Sequence[tuple[int, int]]) -> list[str]:
    """Return what is wrong with a ladder, in sentences for the user; empty when it is sound."""
    mistakes = []
    rungs = [rung for rung, _ in ladder]
    if len(set(rungs)) != len(rungs):
        mistakes.append("每一级只能填写一个时间，请删去重复的级别。")
    if any(rung not in range(5) for rung in rungs):
        mistakes.append("级别只能是 0（提醒责任人）到 4（社区）。")
    upward = sorted((rung, after) for rung, after in ladder if rung > 0)
    if any(later[1] < earlier[1] for earlier, later in pairwise(upward)):
        mistakes.append("上一级的时间不能早于下一级，请按楼栋、片区、苑区、社区的顺序递增。")
    if any(after < 0 for _, after in upward):
        mistakes.append("楼栋及以上各级只能在逾期之后知会，请填 0 或更大的数。")
    return mistakes
