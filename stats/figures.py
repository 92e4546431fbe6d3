"""The figures of `stats/`: counted by place with the conditions of the portal's own pages, added up by level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from baibuting.common.days import midnight
from buildings.models import Place
from buildings.scope import Scope, ScopedQuerySet
from buildings.selectors import path_ids
from cadres.choices import BUILDING_POSTS
from cadres.selectors import staffed_buildings, vacant_posts
from duties.as_of import AsOf, due_within, duty_filter, family_condition, rung_then
from duties.choices import RUNNING, Family, Outcome, Rung
from duties.models import Duty
from residents.models import CareCategory, CareRecord
from stats import suppression
from stats.choices import CategoryWord
from stats.rules import more_figures
from visits.models import Incident, Visit
from visits.selectors import incidents_running_at, never_seen_at, records_open_at

Key = tuple[str | None, int | None]
"""(category, rung), each None where a figure knows none."""
STOCK = (
    "care_records",
    "never_seen",
    "overdue",
    "due_today",
    "done_today",
    "coming",
    "no_owner",
    "incidents_running",
    "posts",
    "vacancies",
)
FLOW = (
    "due",
    "in_time",
    "late",
    "missed",
    "cancelled",
    "running",
    "visits",
    "incidents_opened",
    "incidents_closed",
)
BY_RUNG = frozenset({"overdue", "due_today", "coming", "no_owner", *FLOW[:6]})
BY_CATEGORY = BY_RUNG | {"care_records", "never_seen", "done_today"}
# What leaves a community: docs/adr/0041 says why not more. Posts and vacancies are not about private lives.
OUTSIDE = frozenset(
    {
        "care_records",
        "never_seen",
        "overdue",
        "incidents_running",
        "due",
        "in_time",
        "visits",
        "incidents_opened",
    }
)
OPEN_TO_ALL = frozenset({"posts", "vacancies"})
OUTCOMES: dict[str, Q] = {
    "due": Q(),
    "in_time": Q(outcome=Outcome.IN_TIME),
    "late": Q(outcome=Outcome.LATE),
    "missed": Q(outcome=Outcome.MISSED),
    "cancelled": Q(outcome=Outcome.CANCELLED),
    "running": Q(outcome__in=RUNNING),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A moment, a period for what happens in time, one category, one rung, and the family of duties counted."""

    moment: AsOf
    period: tuple[date, date] | None = None
    category: str | None = None
    rung: int | None = None
    family: Family = Family.VISITING

    def answers(self, figure: str) -> bool:
        """Return whether a figure is defined under the conditions asked for."""
        if figure in FLOW and self.period is None:
            return False
        if self.category is not None and figure not in BY_CATEGORY:
            return False
        return self.rung is None or figure in BY_RUNG

    def counts(self, key: Key) -> bool:
        """Return whether a part meets the conditions asked for."""
        return self.category in (None, key[0]) and self.rung in (None, key[1])


class Figures:
    """Every figure of every place in a scope. Twelve queries with a period, nine without, whatever the size.

    One more for each figure that another app declares.
    """

    def __init__(self, scope: Scope, question: Question) -> None:
        self.scope, self.question = scope, question
        self.communities = scope.communities()
        words = CareCategory.objects.values_list("pk", "code", "is_sensitive")
        self.words: dict[int | None, str | None] = {
            pk: CategoryWord.FOCUS.value if sensitive else code for pk, code, sensitive in words
        }
        self.words[None] = None
        self.paths = {
            pk: path_ids(path) for pk, path in Place.objects.within(scope).values_list("pk", "path")
        }
        self.parts: dict[str, dict[int, Counter[Key]]] = {
            name: {} for name in (*STOCK, *FLOW, *more_figures())
        }
        # for the desk's own tables: what falls due in AHEAD_DAYS by place and post, and since when duties are overdue
        self.ahead: Counter[tuple[int, str]] = Counter()
        self.oldest_overdue_on: date | None = None
        self._count_records()
        self._count_duties()
        self._count_incidents()
        self._count_posts()
        self._count_more()
        if question.period is not None:
            self._count_period(*question.period)

    def value(self, figure: str, place_id: int) -> int:
        """Return a figure of a place, under the conditions asked for."""
        parts = self.parts[figure].get(place_id, Counter[Key]())
        return sum(count for key, count in parts.items() if self.question.counts(key))

    def by_rung(self, place_id: int) -> dict[int, int]:
        """Return overdue duties by the highest rung they have reached; those before the first count as the first."""
        found = dict.fromkeys(Rung.values, 0)
        for key, count in self.parts["overdue"].get(place_id, {}).items():
            if self.question.counts(key):
                found[key[1] or 0] += count
        return found

    def _inside(self, model: Any) -> Any:
        rows: ScopedQuerySet[Any] = model.objects.within(self.scope)
        return rows.filter(community__in=self.communities).order_by()

    def _duties(self) -> Any:
        """Return the duties of the family that is asked for."""
        return self._inside(Duty).filter(family_condition(self.question.family))

    def _add(self, figure: str, place_id: int, key: Key, count: int) -> None:
        """Count a row that lies at a place, of whatever level, there and at every place above."""
        if count:
            for above_id in self.paths[place_id]:
                self.parts[figure].setdefault(above_id, Counter())[key] += count

    def _group(self, rows: QuerySet[Any], figures: Iterable[str], **counts: Count) -> None:
        self._add_up(rows.annotate(**counts), figures)

    def _add_up(self, rows: Iterable[Any], figures: Iterable[str]) -> None:
        for row in rows:
            key = (self.words[row.get("category")], row.get("reached"))
            for figure in figures:
                self._add(figure, row["at"], key, row[f"n_{figure}"])

    def _count_records(self) -> None:
        moment = self.question.moment
        for figure, condition in (
            ("care_records", records_open_at(moment)),
            ("never_seen", never_seen_at(moment)),
        ):
            rows = self._inside(CareRecord).filter(condition).values("category", at=F("building"))
            self._group(rows, [figure], **{f"n_{figure}": Count("pk")})

    def _count_duties(self) -> None:
        moment, figures = self.question.moment, ("overdue", "due_today", "coming", "no_owner")
        rows = self._duties().filter(duty_filter("running", moment))
        counts: dict[str, Any] = {
            f"n_{figure}": Count("pk", filter=duty_filter(figure, moment)) for figure in (*figures, "ahead")
        }
        counts["oldest"] = Min("due_on", filter=duty_filter("overdue", moment))
        running = rows.annotate(reached=rung_then(moment))
        found = list(
            running.values("category", "reached", "accountable_post", at=F("place")).annotate(**counts)
        )
        self._add_up(found, figures)
        for row in found:
            self.ahead[row["at"], row["accountable_post"]] += row["n_ahead"]
        self.oldest_overdue_on = min((row["oldest"] for row in found if row["oldest"]), default=None)
        done = self._duties().filter(duty_filter("done_today", moment)).values("category", at=F("place"))
        self._group(done, ["done_today"], n_done_today=Count("pk"))

    def _count_incidents(self) -> None:
        rows = (
            self._inside(Incident).filter(incidents_running_at(self.question.moment)).values(at=F("building"))
        )
        self._group(rows, ["incidents_running"], n_incidents_running=Count("pk"))

    def _count_posts(self) -> None:
        day = self.question.moment.day
        buildings = staffed_buildings(self.scope, day)
        for building_id in buildings:
            self._add("posts", building_id, (None, None), len(BUILDING_POSTS))
        for vacancy in vacant_posts(buildings, day):
            self._add("vacancies", vacancy.building_id, (None, None), 1)

    def _count_more(self) -> None:
        """Add the figures that other apps' portals count; places outside the scope are left out."""
        for code, figure in more_figures().items():
            for place_id, count in figure.count(self.scope, self.question.moment).items():
                if place_id in self.paths:
                    self._add(code, place_id, (None, None), count)

    def _count_period(self, first: date, last: date) -> None:
        begins, ends = midnight(first), midnight(last + timedelta(days=1))
        duties = self._duties().filter(due_within(first, last))
        self._group(
            duties.annotate(reached=rung_then(AsOf(last, ends, is_now=True))).values(
                "category", "reached", at=F("place")
            ),
            OUTCOMES,
            **{f"n_{name}": Count("pk", filter=condition) for name, condition in OUTCOMES.items()},
        )
        visits = self._inside(Visit).filter(visited_at__gte=begins, visited_at__lt=ends, voided_at=None)
        self._group(visits.values(at=F("building")), ["visits"], n_visits=Count("pk"))
        for figure, column in (("incidents_opened", "reported_at"), ("incidents_closed", "closed_at")):
            rows = self._inside(Incident).filter(**{f"{column}__gte": begins, f"{column}__lt": ends})
            self._group(rows.values(at=F("building")), [figure], **{f"n_{figure}": Count("pk")})


class Telling:
    """Which of a community's figures may go outside it; see `stats.suppression`."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures

    def may_tell(self, figure: str, place_id: int) -> bool:
        """Return whether a figure of a place may be disclosed under the conditions asked for."""
        question = self.figures.question
        if figure in OPEN_TO_ALL:
            return True
        if figure not in OUTSIDE:
            return False
        if figure == "in_time":
            shown = self._in_time
            return (
                question.category is None
                and question.rung is None
                and "in_time" in shown.parts.get(place_id, ())
            )
        if question.category is not None:
            return question.category in self._by_category[figure].parts.get(place_id, ())
        if question.rung is not None:
            return figure == "overdue" and self.may_tell_rung(place_id, question.rung)
        return place_id in self._totals[figure].totals

    def may_tell_rung(self, place_id: int, rung: int) -> bool:
        """Return whether the overdue duties of one rung may be disclosed."""
        if self.figures.question.category is not None:
            return False
        return rung in self._by_rung.parts.get(place_id, ())

    @cached_property
    def _tree(self) -> tuple[list[int], dict[int, list[int]]]:
        roots: list[int] = []
        children: dict[int, list[int]] = {}
        for place_id, path in sorted(self.figures.paths.items()):
            if len(path) == 1:
                roots.append(place_id)
            else:
                children.setdefault(path[-2], []).append(place_id)
        return roots, children

    def _shown(self, parts: Mapping[int, Any], names: Iterable[Any]) -> suppression.Shown:
        return suppression.shown(*self._tree, parts, names)

    @cached_property
    def _totals(self) -> dict[str, suppression.Shown]:
        """Return the totals shown. Nothing is broken down here: a total's own small parts hide nothing."""
        return {
            figure: self._shown(
                {pk: {"": parts.total()} for pk, parts in self.figures.parts[figure].items()}, [""]
            )
            for figure in OUTSIDE
        }

    @cached_property
    def _by_category(self) -> dict[str, suppression.Shown]:
        return {
            figure: self._shown(self._regrouped(figure, 0), [*CategoryWord.values, None])
            for figure in OUTSIDE & BY_CATEGORY
        }

    @cached_property
    def _by_rung(self) -> suppression.Shown:
        return self._shown(self._regrouped("overdue", 1), Rung.values)

    @cached_property
    def _in_time(self) -> suppression.Shown:
        due, in_time = self.figures.parts["due"], self.figures.parts["in_time"]
        parts: dict[int, dict[str, int]] = {}
        for pk, counts in due.items():
            done = in_time.get(pk, Counter()).total()
            parts[pk] = {"in_time": done, "not_in_time": counts.total() - done}
        return self._shown(parts, ["in_time", "not_in_time"])

    def _regrouped(self, figure: str, place_in_key: int) -> dict[int, Counter[Any]]:
        found: dict[int, Counter[Any]] = {}
        for pk, parts in self.figures.parts[figure].items():
            found[pk] = Counter()
            for key, count in parts.items():
                name: Any = key[place_in_key]
                found[pk][(name or 0) if place_in_key else name] += count
        return found
