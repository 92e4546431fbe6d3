"""What residents agreed to: totals, checked by the law's fractions."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day, midnight, next_midnight
from cadres.models import Cadre
from repairs.choices import Actor, Matter, StepKind
from repairs.models import Consent, RepairOrder, RepairStep
from repairs.permissions import CONSENT
from repairs.rules import Count, consent_holds
from repairs.services.order import order_lock, step_write


@transaction.atomic
def consent_record(
    *,
    order: RepairOrder,
    counted: dict[str, Any],
    now: datetime,
    by: User,
    cadre: Cadre | None,
    is_office: bool,
    closes: bool = False,
) -> Consent:
    """Record the totals of an enquiry. Where they hold, residents have agreed; where not, it goes on, or ends by `closes`.

    Residents have agreed on the day on which they were counted, whenever it is recorded. `counted` are the columns of the enquiry but its matter, which is that of the acceptance. Raises ValidationError for
    totals that do not fit each other, days that do not fit the order, and what `repairs.permissions` refuses.
    """
    order, powers = order_lock(order=order, cadre=cadre, is_office=is_office, now=now)
    if powers is None or not powers.actors & set(CONSENT.actors):
        raise ValidationError("商议结果由受理人、其上级或社区办登记。")
    if order.stage not in CONSENT.stages:
        raise ValidationError(CONSENT.otherwise)
    accepted = RepairStep.objects.unscoped("of an order in hand").filter(
        order=order, kind=StepKind.ACCEPTED, voided_at=None
    )
    acceptance = accepted.order_by("at", "pk")[0]
    consent = Consent(
        order=order,
        matter=acceptance.matter,
        holds=False,
        recorded_at=now,
        recorded_by=by,
        **counted,
    )
    consent.full_clean(exclude=["order"])
    if consent.counted_on > local_day(now) or consent.asked_on < local_day(order.reported_at):
        raise ValidationError({"counted_on": "征求和统计的日期应在报修之后、今天以前。"})
    if consent.matter != Matter.SMALL and consent.total_area is None:
        raise ValidationError({"total_area": "动用维修资金等事项要同时按面积计算，请填写三项面积。"})
    small_part, small_agreed = order.rule.small_parts
    people = Count(
        Fraction(consent.total_people), Fraction(consent.took_part_people), Fraction(consent.agreed_people)
    )
    consent.holds = consent_holds(
        consent.matter, people, _area(consent), small_part=small_part, small_agreed=small_agreed
    )
    consent.save()
    if consent.holds or closes:
        step_write(
            order=order,
            kind=StepKind.AGREED if consent.holds else StepKind.NOT_AGREED,
            at=max(
                acceptance.at, min(now, next_midnight(midnight(consent.counted_on)) - timedelta(seconds=1))
            ),
            now=now,
            by=by,
            cadre=None if is_office else cadre,
            actor=Actor.OFFICE if is_office else Actor.TRIAGE,
            rung=powers.rung,
        )
    return consent


def _area(consent: Consent) -> Count | None:
    if consent.total_area is None or consent.took_part_area is None or consent.agreed_area is None:
        return None
    return Count(
        Fraction(consent.total_area), Fraction(consent.took_part_area), Fraction(consent.agreed_area)
    )
