"""A family's gatherings: one to come, one held, one cancelled; who signed up, and a routine of the first post."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cadres.models import Appointment, Cadre
from duties.services import clock_create
from gatherings.choices import Kind
from gatherings.models import Attendance, Gathering
from gatherings.services import gathering_cancel, gathering_plan, people_sign_up, roll_take
from routines.choices import SOURCE, Matter
from routines.models import Routine, RoutineRule
from routines.rules import PROPOSED
from routines.services import routine_rule_publish
from tests.privacy.words import FAR

if TYPE_CHECKING:
    from tests.privacy.world import Family


def gathered(family: Family, cadres: list[Cadre], now: datetime) -> None:
    _routine(family, now)
    person = family.of("volunteers.volunteer")[0]
    cancelled, held, coming = (_planned(family, cadres[0], now, days) for days in (-3, -2, 1))
    gathering_cancel(gathering=cancelled, reason=family.words.text("改期"))
    for gathering in (held, coming):
        people_sign_up(gathering=gathering, volunteers=[person], now=now)
    roll_take(gathering=held, there=[person], others=0, now=now, by=None)
    family.add(*(Gathering.objects.get(pk=one.pk) for one in (cancelled, held, coming)))
    family.add(*Attendance.objects.filter(gathering__in=(held, coming)).order_by("pk"))


def _planned(family: Family, host: Cadre, now: datetime, days: int) -> Gathering:
    starts_at = now + timedelta(days=days)
    return gathering_plan(
        place=family.place,
        kind=Kind.SERVICE,
        title=family.words.text("活动"),
        venue=family.words.text("会场"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        host=host,
        now=now,
        by=None,
    )


def _routine(family: Family, now: datetime) -> None:
    """A rule that is switched off, so that it makes nobody owe anything, and a row of who owed a matter once."""
    community = family.community.place
    if not RoutineRule.objects.filter(community=community).exists():
        rule = routine_rule_publish(
            community=community,
            matter=Matter.MEMBER_STUDY,
            effective_on=now.date(),
            is_on=False,
            now=now,
            user=None,
            **PROPOSED[Matter.MEMBER_STUDY],
        )
        if family.words is FAR:  # a rule belongs to the community, not to the building
            family.add(rule)
    held: Appointment = family.of("cadres.appointment")[0]
    clock = clock_create(source=SOURCE, community_id=community.pk, next_check_at=now + timedelta(days=999))
    family.add(
        Routine.objects.create(
            community=community,
            matter=Matter.GROUP_TRAINING,
            appointment=held,
            clock=clock,
            started_on=now.date(),
            created_at=now,
        )
    )
