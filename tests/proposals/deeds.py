"""Deeds of the box of proposals, for tests/privacy/."""

from __future__ import annotations

from collections.abc import Callable

from audit.choices import Action
from cadres.models import Cadre
from proposals.choices import Change
from proposals.models import Proposal
from proposals.rules import Said
from proposals.services import proposal_make
from tests.factories import resident
from tests.privacy.deeds import CHANGE, HEAD, REVEAL, Deed, at
from tests.privacy.world import NOW, World

PROPOSAL, OFFICE = "proposals.proposal", "office"
TODAY = f"{NOW:%Y-%m-%d}"


def _of(change: Change, **said: str) -> Callable[[World], Proposal]:
    def make(world: World) -> Proposal:
        sender = world.viewers[HEAD]
        assert sender is not None
        return proposal_make(
            change=change,
            said=Said(on=NOW.date(), **said),  # type: ignore[arg-type]
            building=world.own.place,
            resident=resident(world.own.place, now=NOW, name="闻人月"),
            cadre=Cadre.objects.get(user=sender),
            sender=sender,
            made_at=NOW,
            now=NOW,
        )

    return make


PHONE = _of(Change.PHONE, phone="13812345678")
DEEDS = [
    Deed("proposals:accept", OFFICE, at("proposals:accept", PHONE, phone=""), CHANGE, "residents.resident", ("phone",), title="phone"),
    Deed("proposals:accept", OFFICE, at("proposals:accept", _of(Change.DIED), on=TODAY), CHANGE, "residents.resident",
         ("left_on", "left_reason"), title="died"),
    Deed("proposals:accept", OFFICE, at("proposals:accept", _of(Change.HOSPITAL), on=TODAY), Action.CREATE,
         "residents.carerecord", ("started_on",), title="hospital"),
    Deed("proposals:decline", OFFICE, at("proposals:decline", PHONE, answer="打不通"), CHANGE, PROPOSAL, ("state",)),
    Deed("proposals:words", OFFICE, at("proposals:words", PHONE), REVEAL, PROPOSAL, ("said",), "变更上报页面点“看内容”", reads=True),
]  # fmt: skip
WITHOUT = {
    **dict.fromkeys(
        ("proposals:index", "proposals:proposal"),
        "lists and pages: numbers masked, texts hidden; whatever opens them has its row",
    ),
    "phone:proposals": "what is sent from a phone has a row of its own that says who and when (phone.submission)",
}
