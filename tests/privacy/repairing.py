"""A family's repairs: one that runs, one that has passed, in words of its own."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from cadres.choices import Post
from cadres.models import Appointment, Cadre
from repairs.choices import Channel, Matter, Spot, StepKind
from repairs.models import RepairStep
from repairs.services import (
    consent_record,
    picture_add,
    repair_publish_words,
    repair_rate,
    repair_report,
    repair_step_add,
    repair_step_void,
)
from tests.privacy.persons import EARLIER

if TYPE_CHECKING:
    from tests.privacy.world import Family


def repairing(family: Family, cadres: list[Cadre]) -> None:
    words, leader = family.words, cadres[0].user
    assert leader is not None
    for passes in (True, False):
        order = repair_report(
            building=family.place,
            spot=Spot.STAIRS,
            summary=words.text("台阶开裂"),
            channel=Channel.PHONE,
            now=EARLIER,
            reporter_name=words.name(),
            reporter_phone=words.new_phone(),
        )
        at = EARLIER
        for kind in (StepKind.ACCEPTED, StepKind.ASKED):
            at += timedelta(minutes=1)
            matter = Matter.SMALL if kind == StepKind.ACCEPTED else ""
            step = repair_step_add(
                order=order,
                kind=kind,
                at=at,
                now=at,
                by=leader,
                is_office=True,
                matter=matter,
                words=words.text("说明"),
            )
        repair_step_void(step=step, reason=words.text("点错"), by=leader, now=at, is_office=True)
        family.add(RepairStep.objects.unscoped("a test").get(pk=step.pk))
        at += timedelta(days=1)
        counted = {"method": "meeting", "asked_on": EARLIER.date(), "counted_on": at.date()}
        totals = {"total_people": 56, "took_part_people": 38, "agreed_people": 35}
        family.add(
            consent_record(
                order=order, counted={**counted, **totals}, now=at, by=leader, cadre=None, is_office=True
            )
        )
        repair_step_add(order=order, kind=StepKind.HANDED, at=at, now=at, by=leader, is_office=True)
        family.add(picture_add(order=order, data=_photo(), now=at))
        repair_publish_words(order=order, words=words.text("说明"), now=at)
        if passes:
            held = Appointment.objects.get(place=family.place, post=Post.PROPERTY_STEWARD, ended_on=None)
            repair_step_add(
                order=order, kind=StepKind.FINISHED, at=at, now=at, cadre=held.cadre, words=words.text("说明")
            )
            repair_step_add(order=order, kind=StepKind.PASSED, at=at, now=at, by=leader, is_office=True)
            family.add(repair_rate(order=order, solved=True, stars=5, now=at, words=words.text("评价")))
        family.add(type(order).objects.unscoped("a test").get(pk=order.pk))


def _photo() -> bytes:
    kept = BytesIO()
    Image.new("RGB", (8, 8), "gray").save(kept, "JPEG")
    return kept.getvalue()
