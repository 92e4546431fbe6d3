"""Deeds of the two keepers who erase a person, for tests/privacy/."""

from __future__ import annotations

from audit.choices import Action
from residents.models import Erasure
from tests.factories import resident
from tests.pages import object_url
from tests.privacy.deeds import CHANGE, Deed, Send, page
from tests.privacy.world import NOW, World
from visits.services import erasure_propose

ERASURE = "residents.erasure"
OFFICE, KEEPER = "office", "security_admin"


def _proposal(world: World) -> Erasure:
    person = resident(world.own.place, now=NOW, name="闻人月")
    office = world.viewers[OFFICE]
    assert office is not None
    return erasure_propose(resident=person, ground="request", reason="书面申请已核对", by=office, now=NOW)


def _propose(world: World) -> Send:
    url = object_url(resident(world.own.place, now=NOW, name="闻人月"), "erase")
    return lambda browser: browser.post(url, {"ground": "request", "reason": "书面申请已核对"})


# the person's own row and proposal, and the files of imports and reports of the community, in which they may stand
IN_ALL = 6
DEEDS = [
    Deed("admin:residents_resident_erase", OFFICE, _propose, Action.CREATE, ERASURE, ("ground",)),
    Deed(
        "admin:residents_erasure_withdraw", OFFICE, page(_proposal, "withdraw"), CHANGE, ERASURE, ("state",)
    ),
    Deed("admin:residents_erasure_refuse", KEEPER, page(_proposal, "refuse"), CHANGE, ERASURE, ("state",)),
    Deed(
        "admin:residents_erasure_confirm",
        KEEPER,
        page(_proposal, "confirm", is_checked="on"),
        "erase",
        "residents.resident",
        reason="本人或监护人要求",
        rows=IN_ALL,
    ),
]
