"""The wording of first visits, routine visits and arrivals; registered by visits.apps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar

from django.urls import reverse

from accounts.models import User
from accounts.rules import may_write
from baibuting.common.day_labels import day_label
from baibuting.common.days import local_day, midnight
from duties.choices import RUNNING, Cadence, Family, Period
from duties.kinds import Kind, Link, PhoneCard, StoryLine
from duties.models import Duty, DutyEvent
from duties.selectors import Disclosure
from residents.models import CareRecord, Resident
from residents.selectors import category_label
from visits.choices import DutyKind, Source
from visits.models import Incident, Visit
from visits.selectors import flat_address


class VisitKind(Kind):
    """A visit owed to a person under care."""

    family = Family.VISITING
    source = Source.CARE
    phone_card = PhoneCard.PERSON
    verb, late_verb, noun = "走访", "补访", "走访"
    lacking, evidence = "至今没有符合要求的走访", "走访记录"
    begins: ClassVar[str]
    asks: ClassVar[str]
    last_word: ClassVar[str]
    """How the last time before counting began is called."""

    @staticmethod
    def record(duty: Duty) -> CareRecord:
        """Return the care record behind the duty."""
        if duty.care_record is None:
            raise ValueError(f"duty {duty.pk} is a visit without a care record")
        return duty.care_record

    def resident(self, duty: Duty) -> Resident:
        return self.record(duty).resident

    def address(self, duty: Duty) -> str:
        """Return the flat: "怡和苑北区 第一片区 504栋 2-1601"."""
        return flat_address(duty.place, self.resident(duty).household)

    def category(self, duty: Duty, disclosure: Disclosure) -> str:
        if duty.category is None:
            return self.label
        if self.resident(duty).erased_at is not None:  # nobody is to learn it any more
            return duty.category.public_label
        return disclosure.category(duty.category, duty.accountable)

    def facts(self, duty: Duty) -> Sequence[tuple[str, str]]:
        return [("纳入", f"{self.record(duty).started_on:%Y-%m-%d}")]

    def rule(self, duty: Duty, *, may_know: bool) -> str:
        """Return the rule in words: "孤寡老人走访规则第 2 版（上次走访后 7 天内再访）"."""
        version = duty.basis.get("rule_version")
        may_know = may_know and self.resident(duty).erased_at is None
        name = f"{category_label(duty.category, may_know=may_know) if duty.category else ''}走访规则"
        return f"{name}{f'第 {version} 版' if version else '（建议值）'}（{self.terms(duty)}）"

    def terms(self, duty: Duty) -> str:
        """Return what the rule asks for."""
        raise NotImplementedError

    def opened(self, duty: Duty) -> str:
        what = f"由{duty.get_accountable_post_display()}{self.asks}"
        if "opened_by_rule" in duty.basis:
            return f"规则变更，开始新一轮，{what}"
        return f"自启用日期起计时，{what}" if "counted_on" in duty.basis else f"{self.begins}，{what}"

    def counted_from(self, duty: Duty, now: datetime) -> str:
        """Return what the due date was counted from; for the round with which counting began also why it was put off."""
        last = duty.basis.get("counted_on")
        given = self._given_by_rule(duty)
        if last is None:
            usual = (
                f"{day_label(duty.opened_on, now)}起改按这一规则计时"
                if "opened_by_rule" in duty.basis
                else self.usually_counted_from(duty, now)
            )
            return f"{usual}，{given}" if given else usual
        began = day_label(date.fromisoformat(last), now)
        put_off = {
            "rule": "启用时应访日已过或太近，不算逾期，重新给了期限",
            "spread": "启用时应访日已过或太近，不算逾期，按分摊排到这一天",
        }.get(duty.basis.get("put_off", ""), "")
        parts = (f"{began}{self.last_word}", f"{day_label(duty.opened_on, now)}起计时", given or put_off)
        return "，".join(part for part in parts if part)

    @staticmethod
    def _given_by_rule(duty: Duty) -> str:
        """Return how a change of rule gave the due date; "" where it follows from the rule itself."""
        dated, is_opened = duty.basis.get("dated_by_rule"), "opened_by_rule" in duty.basis
        if dated == "spread":
            return "规则变更后按分摊排到这一天"
        return "规则变更时应访日已过，不算逾期，重新给了期限" if dated == "rule" and not is_opened else ""

    def usually_counted_from(self, duty: Duty, now: datetime) -> str:
        """Return what the due date of any other round was counted from."""
        raise NotImplementedError

    def happenings(self, duty: Duty, now: datetime) -> Sequence[StoryLine]:
        """Return the visits during the round, including those that did not count."""
        visits = Visit.objects.unscoped("visits to the person of a duty in hand").filter(
            resident=self.resident(duty), voided_at=None, visited_at__gte=midnight(duty.opened_on)
        )
        if duty.closed_at:
            visits = visits.filter(visited_at__lt=midnight(local_day(duty.closed_at) + timedelta(days=1)))
        return [
            StoryLine(visit.visited_at, "visit", _visit_label(visit, duty, now))
            for visit in visits.select_related("visitor").order_by("visited_at")
        ]

    def advice(self, event: DutyEvent, *, goes: bool) -> str:
        return "请安排走访并登记" if goes else super().advice(event, goes=goes)

    def links(self, duty: Duty, user: User) -> Sequence[Link]:
        if not may_write(user, "visits.visit") or self.resident(duty).erased_at is not None:
            return ()
        record = self.record(duty)
        links = [Link("必访对象", reverse("admin:residents_carerecord_change", args=[record.pk]))]
        if duty.outcome in RUNNING:
            visit = reverse("admin:visits_visit_add") + f"?resident={record.resident_id}"
            links.append(Link("登记走访", visit, is_main=True))
        return links


class FirstVisit(VisitKind):
    code, label = DutyKind.FIRST_VISIT.value, str(DutyKind.FIRST_VISIT.label)
    remark = "首访"
    begins, asks, last_word = "纳入必访", "首访", "纳入"

    def terms(self, duty: Duty) -> str:
        return f"纳入后 {duty.basis.get('first_within_days')} 天内首访"

    def usually_counted_from(self, duty: Duty, now: datetime) -> str:
        return f"{day_label(duty.opened_on, now)}纳入"


class Routine(VisitKind):
    code, label = DutyKind.ROUTINE.value, str(DutyKind.ROUTINE.label)
    begins, asks, last_word = "本轮开始", "走访", "见到"

    def terms(self, duty: Duty) -> str:
        if duty.basis.get("cadence") == Cadence.ROLLING:
            return f"上次走访后 {duty.basis.get('every_days')} 天内再访"
        return f"{Period(duty.basis['period']).label}至少走访 {duty.basis.get('times')} 次"

    def usually_counted_from(self, duty: Duty, now: datetime) -> str:
        day = day_label(duty.opened_on, now)
        is_rolling = duty.basis.get("cadence") == Cadence.ROLLING
        return f"上次有效走访为 {day}" if is_rolling else f"本期自 {day}起"


class TurningUp(Kind):
    """The arrival of a post at an incident."""

    code, label = DutyKind.ARRIVAL.value, str(DutyKind.ARRIVAL.label)
    family = Family.VISITING
    source = Source.INCIDENT
    is_keyed_by_post = counts_minutes = True
    related = ("clock__incident",)
    phone_card = PhoneCard.ELSEWHERE
    verb, noun = "到场", "走访"
    lacking, evidence = "至今没有签到", "走访记录"

    @staticmethod
    def incident(duty: Duty) -> Incident:
        """Return the incident of the duty."""
        return duty.clock.incident

    def category(self, duty: Duty, disclosure: Disclosure) -> str:
        return str(self.incident(duty).get_kind_display())

    def references(self, duty: Duty) -> Mapping[str, int]:
        return {"incident": self.incident(duty).pk}

    def rule(self, duty: Duty, *, may_know: bool) -> str:
        hours = duty.basis.get("arrive_within_hours")
        return f"必到规则第 {duty.basis.get('rule_version')} 版（接报后 {hours} 小时内到场）"

    def opened(self, duty: Duty) -> str:
        return f"接到报告，要求{duty.get_accountable_post_display()}到场"

    def opened_at(self, duty: Duty) -> datetime:
        return duty.created_at

    def advice(self, event: DutyEvent, *, goes: bool) -> str:
        return "请尽快到场并签到" if goes else f"请督促{event.duty.get_accountable_post_display()}到场"

    def links(self, duty: Duty, user: User) -> Sequence[Link]:
        if not may_write(user, "visits.visit"):
            return ()
        incident = reverse("admin:visits_incident_change", args=[self.incident(duty).pk])
        return [Link("打开事件", incident, is_main=True)]


def _visit_label(visit: Visit, duty: Duty, now: datetime) -> str:
    """Return the visitor, the method, whether the person was seen, and a later day of entry.

    The visitor of a time when the person lived elsewhere is named by the post alone.
    """
    who = visit.visitor.name if visit.visitor else visit.visitor_name
    if visit.building_id != duty.place_id:
        who = "" if visit.visitor_post else "有人"
    seen = "见到本人" if visit.seen else "未见到本人"
    post = visit.get_visitor_post_display() if visit.visitor_post else ""
    entered_on = local_day(visit.received_at)
    late = f"（{day_label(entered_on, now)}补录）" if entered_on > local_day(visit.visited_at) else ""
    return f"{post}{who}{visit.get_method_display()}，{seen}{late}"


KINDS = (FirstVisit(), Routine(), TurningUp())
