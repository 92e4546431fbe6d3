"""The wording of the duties of a repair; registered by repairs.apps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from django.urls import reverse

from accounts.models import User
from baibuting.common.day_labels import day_label
from duties.choices import Family
from duties.kinds import Kind, Link, PhoneCard, StoryLine
from duties.models import Duty
from duties.selectors import Disclosure
from repairs.choices import DutyKind, Source
from repairs.models import RepairOrder, RepairStep


class Repairing(Kind):
    """What an order asks of one of its parties."""

    family = Family.REPAIRING
    source = Source.REPAIR
    related = ("clock__repair_order__rule",)
    phone_card = PhoneCard.ELSEWHERE
    begins: ClassVar[str]

    @staticmethod
    def order(duty: Duty) -> RepairOrder:
        """Return the order of the duty."""
        return duty.clock.repair_order

    def category(self, duty: Duty, disclosure: Disclosure) -> str:
        return f"{self.order(duty).get_spot_display()}{self.label}"

    def references(self, duty: Duty) -> Mapping[str, int]:
        return {"repair": self.order(duty).pk}

    def rule(self, duty: Duty, *, may_know: bool) -> str:
        rule = self.order(duty).rule
        proposal = "，建议值" if rule.is_proposal else ""
        return f"{rule.get_urgency_display()}维修规则第 {duty.basis.get('rule_version')} 版{proposal}"

    def opened(self, duty: Duty) -> str:
        return f"{self.begins}，由{duty.get_accountable_post_display()}{self.verb}"

    def due(self, duty: Duty, now: datetime) -> str:
        text = super().due(duty, now).replace("办理", self.verb)
        return f"{text}（已同意延期）" if "extended_to" in duty.basis else text

    def happenings(self, duty: Duty, now: datetime) -> Sequence[StoryLine]:
        """Return the steps of the order; their words stand on its own page."""
        steps = RepairStep.objects.unscoped("of the order of a duty in hand").filter(
            order=self.order(duty), voided_at=None
        )
        return [StoryLine(step.at, "visit", _step_label(step, now)) for step in steps.order_by("at", "pk")]

    def links(self, duty: Duty, user: User) -> Sequence[Link]:
        return [Link("打开报修", reverse("repairs:order", args=[self.order(duty).pk]), is_main=True)]


class Triage(Repairing):
    code, label = DutyKind.TRIAGE.value, str(DutyKind.TRIAGE.label)
    counts_minutes = True
    verb, lacking, evidence, begins = "受理", "至今没有受理", "受理记录", "收到报修"

    def opened_at(self, duty: Duty) -> datetime:
        return self.order(duty).reported_at


class Agreeing(Repairing):
    code, label = DutyKind.AGREE.value, str(DutyKind.AGREE.label)
    verb, late_verb, lacking = "组织商议", "完成商议", "居民至今没有商议出结果"
    evidence, begins = "商议记录", "需要居民商议"


class Mending(Repairing):
    code, label = DutyKind.MEND.value, str(DutyKind.MEND.label)
    verb, late_verb, lacking, evidence, begins = "修好", "修好", "至今没有修好", "完工记录", "已派工"


class Checking(Repairing):
    code, label = DutyKind.CHECK.value, str(DutyKind.CHECK.label)
    verb, late_verb, lacking, evidence, begins = "验收", "验收", "至今没有验收", "验收记录", "物业报完工"


class Whole(Repairing):
    code, label = DutyKind.WHOLE.value, str(DutyKind.WHOLE.label)
    verb, late_verb, lacking, evidence, begins = "办结", "办结", "至今没有办结", "办理记录", "收到报修"


def _step_label(step: RepairStep, now: datetime) -> str:
    """Return who took which step, with what was promised."""
    until = f"，至 {day_label(step.until_on, now)}" if step.until_on else ""
    return f"{step.get_actor_display()}：{step.get_kind_display()}{until}"


KINDS = (Triage(), Agreeing(), Mending(), Checking(), Whole())
