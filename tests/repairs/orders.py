"""Orders on the standing cast, and steps taken by whoever may."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from cadres.choices import Post
from duties.models import Duty
from repairs.choices import Channel, Spot, StepKind
from repairs.models import RepairOrder, RepairStep
from repairs.services import consent_record, repair_report, repair_step_add
from tests.factories import Community, moment

REPORTED = "2026-11-23T09:00"
TOTALS: dict[str, Any] = {"total_people": 56, "took_part_people": 38, "agreed_people": 35}


def report(home: Community, at: str = REPORTED, *, now: str = "", **details: Any) -> RepairOrder:
    details = {
        "spot": Spot.OPEN_FLOOR,
        "summary": "架空层第三级台阶开裂",
        "channel": Channel.PHONE,
        **details,
    }
    building = details.pop("building", home.building)
    return repair_report(building=building, reported_at=moment(at), now=moment(now or at), **details)


def step(order: RepairOrder, kind: str, at: str, *, now: str = "", **details: Any) -> RepairStep:
    """As the office, but for what the steward alone may record; `cadre` is anybody else."""
    who: dict[str, Any] = {"is_office": True}
    if kind in (StepKind.STARTED, StepKind.FINISHED):
        who = {"cadre": steward_of(order)}
    if "cadre" in details or "is_reporter" in details:
        who = {}
    return repair_step_add(order=order, kind=kind, at=moment(at), now=moment(now or at), **who, **details)


def agree(order: RepairOrder, at: str, by: User, **counted: Any) -> Any:
    now = moment(at)
    closes = counted.pop("closes", False)
    day = now.date()
    found = {"method": "meeting", "asked_on": day, "counted_on": day, **TOTALS, **counted}
    return consent_record(
        order=order, counted=found, now=now, by=by, cadre=None, is_office=True, closes=closes
    )


def steward_of(order: RepairOrder) -> Any:
    from cadres.models import Appointment

    held = Appointment.objects.filter(place=order.building, post=Post.PROPERTY_STEWARD)
    return held.select_related("cadre").get().cadre


def outcomes(order: RepairOrder) -> dict[str, str]:
    """The outcome by kind; with the day a check began where there are several."""
    found: dict[str, str] = {}
    for duty in Duty.objects.filter(clock=order.clock_id).order_by("opened_on", "pk"):
        kind = duty.kind.removeprefix("repair_")
        found[f"{kind}-{duty.opened_on:%d}" if kind in found else kind] = duty.outcome
    return found


def now_of(text: str) -> datetime:
    return moment(text)


def fresh(order: RepairOrder) -> RepairOrder:
    return RepairOrder.objects.unscoped("a test").get(pk=order.pk)
