"""Deeds of gatherings and of the rules of routines, for `tests/privacy/test_every_deed_is_trailed.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from audit.choices import Action
from gatherings.models import Gathering
from routines.choices import Matter
from routines.models import RoutineRule
from routines.rules import PROPOSED
from routines.services import routine_rule_publish
from tests.duties.steps import sweep_at
from tests.pages import add_url, object_url
from tests.privacy.deeds import Deed, Send
from tests.privacy.world import NOW, World

DETAILS = ("kind", "title", "venue", "starts_at", "ends_at")
PLANNED = {
    "kind": "service",
    "title": "清扫楼道",
    "venue": "活动室",
    "starts_at_0": "2026-03-20",
    "starts_at_1": "09:00",
    "ends_at_0": "2026-03-20",
    "ends_at_1": "11:00",
}


def _add(world: World) -> Send:
    typed = {**PLANNED, "place": world.own.place.pk}
    return lambda browser: browser.post(add_url(Gathering), typed)


def _change(world: World) -> Send:
    coming = world.own.of("gatherings.gathering")[2]
    return lambda browser: browser.post(object_url(coming, "change"), PLANNED)


def _roll(world: World) -> Send:
    held = world.own.of("gatherings.gathering")[1]
    return lambda browser: browser.post(object_url(held, "roll"), {"others": "7"})


def _rule(world: World) -> Send:
    said = {name: value for name, value in PROPOSED[Matter.GROUP_TRAINING].items() if value}
    ladder = {f"rung_{rung}": abs(days) for rung, days in said.pop("ladder")}
    typed: dict[str, Any] = {
        "community": world.own.community.place.pk,
        "effective_on": NOW.date().isoformat(),
        "matter": Matter.GROUP_TRAINING.value,
        "is_on": "",
        **said,
        **ladder,
    }
    shown = Client()
    shown.force_login(world.viewers["office"])
    seen = shown.post(add_url(RoutineRule), typed).context["previewed"]
    return lambda browser: browser.post(add_url(RoutineRule), {**typed, "publish": "1", "previewed": seen})


def _make_up(world: World) -> Send:
    """A training of a month ago that everybody of the community is behind with."""
    then = NOW - timedelta(days=60)
    said = {**PROPOSED[Matter.GROUP_TRAINING], "first_within_days": 30}
    routine_rule_publish(
        community=world.own.community.place,
        matter=Matter.GROUP_TRAINING,
        effective_on=then.date(),
        is_on=True,
        now=then,
        user=None,
        **said,
    )
    sweep_at(NOW)
    typed = {"starts_at_0": "2026-03-20", "starts_at_1": "09:00", "hours": 2, "venue": "活动室"}
    return lambda browser: browser.post(reverse("gatherings:behind"), typed)


GATHERING = "gatherings.gathering"
DEEDS = [
    Deed("admin:gatherings_gathering_add", "office", _add, Action.CREATE, GATHERING, ("place", *DETAILS)),
    Deed("admin:gatherings_gathering_change", "office", _change, Action.CHANGE, GATHERING, (
        "title", "venue", "starts_at", "ends_at", "host")),
    Deed("admin:gatherings_gathering_roll", "office", _roll, Action.CHANGE, GATHERING, ("roll", "there", "others")),
    Deed("admin:routines_routinerule_add", "office", _rule, Action.CREATE, "routines.routinerule", (
        "effective_on", "matter", "owner_post", "period", "first_within_days", "rung_0", "rung_2", "rung_3", "rung_4")),
    Deed("gatherings:behind", "office", _make_up, Action.CREATE, GATHERING, reason="安排补课", rows=6),
]  # fmt: skip
OWN_THING = "one's own alone: the row says who recorded it and when"
WITHOUT = dict.fromkeys(("gatherings:sign_up", "gatherings:roll"), OWN_THING)
