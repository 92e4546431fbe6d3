"""A family's volunteers, their team, and who is paired with the building."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cadres.models import Cadre
from volunteers.choices import TeamKind
from volunteers.services import membership_start, pairing_start, team_create, volunteer_create

if TYPE_CHECKING:
    from tests.privacy.world import Family

LONG_AGO = date(2020, 1, 1)


def volunteering(family: Family, cadres: list[Cadre]) -> None:
    words, place = family.words, family.community.place
    person = family.add(
        volunteer_create(
            community=place,
            name=words.name(),
            phone=words.new_phone(),
            is_party_member=True,
            employer=words.text("单位"),
        )
    )
    team = family.add(
        team_create(
            place=family.place,
            name=words.text("队"),
            kind=TeamKind.values[0],
            leader=cadres[0],
            founded_on=LONG_AGO,
        )
    )
    family.add(membership_start(team=team, volunteer=person, joined_on=date(2026, 1, 1)))
    family.add(pairing_start(building=family.place, volunteer=person, started_on=date(2026, 1, 1)))
