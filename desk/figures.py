"""The desk's figures of a scope at a moment: those of `stats/`, and what only the desk shows beside them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from baibuting.common.days import period_start
from buildings.models import Place
from buildings.scope import Scope
from duties.as_of import AsOf, duty_filter, family_condition, on_time_percent, week_counts
from duties.choices import Rung
from duties.models import Duty
from stats.figures import Figures, Question

WEEKS = 12
OF_PEOPLE = ("due_today", "overdue", "no_owner")  # figures of duties that are said in people first


@dataclass(frozen=True, slots=True)
class Rate:
    """How many duties fell due, and how many of them were done on time."""

    due: int = 0
    in_time: int = 0

    @property
    def percent(self) -> float | None:
        """Return the rate as `on_time_percent` does; None where nothing fell due."""
        return on_time_percent(self.in_time, self.due)

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.due + other.due, self.in_time + other.in_time)


@dataclass(frozen=True, slots=True)
class Week:
    """A week, Monday first, with its rate."""

    starts_on: date
    rate: Rate

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Load:
    """How many duties fall due soon in a building for one post."""

    building_id: int
    post: str
    count: int


def plain(scope: Scope) -> Scope:
    """Return the same scope as a set of paths; a scope of everything becomes one of every community."""
    if not scope.everywhere:
        return scope
    communities = Place.objects.within(scope).filter(parent=None)
    return scope.within_paths(communities.values_list("path", flat=True))


def at_place(scope: Scope, place: Place) -> Scope:
    """Return the part of a scope that lies in a place, which lies within the scope."""
    return scope.within_paths([place.path])


class Overview:
    """The desk's numbers for a scope at a moment. Eleven queries, whatever the size; twelve for everything."""

    def __init__(self, scope: Scope, moment: AsOf) -> None:
        self.scope, self.moment = plain(scope), moment
        self.figures = Figures(self.scope, Question(moment))
        self.oldest_overdue_on = self.figures.oldest_overdue_on
        self.loads = [
            Load(building_id, post, count)
            for (building_id, post), count in self.figures.ahead.items()
            if count
        ]
        self.weeks, self.rates = self._count_weeks()
        self._people = self._count_people()

    def value(self, figure: str) -> int:
        """Return a figure of the whole scope."""
        return sum(self.figures.value(figure, community) for community in self.figures.communities)

    def people(self, figure: str, place_id: int | None = None) -> int:
        """Return how many people the duties of a figure of OF_PEOPLE are owed to, in a place or the whole scope."""
        counts = self._people[figure]
        places = self.figures.communities if place_id is None else [place_id]
        return sum(counts[place] for place in places)

    def concerns_people_alone(self, figure: str) -> bool:
        """Return whether every duty of a figure of OF_PEOPLE is owed to a person."""
        return not self.people(f"{figure}_alone")

    def by_rung(self) -> dict[int, int]:
        """Return the overdue duties of the whole scope by the highest rung they have reached."""
        found = Counter(dict.fromkeys(Rung.values, 0))
        for community in self.figures.communities:
            found.update(self.figures.by_rung(community))
        return dict(found)

    @property
    def rate(self) -> Rate:
        """Return the on-time rate of all weeks together."""
        return sum((week.rate for week in self.weeks), Rate())

    @property
    def vacant_buildings(self) -> int:
        """Return how many buildings have a vacant post."""
        vacant = self.figures.parts["vacancies"]
        return sum(
            1 for building, path in self.figures.paths.items() if building in vacant and len(path) == 4
        )

    def _count_people(self) -> dict[str, Counter[int]]:
        """Return by place the people behind the figures that count duties, and the duties of nobody. One query.

        A person is counted once in each building in which something is owed to them: the lists have a row for each.
        """
        running = Duty.objects.within(self.scope).filter(
            family_condition(), duty_filter("running", self.moment), community__in=self.figures.communities
        )
        counts = {}
        for figure in OF_PEOPLE:
            counted = duty_filter(figure, self.moment)
            counts[figure] = Count("care_record__resident", filter=counted, distinct=True)
            counts[f"{figure}_alone"] = Count("pk", filter=counted & Q(care_record=None))
        found: dict[str, Counter[int]] = {name: Counter() for name in counts}
        for row in running.order_by().values("place").annotate(**counts):
            for place_id in self.figures.paths[row["place"]]:
                for name in counts:
                    found[name][place_id] += row[name]
        return found

    def _count_weeks(self) -> tuple[list[Week], dict[int, Rate]]:
        """Return the last whole weeks, and the rate of every place over all of them.

        A day that has ended counts: as of a Sunday its week is the last one.
        """
        tomorrow = self.moment.day + timedelta(days=0 if self.moment.is_now else 1)
        this_week = period_start(tomorrow, "week")
        first = this_week - timedelta(weeks=WEEKS)
        weeks = {first + timedelta(weeks=ahead): Rate() for ahead in range(WEEKS)}
        places: dict[int, Rate] = {}
        for row in week_counts(self.scope, self.figures.communities, first, this_week - timedelta(days=1)):
            rate = Rate(row.due, row.in_time)
            weeks[row.week] += rate
            for place_id in self.figures.paths[row.place_id]:
                places[place_id] = places.get(place_id, Rate()) + rate
        return [Week(starts_on, rate) for starts_on, rate in weeks.items()], places
