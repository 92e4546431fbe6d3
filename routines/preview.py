"""Previewing a rule before it is saved: the load of the next days, under the rules as they are and with the new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from baibuting.common.days import local_day, midnight
from buildings.models import Place
from cadres.models import Appointment
from duties.rounds import Fact
from duties.selectors import go_lives
from routines.facts import spells_of, versions_of
from routines.models import Routine
from routines.rules import Version, spell_rounds
from routines.sources import read_done
from visits.facts import day_calendar
from visits.preview import DAYS_AHEAD, DayLoad, RulePreview

Dues = dict[tuple[int, date], date]


def routine_preview(
    *, community: Place, matter: str, before: Sequence[Version], now: datetime
) -> RulePreview:
    """Compare the versions `before` with those now stored, over every open appointment; writes nothing.

    Called after the new version was written, by whoever rolls that back. A constant number of queries.
    """
    after = versions_of([community.pk]).get((community.pk, matter), [])
    live = go_lives([community.pk]).get(community.pk)
    counts_from = live.counts_from if live else local_day(now)
    as_of = max([now, *(midnight(one.terms.effective_on) for one in after[-1:])])
    posts = {one.terms.accountable_post for one in (*before, *after)}
    held = list(
        Appointment.objects.filter(place__community=community, post__in=posts, ended_on=None).order_by("pk")
    )
    routines = Routine.objects.filter(appointment__in=held, matter=matter).select_related("appointment")
    owing = {one.appointment_id: one for one in routines.order_by("pk")}
    done = read_done(list(owing.values()), now)
    facts = {pk: done.get(one.pk, ()) for pk, one in owing.items()}
    old, new = (_open(held, versions, facts, counts_from, as_of) for versions in (before, after))
    days = [local_day(now) + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
    loads = [Counter(dues.values()) for dues in (old, new)]
    return RulePreview(
        records=len({appointment for appointment, _ in new}),
        moved=sum(new.get(key) != due_on for key, due_on in old.items()),
        days=[DayLoad(day, loads[0][day], loads[1][day]) for day in days],
    )


def _open(
    held: Sequence[Appointment],
    versions: Sequence[Version],
    facts: Mapping[int, Any],
    counts_from: date,
    as_of: datetime,
) -> Dues:
    """Return the due date of each open round, by appointment and first day."""
    calendar, found = day_calendar(), {}
    for one in held:
        known: Sequence[Fact] = facts.get(one.pk, ())
        for spell in spells_of(one, versions, counts_from):
            if spell.from_on > local_day(as_of):
                continue
            if spell.ends_at is not None and spell.ends_at <= as_of:
                continue
            for item in spell_rounds(versions, one.post, spell, known, as_of, calendar).rounds.items:
                if item.done_at is None:
                    found[one.pk, item.opened_on] = item.due_on
    return found
