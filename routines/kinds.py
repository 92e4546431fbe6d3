"""The duties that routines make: one kind for each matter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from baibuting.common.day_labels import day_label
from duties.choices import Family, Period
from duties.kinds import Kind
from duties.models import Duty
from routines.choices import SOURCE, Matter


class Periodic(Kind):
    """What the holder of a post does in every period."""

    family, source = Family.PERIODIC, SOURCE
    lacking = "至今没有完成"
    evidence = "活动签到"

    def facts(self, duty: Duty) -> Sequence[tuple[str, str]]:
        carried_on = duty.basis.get("carried_on")
        if not carried_on:
            return ()
        day = date.fromisoformat(carried_on)
        return (("此前已完成", f"{day.year}年{day.month}月{day.day}日，本周期内，任职以前"),)

    def opened(self, duty: Duty) -> str:
        words = super().opened(duty)
        period = duty.basis.get("period")
        return f"{words}（{Period(period).label}）" if period else words

    def counted_from(self, duty: Duty, now: datetime) -> str:
        days = duty.basis.get("first_within_days")
        return f"自 {day_label(duty.opened_on, now)}起 {days} 天内首次完成" if days else ""


class GroupTraining(Periodic):
    code, label = Matter.GROUP_TRAINING.value, Matter.GROUP_TRAINING.label
    verb, late_verb = "参加轮训", "补训"


class MemberStudy(Periodic):
    code, label = Matter.MEMBER_STUDY.value, Matter.MEMBER_STUDY.label
    verb, late_verb = "组织学习", "补学"


KINDS: tuple[Kind, ...] = (GroupTraining(), MemberStudy())
