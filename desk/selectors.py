"""What the desk reads: the heat map, the load ahead, and the page of a building or a person."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER
from cadres.choices import BUILDING_POSTS, RUNG_POSTS, Post
from cadres.ladder import Holder, Ladder
from desk.figures import Load, Overview, Rate
from duties.as_of import AsOf, as_it_stood, duty_filter, family_condition, rung_then
from duties.choices import Rung
from duties.models import Duty
from duties.rows import duties_listed
from residents.models import CareRecord, Resident
from visits.models import Visit
from visits.selectors import records_open_at

_SUFFIX = re.compile(r"(?:号楼|栋|幢|座|楼|号)$")
LONGEST_LABEL = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """A building on the heat map. `state` is overdue, today, week, nobody or done; `letter` says the same in one or
    two characters, `words` in a sentence.

    What the state does not say is marked: `vacant` is how many posts are, where the state is another; `also_today`
    whether something falls due on the day beside what is overdue.
    """

    place: Place
    label: str
    state: str
    letter: str
    words: str
    vacant: int = 0
    also_today: bool = False


@dataclass(slots=True)
class Row:
    """A 片区 with its buildings."""

    precinct: Place
    tiles: list[Tile] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """A 苑区 with its 片区; `overdue` (in words) and `rate` count what lies in the scope."""

    quarter: Place
    overdue: str
    rate: Rate
    rows: list[Row] = field(default_factory=list)


def heat_map(overview: Overview) -> list[Block]:
    """Return the buildings in use of the scope by 苑区 and 片区, in tree order. One query."""
    buildings = (
        Place.objects.within(overview.scope).standing_on(overview.moment.day).filter(level=Level.BUILDING)
    )
    blocks: dict[int, Block] = {}
    rows: dict[int, Row] = {}
    for place in buildings.select_related("parent__parent__parent").order_by(*TREE_ORDER):
        precinct = place.parent
        quarter = precinct.parent if precinct else None
        if precinct is None or quarter is None:  # a building always lies in both
            continue
        if quarter.pk not in blocks:
            overdue = overview.figures.value("overdue", quarter.pk)
            people = overview.people("overdue", quarter.pk)
            words = overdue_label(people, overdue) if overdue else ""
            blocks[quarter.pk] = Block(quarter, words, overview.rates.get(quarter.pk, Rate()))
        if precinct.pk not in rows:
            rows[precinct.pk] = Row(precinct)
            blocks[quarter.pk].rows.append(rows[precinct.pk])
        rows[precinct.pk].tiles.append(_tile(overview, place))
    return list(blocks.values())


def _tile(overview: Overview, place: Place) -> Tile:
    figures = overview.figures
    overdue, today, coming, vacant = (
        figures.value(figure, place.pk) for figure in ("overdue", "due_today", "coming", "vacancies")
    )
    reached = max((rung for rung, count in figures.by_rung(place.pk).items() if count), default=0)
    people = overview.people("overdue", place.pk)
    state, letter = "done", "✓"
    if overdue:
        state, letter = "overdue", f"逾{reached}" if reached else "逾"
    elif today:
        state, letter = "today", "今"
    elif coming:
        state, letter = "week", "周"
    elif vacant:
        state, letter = "nobody", f"缺{vacant}"
    rung = f"，已到{Rung(reached).label}" if reached else ""
    said = [
        f"{overdue_label(people, overdue)}{rung}" if overdue else "",
        f"今天到期 {today} 项" if today else "",
        f"七天内到期 {coming} 项" if coming else "",
        f"空缺 {vacant} 个岗位" if vacant else "",
    ]
    return Tile(
        place,
        short_name(place.name),
        state,
        letter,
        "；".join(part for part in said if part) or "没有未办事项",
        vacant if state != "nobody" else 0,
        state == "overdue" and today > 0,
    )


def overdue_label(people: int, duties: int) -> str:
    """Return people and what they are owed: "逾期 6 人，共 14 项"; one number where the other says no more."""
    if not people:
        return f"逾期 {duties} 项"
    return f"逾期 {people} 人" + (f"，共 {duties} 项" if duties != people else "")


def short_name(name: str) -> str:
    """Return the name that fits on a tile: 301栋 → 301."""
    return (_SUFFIX.sub("", name) or name)[:LONGEST_LABEL]


@dataclass(frozen=True, slots=True)
class Carrier:
    """A post accountable for some of the load, and its holder; None where it is vacant."""

    post_label: str
    count: int
    holder: Holder | None


@dataclass(frozen=True, slots=True)
class LoadRow:
    """What falls due in a building in the days ahead, and who is accountable for it."""

    place: Place
    count: int
    carriers: list[Carrier]


def loads_at(scope: Scope, moment: AsOf) -> list[Load]:
    """Return what falls due in AHEAD_DAYS, by building and accountable post: the list behind `Overview.loads`. One
    query.
    """
    ahead = Duty.objects.within(scope).filter(family_condition(), duty_filter("ahead", moment))
    rows = ahead.order_by().values("place", "accountable_post").annotate(count=Count("pk"))
    return [Load(row["place"], row["accountable_post"], row["count"]) for row in rows]


def load_order(loads: Sequence[Load], *, lightest: bool = False) -> list[int]:
    """Return the ids of buildings with something ahead, the heaviest first, or the lightest."""
    totals: dict[int, int] = defaultdict(int)
    for load in loads:
        totals[load.building_id] += load.count
    turn = 1 if lightest else -1
    return sorted(totals, key=lambda building: (turn * totals[building], building))


def load_rows(
    scope: Scope, loads: Sequence[Load], building_ids: Sequence[int], ladder: Ladder, moment: AsOf
) -> list[LoadRow]:
    """Return the rows of these buildings, in this order; `ladder` has read them. One query."""
    places = Place.objects.within(scope).select_related("parent__parent").in_bulk(building_ids)
    by_building: dict[int, list[Load]] = defaultdict(list)
    for load in loads:
        by_building[load.building_id].append(load)
    return [
        LoadRow(
            places[pk],
            sum(load.count for load in by_building[pk]),
            [
                Carrier(Post(load.post).label, load.count, ladder.holder(pk, load.post, moment.day))
                for load in sorted(by_building[pk], key=lambda load: -load.count)
            ],
        )
        for pk in building_ids
        if pk in places
    ]


@dataclass(frozen=True, slots=True)
class Held:
    """A post with its holder on a day; None where it is vacant."""

    post_label: str
    rung_label: str
    holder: Holder | None


def posts_of(building_id: int, ladder: Ladder, moment: AsOf) -> list[Held]:
    """Return the six posts of a building. No query."""
    return [Held(post.label, "", ladder.holder(building_id, post, moment.day)) for post in BUILDING_POSTS]


def rungs_above(building_id: int, ladder: Ladder, moment: AsOf) -> list[Held]:
    """Return the rungs accountable for a building from 片区 up. No query."""
    return [
        Held(post.label, Rung(rung).label, ladder.rung_holder(building_id, rung, moment.day))
        for rung, (post, level) in RUNG_POSTS.items()
        if level != Level.BUILDING
    ]


def duties_at(scope: Scope, moment: AsOf) -> QuerySet[Duty]:
    """Return the duties of a scope with everything a list shows, and the rung each had `reached` at a moment."""
    return duties_listed(scope).annotate(reached=rung_then(moment))


def as_they_stood(duties: Sequence[Duty], moment: AsOf) -> list[Duty]:
    """Return the rows of `duties_at` as of a moment: copies, for display only."""
    return [as_it_stood(duty, moment, duty.reached) for duty in duties]  # type: ignore[attr-defined]


def records_at(scope: Scope, moment: AsOf) -> QuerySet[CareRecord]:
    """Return the care records of a scope that were open at a moment, with everything a list shows."""
    records = CareRecord.objects.within(scope).filter(records_open_at(moment))
    return records.select_related("building__parent__parent", "category", "resident__household").order_by(
        "category__position", "pk"
    )


def visits_until(scope: Scope, resident: Resident, moment: AsOf) -> QuerySet[Visit]:
    """Return the visits to a person made in the scope by a moment, newest first."""
    visits = Visit.objects.within(scope).filter(resident=resident, voided_at=None, visited_at__lte=moment.at)
    return visits.select_related("visitor").order_by("-visited_at", "-pk")
