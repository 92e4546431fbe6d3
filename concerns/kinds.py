"""The wording of duties to close a concern; registered by concerns.apps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from concerns.choices import Urgency
from concerns.models import Concern
from duties.choices import Family
from duties.kinds import Kind, Link, PhoneCard
from duties.models import Duty, DutyEvent
from duties.selectors import Disclosure

SOURCE = KIND = "concern"


class ConcernKind(Kind):
    """A concern is to be closed with words by its day."""

    code, label, family, source = KIND, "诉求", Family.CONCERN, SOURCE
    related = ("clock__concern__appointment",)
    phone_card = PhoneCard.ELSEWHERE
    verb, late_verb = "办结", "办结"
    lacking, evidence = "至今没有办结", "办理结果"

    @staticmethod
    def concern(duty: Duty) -> Concern:
        """Return the concern of the duty."""
        return duty.clock.concern

    def category(self, duty: Duty, disclosure: Disclosure) -> str:
        return f"诉求：{self.concern(duty).get_subject_display()}"

    def references(self, duty: Duty) -> Mapping[str, int]:
        return {"concern": self.concern(duty).pk}

    def facts(self, duty: Duty) -> Sequence[tuple[str, str]]:
        concern = self.concern(duty)
        return [("诉求状态", concern.get_state_display()), ("经办", who_has(concern))]

    def rule(self, duty: Duty, *, may_know: bool) -> str:
        days, urgency = duty.basis.get("days"), Urgency(duty.basis.get("urgency", Urgency.NORMAL))
        return f"诉求办理期限（{urgency.label}的 {days} 天内办结）"

    def opened(self, duty: Duty) -> str:
        return f"登记诉求，由{who_has(self.concern(duty))}{self.verb}"

    def opened_at(self, duty: Duty) -> datetime:
        return self.concern(duty).reported_at

    def advice(self, event: DutyEvent, *, goes: bool) -> str:
        concern = self.concern(event.duty)
        if goes and concern.appointment_id:
            return "请尽快办理，写明结果办结"
        return f"请过问{who_has(concern)}，督促{self.verb}"

    def links(self, duty: Duty, user: User) -> Sequence[Link]:
        return [Link("打开诉求", reverse("concerns:concern", args=[self.concern(duty).pk]), is_main=True)]


def who_has(concern: Concern) -> str:
    """Return who has a concern: the post of a cadre, or the office."""
    return concern.appointment.get_post_display() if concern.appointment else "社区办"
