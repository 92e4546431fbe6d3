"""What is done to repairs that must stand in the trail, and the addresses that leave no trace there."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from baibuting.common.days import local_day
from repairs.models import RepairOrder
from repairs.rules import LIMITS, PROPOSED_RULES
from tests.privacy.deeds import CHANGE, REASON, REVEAL, Deed, Send, at
from tests.privacy.world import World

ORDER = "repairs.repairorder"
TERMS = {name: value for name, value in PROPOSED_RULES["normal"].items() if not name.startswith("_")}


def _running(world: World) -> RepairOrder:
    found: RepairOrder = next(row for row in reversed(world.own.of(ORDER)) if row.is_running)
    return found


def _picture(world: World) -> Send:
    url = reverse("repairs:picture", args=[world.own.of("repairs.repairpicture")[0].uid])
    return lambda browser: browser.get(url)


def _void(world: World) -> Send:
    step = _running(world).steps(manager="objects").unscoped("a test").order_by("-at", "-pk")[0]
    url = reverse("repairs:void", args=[step.pk])
    return lambda browser: browser.post(url, {"reason": REASON})


def _rule(world: World) -> Send:
    ladder = {"triage_0": -4, "triage_4": 0, "rest_0": -1, "rest_1": 0}
    typed: dict[str, Any] = {**TERMS, **ladder, "effective_on": local_day(timezone.now()).isoformat()}
    url = reverse("repairs:rules") + f"?community={world.own.community.place.pk}"
    return lambda browser: browser.post(url, typed)


DEEDS = [
    Deed("repairs:look", "office", at("repairs:look", _running), REVEAL, ORDER, ("summary",), "报修页面点“看情况”", reads=True),
    Deed("repairs:slip", "office", at("repairs:slip", _running), REVEAL, ORDER, ("summary",), "打印派工单", reads=True),
    Deed(
        "repairs:call", "office", at("repairs:call", _running, reason=REASON), REVEAL, ORDER,
        ("reporter_name", "reporter_phone"), REASON, reads=True,
    ),
    Deed("repairs:picture", "office", _picture, REVEAL, ORDER, ("picture",), "查看维修照片", reads=True),
    Deed("repairs:void", "office", _void, CHANGE, "repairs.repairstep", ("voided_at",)),
    Deed("repairs:rules", "office", _rule, "create", "repairs.repairrule", tuple(sorted([*LIMITS, "triage_post", "small_part", "small_agreed"]))),
]  # fmt: skip
STEPS = "the step itself says who took it and when (repairs.repairstep)"
PUBLIC = (
    "what is mended in a building is public; a report, and what its reporter says, have rows of their own"
)
WITHOUT = {
    **dict.fromkeys(
        ("repairs:orders", "repairs:order"), "spots, stages and posts; whatever opens words has its row"
    ),
    **dict.fromkeys(("repairs:new", "repairs:act", "repairs:add_picture", "repairs:release"), STEPS),
    **dict.fromkeys(
        ("repairs:report", "repairs:progress", "repairs:track", "repairs:public_picture"), PUBLIC
    ),
}
