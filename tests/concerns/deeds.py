"""Deeds of the box of concerns and of whoever has one, for tests/privacy/."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from concerns.choices import Origin
from concerns.models import Concern
from concerns.services import concern_open
from tests.privacy.deeds import CHANGE, HEAD, REVEAL, Deed, Send, at
from tests.privacy.world import NOW, World

CONCERN, OFFICE = "concerns.concern", "office"


def _open(world: World) -> Concern:
    return concern_open(
        building=world.own.place,
        subject="care",
        urgency="normal",
        words="帮忙取降压药",
        origin=Origin.OFFICE,
        now=NOW,
        by=None,
    )


def _of_head(world: World) -> Concern:
    concern = _open(world)
    head = world.viewers[HEAD]
    held = world.own.place.appointments.filter(cadre__user=head, ended_on=None)
    Concern.objects.unscoped("of a deed").filter(pk=concern.pk).update(appointment=held[0], state="working")
    return concern


def _terms(world: World) -> Send:
    url = reverse("concerns:terms", args=[world.own.community.place.pk])
    return lambda browser: browser.post(url, {"normal_days": 5, "urgent_days": 2})


TAKEN: dict[str, Any] = {"subject": "care", "urgency": "normal", "appointment": "", "words": ""}
CLOSED: dict[str, Any] = {"state": "done", "answer": "已请社区医院送药"}
DEEDS = [
    Deed("concerns:take", OFFICE, at("concerns:take", _open, **TAKEN), CHANGE, CONCERN, ("state", "appointment")),
    Deed("concerns:close", OFFICE, at("concerns:close", _open, **CLOSED), CHANGE, CONCERN, ("state", "answer")),
    Deed("concerns:incident", OFFICE, at("concerns:incident", _open, kind="discontent"), CHANGE, CONCERN, ("incident",)),
    Deed("concerns:words", OFFICE, at("concerns:words", _open), REVEAL, CONCERN, ("words",), "诉求页面点“看内容”", reads=True),
    Deed("concerns:terms", OFFICE, _terms, CHANGE, "concerns.concernterms", ("normal_days", "urgent_days")),
    Deed("phone:concern_words", HEAD, at("phone:concern_words", _of_head), REVEAL, CONCERN, ("words",), "手机页面点“看内容”", reads=True),
    Deed("phone:concern_close", HEAD, at("phone:concern_close", _of_head, **CLOSED), CHANGE, CONCERN, ("state", "answer")),
]  # fmt: skip
WITHOUT = {
    **dict.fromkeys(
        ("concerns:index", "concerns:concern", "phone:concern"),
        "lists and pages: texts hidden; whatever opens them has its row",
    ),
    "phone:concerns": "what is sent from a phone has a row of its own that says who and when (phone.submission)",
    "concerns:new": "a new concern says itself who opened it and when (concerns.concernevent)",
}
