"""Reports: made, met by others, merged, explained to the public."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.plain_text import plain_text_check
from buildings.caps import within_cap
from buildings.choices import Level
from buildings.models import Place
from cadres.ladder import Ladder
from cadres.models import Cadre
from duties.models import DutyClock
from duties.services import clock_create, clocks_reconcile
from repairs.choices import Actor, Channel, Party, Source, Spot, Stage, StepKind, Urgency
from repairs.clock import ended_at, stage_of
from repairs.facts import steps_of
from repairs.models import RepairOrder, RepairStep
from repairs.permissions import MERGE, Powers, powers_on
from repairs.rules import FOLLOWS_WITHIN, REPORTS_A_DAY, SUMMARY
from repairs.services.rule import rule_in_force

TOO_MANY = "本楼今天已收到很多报修。急事请打值班电话；不急的请明天再报。"


@transaction.atomic
def repair_report(
    *,
    building: Place,
    spot: str,
    summary: str,
    channel: str,
    now: datetime,
    urgency: str = Urgency.NORMAL,
    reported_at: datetime | None = None,
    reporter_name: str = "",
    reporter_phone: str = "",
    shares_phone_with_property: bool = False,
    recorded_by: User | None = None,
    follows: RepairOrder | None = None,
) -> RepairOrder:
    """Report something broken; the triage's clock runs from the report, whenever somebody takes it up.

    Raises ValidationError for what is no building, an unknown spot, a report of the future or without words, and for
    one from the public page beyond the day's cap of the building.
    """
    at = reported_at or now
    summary = summary.strip()
    _refuse_report(building, spot, summary, at, now)
    if channel == Channel.CODE:
        key = f"repair|{building.pk}"
        if not within_cap(key=key, most=REPORTS_A_DAY, per=timedelta(days=1), now=now):
            raise ValidationError(TOO_MANY, code="capped")
    if follows is not None:
        follows = RepairOrder.objects.unscoped("in hand").get(pk=follows.pk)
        _refuse_follow(follows, building, now)
    order = RepairOrder.objects.create(
        community_id=building.community_id,
        building=building,
        spot=spot,
        summary=summary,
        urgency=urgency,
        channel=channel,
        reporter_name=reporter_name.strip(),
        reporter_phone=reporter_phone.strip(),
        shares_phone_with_property=shares_phone_with_property and bool(reporter_phone.strip()),
        reported_at=at,
        recorded_at=now,
        recorded_by=recorded_by,
        rule=rule_in_force(community=building.community, urgency=urgency, now=at),
        clock=clock_create(source=Source.REPAIR, community_id=building.community_id, next_check_at=now),
        follows=follows,
    )
    clocks_reconcile(clocks=[order.clock], now=now)
    return order


def _refuse_report(building: Place, spot: str, summary: str, at: datetime, now: datetime) -> None:
    if building.level != Level.BUILDING:
        raise ValidationError({"building": "请选择要报修的楼栋。"})
    if spot not in Spot.values:
        raise ValidationError({"spot": "请选择是哪个部位坏了。"})
    if not summary:
        raise ValidationError({"summary": "请写明哪里坏了、坏成什么样，如：一楼架空层第三级台阶开裂。"})
    if len(summary) > SUMMARY:
        raise ValidationError({"summary": f"情况最多写 {SUMMARY} 个字，现在有 {len(summary)} 个，请缩短。"})
    if at > now:
        raise ValidationError({"reported_at": "报修时间不能晚于现在。"})


def _refuse_follow(former: RepairOrder, building: Place, now: datetime) -> None:
    if former.building_id != building.pk or former.stage != Stage.PASSED or former.closed_at is None:
        raise ValidationError({"follows": "返修只能接在本楼已经验收通过的报修之后。"})
    if now - former.closed_at > FOLLOWS_WITHIN:
        raise ValidationError({"follows": f"验收已超过 {FOLLOWS_WITHIN.days} 天，请作为新的报修，不算返修。"})


@transaction.atomic
def repair_also(*, order: RepairOrder, now: datetime) -> RepairOrder:
    """Count one more who met with it; of whom nothing is kept. Raises ValidationError once it is closed or too often."""
    if not within_cap(key=f"also|{order.pk}", most=REPORTS_A_DAY, per=timedelta(days=1), now=now):
        raise ValidationError("今天已有很多人反映，社区已经知道，不用再点。")
    changed = RepairOrder.objects.unscoped("by the public page of its building").filter(
        pk=order.pk, closed_at=None
    )
    if not changed.update(also_count=F("also_count") + 1):
        raise ValidationError("这件报修已经办结；还没有修好请另报一件。")
    order.refresh_from_db()
    return order


@transaction.atomic
def repair_publish_words(*, order: RepairOrder, words: str, now: datetime) -> RepairOrder:
    """Set what the public pages say of the order: the office's own words, without names and numbers of people."""
    order, _ = order_lock(order=order)
    order.public_words = words.strip()
    if len(order.public_words) > 100:
        raise ValidationError(
            {"public_words": f"最多写 100 个字，现在有 {len(order.public_words)} 个，请缩短。"}
        )
    plain_text_check(order)
    order.save(update_fields=["public_words"])
    return order


@transaction.atomic
def repair_merge(
    *,
    order: RepairOrder,
    into: RepairOrder,
    now: datetime,
    by: User,
    cadre: Cadre | None,
    is_office: bool,
) -> RepairOrder:
    """Close an order as a part of another one of the same building, whose count of who met with it grows.

    Raises ValidationError where the other is itself closed or elsewhere.
    """
    # both clocks in one order, so that two merges at once never wait for each other
    first, second = sorted((order.clock_id, into.clock_id))
    list(DutyClock.objects.select_for_update(of=("self",)).filter(pk__in=[first, second]).order_by("pk"))
    order, powers = order_lock(order=order, cadre=cadre, is_office=is_office, now=now)
    into, _ = order_lock(order=into)
    if powers is None or not powers.may(MERGE, order):
        raise ValidationError(MERGE.otherwise if powers and powers.actors else "并案由受理人或社区办办理。")
    if into.pk == order.pk or into.building_id != order.building_id or not into.is_running:
        raise ValidationError({"into": "请选择本楼另一件在办的报修。"})
    order.merged_into = into
    step_write(
        order=order,
        kind=StepKind.MERGED,
        at=now,
        now=now,
        by=by,
        cadre=cadre,
        actor=Actor.OFFICE if is_office else Actor.TRIAGE,
        rung=powers.rung,
    )
    RepairOrder.objects.unscoped("in hand").filter(pk=into.pk).update(
        also_count=F("also_count") + order.also_count + 1
    )
    return order


def order_lock(
    *, order: RepairOrder, cadre: Cadre | None = None, is_office: bool = False, now: datetime | None = None
) -> tuple[RepairOrder, Powers | None]:
    """Lock the clock of an order and read the order anew; with `now` also what the user is to it."""
    DutyClock.objects.select_for_update(of=("self",)).get(pk=order.clock_id)
    fresh = (
        RepairOrder.objects.unscoped("in hand")
        .select_related("rule", "clock", "building", "community")
        .get(pk=order.pk)
    )
    if now is None:
        return fresh, None
    powers = powers_on(
        [fresh],
        ladder=Ladder.load([fresh.building_id]),
        cadre_id=cadre.pk if cadre else None,
        is_office=is_office,
        today=local_day(now),
    )
    return fresh, powers[fresh.pk]


_PARTIES = {
    Actor.OFFICE: Party.OFFICE,
    Actor.TRIAGE: Party.COMMITTEE,
    Actor.STEWARD: Party.PROPERTY,
    Actor.REPORTER: Party.RESIDENTS,
}


def step_write(
    *,
    order: RepairOrder,
    kind: str,
    at: datetime,
    now: datetime,
    by: User | None,
    cadre: Cadre | None,
    actor: Actor,
    rung: int,
    **details: object,
) -> RepairStep:
    """Write a step of an order whose clock is locked, and what follows from it. The one writer of steps."""
    step = RepairStep(
        order=order,
        kind=kind,
        at=at,
        recorded_at=now,
        by_user=by,
        by_cadre=cadre,
        actor=actor,
        rung=rung,
        party=_PARTIES[actor],
        **details,
    )
    step.full_clean(validate_unique=False)
    step.save()
    order_settle(order=order, now=now)
    return step


def order_settle(*, order: RepairOrder, now: datetime) -> None:
    """Write where an order stands from its steps, and reconcile its duties. The caller holds the clock's lock."""
    steps = steps_of([order])[order.pk]
    order.stage, order.closed_at = stage_of(steps), ended_at(steps, now)
    if order.stage != Stage.MERGED:
        order.merged_into = None
    order.save(update_fields=["stage", "closed_at", "merged_into"])
    clocks_reconcile(clocks=[order.clock], now=now)
