"""Whom a spreading concerns: people by their records, what is running in their buildings, and the days they are given.

Going live, a later import and a change of rule share it; the rule itself is `visits.spreading`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Min

from baibuting.common.days import DayCalendar, local_day
from buildings.models import Place
from duties.choices import MOST_SPREAD_DAYS, RUNNING
from duties.models import Duty
from duties.rounds import terms_on
from residents.models import CareRecord
from visits.facts import CareKnowledge, day_calendar, terms_in_force
from visits.spreading import Waiting, spread, window

BATCH = 5_000  # records whose visits are held at once


@dataclass(slots=True)
class PersonWaiting:
    """A person as their records say: where they live, since when unseen, and what falls due first."""

    person_id: int
    building_id: int
    listed_on: date
    last_seen: date | None
    due_on: date | None = None  # by a date of their own, or put off by the rule
    own_on: date | None = None  # by a date of their own alone
    waits: bool = False
    records: tuple[int, ...] = ()

    @classmethod
    def of(cls, record: CareRecord, known: CareKnowledge, before: date) -> PersonWaiting:
        """Return the person of a record; seen is what counts before a day."""
        seen = (local_day(visit.at) for visit in known.visits[record.resident_id] if visit.counts)
        last_seen = max((day for day in seen if day < before), default=None)
        return cls(record.resident_id, record.building_id, record.started_on, last_seen)

    def note(self, due_on: date, *, is_deferred: bool) -> None:
        """Note when a record falls due first."""
        self.due_on = min(self.due_on or due_on, due_on)
        self.waits |= is_deferred
        if not is_deferred:
            self.own_on = min(self.own_on or due_on, due_on)


def spread_people(
    people: Iterable[PersonWaiting], running: Mapping[int, Mapping[date, int]], days: Sequence[date]
) -> dict[int, date]:
    """Return the day of each person who waits, by id; of nobody where there is no window."""
    if not days:
        return {}
    waiting, due_anyway = [], defaultdict[int, Counter[date]](Counter)
    for building_id, by_day in running.items():
        due_anyway[building_id].update(by_day)
    for person in people:
        if person.waits:
            since = person.last_seen or person.listed_on
            waiting.append(Waiting(person.person_id, person.building_id, since))
        elif person.due_on is not None:
            due_anyway[person.building_id][person.due_on] += 1
    return spread(waiting, due_anyway, days)


def running_in(people: Mapping[int, PersonWaiting]) -> dict[int, Counter[date]]:
    """Return by building and day how many other people are due first that day. One query."""
    duties = Duty.objects.filter(
        outcome__in=RUNNING,
        place__in={person.building_id for person in people.values()},
        care_record__isnull=False,
    ).exclude(care_record__resident__in=list(people))
    found = defaultdict[int, Counter[date]](Counter)
    rows = duties.order_by().values_list("place", "care_record__resident").annotate(first=Min("due_on"))
    for building_id, _, day in rows:
        found[building_id][day] += 1
    return found


def window_of(community: Place, begins_on: date, spread_days: int) -> list[date]:
    """Return the days over which a community spreads, from the first; none for 0.

    Days off are left out where a rule of the community moves due dates over them. Raises ValidationError for a length
    that cannot be, and where nothing but days off is left.
    """
    if not 0 <= spread_days <= MOST_SPREAD_DAYS:
        raise ValidationError(
            {"spread_days": f"分摊天数请填 0 到 {MOST_SPREAD_DAYS} 之间的数，0 表示不分摊。"}
        )
    if spread_days == 0:
        return []
    days = window(begins_on, spread_days, _days_off(community, begins_on))
    if not days:
        raise ValidationError({"spread_days": "这几天都是休息日，排不下首次走访；请把分摊天数改大，或填 0。"})
    return days


def _days_off(community: Place, day: date) -> DayCalendar | None:
    """Return the calendar of days off where a rule of the community moves due dates over them."""
    categories = CareRecord.objects.unscoped("which rules a community has in use").filter(community=community)
    ids = categories.order_by().values_list("category", flat=True).distinct()
    terms = terms_in_force([community.pk], list(ids))
    shifts = any(terms_on(versions, day).shift_to_working_day for versions in terms.values())
    return day_calendar() if shifts else None
