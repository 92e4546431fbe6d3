"""What may be done to an order, and as whom: one table of refusals for the services and for the pages that offer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cadres.choices import Post, rung_of
from cadres.ladder import TOP_RUNG, Holder, Ladder
from repairs.choices import RUNNING_STAGES, Actor, Stage, StepKind
from repairs.clock import OFFICE_RUNG
from repairs.models import RepairOrder

_ABOVE = (Actor.OFFICE, Actor.TRIAGE)
_BEFORE_MENDED = (Stage.REPORTED, Stage.AGREEING, Stage.AGREED, Stage.MENDING)


@dataclass(frozen=True, slots=True)
class Rule:
    """In which stages whoever may take a step; `otherwise` is said in any other stage."""

    actors: tuple[Actor, ...]
    stages: tuple[Stage, ...]
    otherwise: str


# AGREED, NOT_AGREED and MERGED follow from `consent_record` and `repair_merge`.
STEPS: dict[str, Rule] = {
    StepKind.ACCEPTED: Rule(_ABOVE, (Stage.REPORTED,), "这件报修已经受理，不用再受理。"),
    StepKind.DECLINED: Rule(_ABOVE, _BEFORE_MENDED, "已经报完工，请先验收。"),
    StepKind.LOOKED: Rule((*_ABOVE, Actor.STEWARD), RUNNING_STAGES, ""),
    StepKind.PLANNED: Rule(_ABOVE, RUNNING_STAGES, ""),
    StepKind.NOTED: Rule((*_ABOVE, Actor.STEWARD), RUNNING_STAGES, ""),
    StepKind.ASKED: Rule(_ABOVE, (Stage.AGREEING,), "这件报修现在不在居民商议中。"),
    StepKind.HANDED: Rule(
        _ABOVE, (Stage.AGREED, Stage.MENDING), "还不能派工：请先受理；需要居民商议的，请先登记商议结果。"
    ),
    StepKind.STARTED: Rule((Actor.STEWARD,), (Stage.MENDING,), "还没有派工，请先由社区派工。"),
    StepKind.FINISHED: Rule((Actor.STEWARD,), (Stage.MENDING,), "还没有派工，或者已报完工，正在等待验收。"),
    StepKind.REFUSED: Rule((*_ABOVE, Actor.REPORTER), (Stage.CHECKING,), "还没有报完工，不用验收。"),
    StepKind.PASSED: Rule(_ABOVE, (Stage.CHECKING,), "还没有报完工，不能验收。"),
    StepKind.EXTENDED: Rule(
        _ABOVE, (Stage.AGREEING, Stage.MENDING), "现在没有可以延期的环节：商议和维修可以延期。"
    ),
    StepKind.WITHDRAWN: Rule((Actor.OFFICE, Actor.REPORTER), _BEFORE_MENDED, "已经报完工，请先验收。"),
}
CONSENT = Rule(_ABOVE, (Stage.AGREEING,), "这件报修现在不在居民商议中，不用登记商议结果。")
MERGE = Rule(_ABOVE, _BEFORE_MENDED, "已经报完工，不能再并案。")
WORDS_NEEDED: dict[str, str] = {
    StepKind.DECLINED: "请写明应由哪里办理，如：属供电公司，请拨 95598。",
    StepKind.REFUSED: "请写明哪里没有修好，如：第三级台阶仍松动。",
    StepKind.EXTENDED: "请写明延期的原因，如：配件周三到货。",
    StepKind.WITHDRAWN: "请写明撤回的原因，如：居民已自行更换灯泡。",
}


@dataclass(frozen=True, slots=True)
class Powers:
    """As whom one cadre or the office acts on an order.

    `rung` is that of the ladder on which the cadre stands, `OFFICE_RUNG` for the office. `steward` holds the mending
    post today, None where it is vacant: then the office writes down what the property company reports.
    """

    actors: frozenset[Actor]
    rung: int
    cadre_id: int | None
    steward: Holder | None

    def actor_for(self, kind: str) -> Actor | None:
        """Return as whom the step would be taken: as the lowest that may; None where none may."""
        allowed = STEPS[kind].actors
        if kind in (StepKind.STARTED, StepKind.FINISHED) and self.steward is None:
            allowed = (*allowed, Actor.OFFICE)
        order = (Actor.STEWARD, Actor.TRIAGE, Actor.OFFICE, Actor.REPORTER)
        return next((actor for actor in order if actor in self.actors and actor in allowed), None)

    def refusal(self, order: RepairOrder, kind: str, finished_by: int | None = None) -> str:
        """Return why the step may not be taken, as a sentence; "" where it may. `finished_by` reported it finished."""
        if not order.is_running:
            return f"这件报修{order.get_stage_display()}，已经办结，不能再登记。又坏了请另报一件。"
        if kind not in STEPS:
            return "这一步由系统登记，请到报修页面填写商议结果或并案。"
        if self.actor_for(kind) is None:
            return _not_yours(kind, self.steward)
        rule = STEPS[kind]
        if order.stage not in rule.stages:
            return rule.otherwise
        is_own = finished_by is not None and finished_by == self.cadre_id
        if kind == StepKind.PASSED and is_own and Actor.OFFICE not in self.actors:
            return "这是您自己报的完工，请由其他人验收。"
        return ""

    def may(self, rule: Rule, order: RepairOrder) -> bool:
        """Return whether any of the actors is in the rule, and the order in one of its stages."""
        return bool(self.actors & set(rule.actors)) and order.stage in rule.stages

    def offered(self, order: RepairOrder, finished_by: int | None = None) -> list[StepKind]:
        """Return the steps that may be taken now, in the order of an order's course."""
        return [
            kind
            for kind in StepKind
            if kind in STEPS
            and not (kind == StepKind.WITHDRAWN and self.actors == {Actor.REPORTER})
            and not self.refusal(order, kind, finished_by)
        ]


def _not_yours(kind: str, steward: Holder | None) -> str:
    if kind in (StepKind.STARTED, StepKind.FINISHED):
        who = f"物业房管员{steward.cadre_name}" if steward else "社区办（物业房管员空缺）"
        return f"开工和完工由{who}登记。"
    return f"“{StepKind(kind).label}”由受理人、其上级或社区办登记。"


def powers_on(
    orders: Iterable[RepairOrder], *, ladder: Ladder, cadre_id: int | None, is_office: bool, today: date
) -> dict[int, Powers]:
    """Return what one user is to each order, by its id. `ladder` is loaded with the buildings; `rule` is loaded."""
    found = {}
    for order in orders:
        actors = {Actor.OFFICE} if is_office else set()
        steward = ladder.holder(order.building_id, Post.PROPERTY_STEWARD, today)
        held = _rung(order, ladder, cadre_id, today)
        if held:
            actors.add(Actor.TRIAGE)
        if steward is not None and cadre_id is not None and steward.cadre_id == cadre_id:
            actors.add(Actor.STEWARD)
        rung = OFFICE_RUNG if is_office else held
        found[order.pk] = Powers(frozenset(actors), rung, cadre_id, steward)
    return found


REPORTER = Powers(frozenset({Actor.REPORTER}), 0, None, None)
"""Whoever has the tracking code."""


def _rung(order: RepairOrder, ladder: Ladder, cadre_id: int | None, today: date) -> int:
    """Return the highest rung, from the triage post's own upwards, that the cadre holds or stands in for; 0 for none."""
    if cadre_id is None:
        return 0
    lowest = rung_of(order.rule.triage_post)
    holders = {
        rung: ladder.rung_holder(order.building_id, rung, today) for rung in range(lowest, TOP_RUNG + 1)
    }
    return max((rung for rung, one in holders.items() if one and one.cadre_id == cadre_id), default=0)
