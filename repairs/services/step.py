"""Steps of an order, taken and voided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from cadres.models import Cadre
from repairs.choices import Actor, DutyKind, Matter, StepKind, Urgency
from repairs.clock import MOST_EXTENSIONS, MOVING, StepFact, extendable
from repairs.facts import steps_of
from repairs.models import RepairOrder, RepairStep
from repairs.permissions import REPORTER, WORDS_NEEDED, Powers
from repairs.rules import WORDS
from repairs.selectors import finished_by
from repairs.services.order import order_lock, order_settle, step_write
from visits.facts import day_calendar


@transaction.atomic
def repair_step_add(
    *,
    order: RepairOrder,
    kind: str,
    at: datetime,
    now: datetime,
    by: User | None = None,
    cadre: Cadre | None = None,
    is_office: bool = False,
    is_reporter: bool = False,
    words: str = "",
    matter: str = "",
    until_on: date | None = None,
    cost_yuan: int | None = None,
    funded_by: str = "",
    notice_on: date | None = None,
    uid: UUID | None = None,
) -> RepairStep:
    """Take a step of an order, and settle the duties it fulfils.

    A step recorded late counts for the day on which it was taken. `is_reporter` is said by the tracking page alone.
    Raises ValidationError, with what to do, for what `repairs.permissions` refuses under the lock, and where the step does
    not fit what was recorded before.
    """
    order, powers = order_lock(order=order, cadre=cadre, is_office=is_office, now=now)
    mine = REPORTER if is_reporter else powers
    if mine is None:  # never: the lock was asked for it
        raise ValidationError("请重新登录后再试。")
    steps = steps_of([order])[order.pk]
    if refusal := mine.refusal(order, kind, finished_by(order)):
        raise ValidationError(refusal)
    actor = mine.actor_for(kind)
    words = words.strip()
    _refuse_words(kind, words, actor)
    _refuse_moment(order, kind, at, now)
    if kind == StepKind.ACCEPTED:
        _refuse_matter(order, matter)
    if kind == StepKind.HANDED and until_on is not None and until_on < local_day(at):
        raise ValidationError({"until_on": "承诺的日期不能早于派工当天。"})
    if kind == StepKind.EXTENDED:
        _refuse_extension(order, steps, mine, until_on, now)
        at = now  # it counts from when it is written
    return step_write(
        order=order,
        kind=kind,
        at=at,
        now=now,
        by=by,
        cadre=None if actor in (Actor.OFFICE, Actor.REPORTER) else cadre,
        actor=actor or Actor.OFFICE,
        rung=mine.rung if actor != Actor.STEWARD else 0,
        words=words,
        matter=matter if kind == StepKind.ACCEPTED else "",
        until_on=until_on if kind in (StepKind.HANDED, StepKind.EXTENDED) else None,
        cost_yuan=cost_yuan,
        funded_by=funded_by,
        notice_on=notice_on,
        **({"uid": uid} if uid else {}),
    )


def _refuse_words(kind: str, words: str, actor: Actor | None) -> None:
    if len(words) > WORDS:
        raise ValidationError({"words": f"说明最多写 {WORDS} 个字，现在有 {len(words)} 个，请缩短。"})
    if not words and kind in WORDS_NEEDED and actor != Actor.REPORTER:
        raise ValidationError({"words": WORDS_NEEDED[kind]})


def _refuse_moment(order: RepairOrder, kind: str, at: datetime, now: datetime) -> None:
    """Refuse a step of the future, and one that would change what was decided after it."""
    if at > now:
        raise ValidationError({"at": "时间不能晚于现在。"})
    if at < order.reported_at:
        raise ValidationError({"at": "时间不能早于报修时间。"})
    later = RepairStep.objects.unscoped("of an order in hand").filter(
        order=order, kind__in=MOVING, voided_at=None, at__gt=at
    )
    if kind in MOVING and later.exists():
        raise ValidationError({"at": "时间不能早于上一步；上一步的时间有误时，请先作废上一步再登记。"})


def _refuse_matter(order: RepairOrder, matter: str) -> None:
    if matter and matter not in Matter.values:
        raise ValidationError({"matter": "请选择要居民商议的事项。"})
    if matter and order.urgency == Urgency.URGENT:
        raise ValidationError(
            {"matter": "紧急维修不用商议：先修；动用维修资金的，请在完工时写明资金来源和公示日期。"}
        )


def _refuse_extension(
    order: RepairOrder, steps: Sequence[StepFact], mine: Powers, until_on: date | None, now: datetime
) -> None:
    limit = extendable(order.rule.terms, order.reported_at, steps, now, day_calendar())
    if limit is None:
        raise ValidationError("现在没有可以延期的环节：商议和维修可以延期。")
    if now >= limit.due_at:
        raise ValidationError("延期应在到期前申请；已经逾期的，请尽快办理并写明原因。")
    if limit.times >= MOST_EXTENSIONS:
        raise ValidationError(f"已经延期 {MOST_EXTENSIONS} 次，不能再延期。")
    from_rung = 0 if limit.kind == DutyKind.MEND else order.rule.terms.triage_rung
    if mine.rung <= from_rung:
        raise ValidationError("自己办理的事不能自己延期，请由上一级或社区办延期。")
    if until_on is None or until_on <= limit.due_on:
        raise ValidationError({"until_on": f"请选择 {limit.due_on:%Y-%m-%d} 以后的日期。"})


@transaction.atomic
def repair_step_void(
    *, step: RepairStep, reason: str, by: User, now: datetime, is_office: bool
) -> RepairStep:
    """Void a mistaken step: it never was, and the duties are reckoned anew. Only the newest that moved the order.

    Raises ValidationError without a reason, for anybody but the office, and for a step that others stand on.
    """
    order, _ = order_lock(order=step.order)
    step = RepairStep.objects.unscoped("of an order in hand").get(pk=step.pk)
    if not is_office:
        raise ValidationError("作废由社区办办理，请告诉社区办。")
    if step.voided_at is not None:
        raise ValidationError("这一步已经作废，不用再作废。")
    if not reason.strip():
        raise ValidationError({"reason": "请写明作废的原因，如：点错了楼栋。"})
    later = RepairStep.objects.unscoped("of an order in hand").filter(
        order=order, kind__in=MOVING, voided_at=None, at__gte=step.at, pk__gt=step.pk
    )
    if step.kind in MOVING and later.exists():
        raise ValidationError("后面还有登记的步骤，请从最后一步开始作废。")
    step.voided_at, step.void_reason = now, reason.strip()[:100]
    step.save(update_fields=["voided_at", "void_reason"])
    order_settle(order=order, now=now)
    audit_event_record(
        now=now,
        user=by,
        action=Action.CHANGE,
        object_type=RepairStep._meta.label_lower,
        object_id=str(step.pk),
        community_id=order.community_id,
        fields=["voided_at"],
    )
    return step
