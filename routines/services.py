"""Writes on rules of what is done in every period, and on who owes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from baibuting.common.bulk import rows_update
from baibuting.common.days import local_day, midnight
from buildings.models import Place
from cadres.choices import POST_LEVELS
from cadres.models import Appointment
from duties.models import DutyClock
from duties.publishing import rule_publish
from duties.selectors import go_lives
from routines.choices import SOURCE
from routines.facts import Versions, spells_of, versions_of
from routines.models import Routine, RoutineRule


@transaction.atomic
def routine_rule_publish(
    *,
    community: Place,
    matter: str,
    effective_on: date,
    is_on: bool,
    owner_post: str,
    period: str,
    due_offset_days: int | None,
    first_within_days: int,
    shift_to_working_day: bool,
    ladder: Sequence[tuple[int, int]],
    now: datetime,
    user: User | None,
) -> RoutineRule:
    """Put a new version in force; open rounds are looked at again by the next sweep, or on the day it takes effect.

    Raises ValidationError for what `rule_publish` refuses, and for a post of no level, which nobody is above.
    """
    if owner_post not in POST_LEVELS:
        raise ValidationError({"owner_post": "请选择楼栋岗位或各级书记。"})
    rule = RoutineRule(
        community=community,
        matter=matter,
        effective_on=effective_on,
        is_on=is_on,
        owner_post=owner_post,
        period=period,
        due_offset_days=due_offset_days,
        first_within_days=first_within_days,
        shift_to_working_day=shift_to_working_day,
        ladder=RoutineRule.ladder_of(ladder),
        created_by=user,
    )
    rule = rule_publish(rule=rule, now=now)
    from_then = max(now, midnight(rule.effective_on))
    clocks = DutyClock.objects.filter(routine__matter=matter, routine__community=community, failures=0)
    later = clocks.filter(Q(next_check_at=None) | Q(next_check_at__gt=from_then), routine__ended_on=None)
    ids = list(later.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    DutyClock.objects.filter(pk__in=ids).update(next_check_at=from_then)
    if rule.effective_on <= local_day(now):
        routines_align(now=now, community_id=community.pk)
    return rule


@dataclass(frozen=True, slots=True)
class Aligned:
    """How many routines were opened, and how many ended."""

    opened: int
    ended: int


@transaction.atomic
def routines_align(*, now: datetime, community_id: int | None = None) -> Aligned:
    """Open a routine for every appointment that owes a matter by the rules of today, and end those that no longer do.

    The sweep then opens their duties. The communities' rows are locked, so that two at once open each one once. A
    constant number of queries.
    """
    today = local_day(now)
    versions = versions_of(None if community_id is None else [community_id])
    communities = sorted({community for community, _ in versions})
    if not communities:
        return Aligned(0, 0)
    list(Place.objects.filter(pk__in=communities).order_by("pk").select_for_update(of=("self",)))
    versions = versions_of(communities)
    counts_from = {pk: live.counts_from for pk, live in go_lives(communities).items()}
    running = list(
        Routine.objects.filter(community__in=communities, ended_on=None)
        .select_related("appointment")
        .order_by()
    )
    ended = _end(running, versions, counts_from, today, now)
    return Aligned(_open(versions, counts_from, today, now), ended)


def _end(
    running: Sequence[Routine], versions: Versions, counts_from: dict[int, date], today: date, now: datetime
) -> int:
    """Write the last day of routines that have one, and make their clocks due."""
    over = []
    for routine in running:
        known = versions[routine.community_id, routine.matter]
        owed = spells_of(routine.appointment, known, counts_from.get(routine.community_id))
        spell = next((one for one in owed if one.from_on == routine.started_on), None)
        if spell is None:
            routine.ended_on = routine.started_on
        elif spell.until_on is not None and spell.until_on < today:
            routine.ended_on = spell.until_on
        else:
            continue
        over.append(routine)
    rows_update(over, ("ended_on",))
    clocks = DutyClock.objects.filter(pk__in=[one.clock_id for one in over]).order_by("pk")
    ids = list(clocks.select_for_update().values_list("pk", flat=True))
    DutyClock.objects.filter(pk__in=ids).update(next_check_at=now)
    return len(over)


def _open(versions: Versions, counts_from: dict[int, date], today: date, now: datetime) -> int:
    """Create what is owed today and has no row yet."""
    posts = {one.terms.accountable_post for known in versions.values() for one in known if one.is_on}
    holders = Appointment.objects.filter(
        Q(ended_on=None) | Q(ended_on__gte=today),
        post__in=posts,
        started_on__lte=today,
        place__community__in={community for community, _ in versions},
    ).select_related("place")
    there = set(
        Routine.objects.filter(community__in={community for community, _ in versions})
        .order_by()
        .values_list("appointment", "matter", "started_on")
    )
    made: list[dict[str, Any]] = []
    matters: dict[int, list[str]] = {}
    for community, matter in versions:
        matters.setdefault(community, []).append(matter)
    for held in holders.order_by("pk"):
        community = held.place.community_id
        for matter in matters[community]:
            for spell in spells_of(held, versions[community, matter], counts_from.get(community)):
                is_now = spell.from_on <= today and (spell.until_on is None or today <= spell.until_on)
                if is_now and (held.pk, matter, spell.from_on) not in there:
                    made.append(
                        {
                            "community_id": community,
                            "matter": matter,
                            "appointment": held,
                            "started_on": spell.from_on,
                        }
                    )
    clocks = DutyClock.objects.bulk_create(
        DutyClock(source=SOURCE, community_id=one["community_id"], next_check_at=now) for one in made
    )
    Routine.objects.bulk_create(
        Routine(**one, clock=clock, created_at=now) for one, clock in zip(made, clocks, strict=True)
    )
    return len(made)
