"""A family's concerns and what its cadres have reported: one of each that runs or waits, one that is decided."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from accounts.models import User
from cadres.models import Cadre
from concerns.choices import Origin
from concerns.models import Concern, ConcernEvent
from concerns.services import concern_close, concern_open, concern_take
from proposals.choices import Change
from proposals.models import Proposal
from proposals.rules import Said
from proposals.services import proposal_decline, proposal_make
from residents.models import Resident

if TYPE_CHECKING:
    from tests.privacy.world import Family


def asking(family: Family, now: datetime) -> None:
    head, person = family.rows[Cadre][0], family.rows[Resident][0]
    office = head.user
    assert office is not None
    for closed in (True, False):
        concern = concern_open(
            building=family.place,
            subject="care",
            urgency="normal",
            words=family.words.text("取药"),
            origin=Origin.PHONE,
            now=now,
            by=office,
            reporter=head,
            resident=person,
        )
        if closed:
            said = family.words.text("交代")
            concern_take(
                concern=concern,
                subject="care",
                urgency="normal",
                appointment=None,
                words=said,
                by=office,
                now=now,
            )
            concern_close(concern=concern, state="done", answer=family.words.text("已办"), by=office, now=now)
        family.add(Concern.objects.get(pk=concern.pk))
        family.add(*ConcernEvent.objects.filter(concern=concern).order_by("pk"))
        _report(family, office, head, person, now, declined=closed)


def _report(
    family: Family, sender: User, head: Cadre, person: Resident, now: datetime, *, declined: bool
) -> None:
    proposal = proposal_make(
        change=Change.KIN,
        said=Said(name=family.words.name(), phone=family.words.new_phone(), words=family.words.text("女儿")),
        building=family.place,
        resident=person,
        cadre=head,
        sender=sender,
        made_at=now,
        now=now,
    )
    if declined:
        proposal_decline(proposal=proposal, answer=family.words.text("打不通"), by=sender, now=now)
    family.add(Proposal.objects.get(pk=proposal.pk))
