"""Drawings of the desk, made on the server: the weekly rate as a line with its axes, and bars that compare places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from desk.figures import Overview, Rate, Week
from desk.selectors import Block, overdue_label

# The line, in units of its drawing: room for the words of both axes, and the field that the points lie in.
WIDTH, HEIGHT = 360, 168
LEFT, RIGHT, TOP, BOTTOM = 42, 348, 12, 138
LABELLED = 3  # every so many weeks a day is written below
FULL = 100  # per cent


@dataclass(frozen=True, slots=True)
class Point:
    """A week on the line: where it is drawn, and what it says."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and what is written there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """The rate week by week. `runs` are its unbroken parts: a week without duties breaks it. `words` say it all."""

    points: list[Point]
    runs: list[str]
    levels: list[Tick]
    days: list[Tick]
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    bottom: int = BOTTOM

    @property
    def last(self) -> Point:
        return self.points[-1]


def rate_line(weeks: Sequence[Week]) -> Line | None:
    """Return the line of the weekly rate, oldest first; None where no week has one."""
    known = [
        (number, percent) for number, week in enumerate(weeks) if (percent := week.rate.percent) is not None
    ]
    if not known:
        return None
    floor, step = _levels(min(percent for _, percent in known))
    places = [LEFT + (RIGHT - LEFT) * number / max(len(weeks) - 1, 1) for number in range(len(weeks))]

    def height(percent: float) -> float:
        return round(TOP + (BOTTOM - TOP) * (FULL - percent) / (FULL - floor), 1)

    points = {
        number: Point(round(places[number], 1), height(percent), f"{_week(weeks[number])}：{percent:.1f}%")
        for number, percent in known
    }
    return Line(
        list(points.values()),
        _runs(points, len(weeks)),
        [Tick(height(level), f"{level}%") for level in range(floor, FULL + 1, step)],
        [Tick(round(places[at], 1), _day(weeks[at].starts_on)) for at in range(0, len(weeks), LABELLED)],
        _words(weeks, known),
    )


def _levels(lowest: float) -> tuple[int, int]:
    """Return where the axis begins, and the step of its marks: closer where all weeks are good."""
    step = 5 if lowest >= 80 else 10 if lowest >= 60 else 25
    return min(int(lowest // step) * step, FULL - 2 * step), step


def _runs(points: dict[int, Point], count: int) -> list[str]:
    runs: list[list[Point]] = [[]]
    for number in range(count):
        if number in points:
            runs[-1].append(points[number])
        elif runs[-1]:
            runs.append([])
    return [" ".join(f"{point.x},{point.y}" for point in run) for run in runs if len(run) > 1]


def _words(weeks: Sequence[Week], known: Sequence[tuple[int, float]]) -> str:
    low, high = (choose(known, key=lambda one: one[1]) for choose in (min, max))
    said = f"最近一周（{_week(weeks[known[-1][0]])}）{known[-1][1]:.1f}%"
    if len(known) == 1:
        return f"{said}。"
    return (
        f"{said}；这 {len(weeks)} 周里最低 {low[1]:.1f}%（{_week(weeks[low[0]])}），"
        f"最高 {high[1]:.1f}%（{_week(weeks[high[0]])}）。"
    )


def _week(week: Week) -> str:
    return f"{_day(week.starts_on)}至{_day(week.ends_on)}"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


@dataclass(frozen=True, slots=True)
class Bar:
    """A place beside its neighbours: its rate, what is overdue (in duties, and in words), and how long its bar is."""

    place: Place
    label: str
    rate: Rate
    overdue: int
    overdue_words: str
    share: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The places that are compared: 苑区, 片区 or 楼栋, where something is overdue first."""

    title: str
    bars: list[Bar]


def comparison(overview: Overview, blocks: Sequence[Block], *, within: Scope) -> Comparison | None:
    """Return the widest places of which the map has several, all of them of the viewer's scope; None without any.

    A place that lies in the scope in part has no page and no list of its own: then the narrower ones are compared.
    No query.
    """
    quarters = [block.quarter for block in blocks]
    precincts = [row.precinct for block in blocks for row in block.rows]
    buildings = [tile.place for block in blocks for row in block.rows for tile in row.tiles]
    for title, places in (("苑区", quarters), ("片区", precincts), ("楼栋", buildings)):
        if len(places) > 1 and all(within.covers(place.path) for place in places):
            return Comparison(title, _bars(overview, places))
    return None


def _bars(overview: Overview, places: Sequence[Place]) -> list[Bar]:
    with_community = len(overview.figures.communities) > 1
    overdue = {place.pk: overview.figures.value("overdue", place.pk) for place in places}
    most = max(overdue.values(), default=0) or 1
    bars = [
        Bar(
            place,
            place.full_name if with_community or place.level == Level.PRECINCT else place.name,
            overview.rates.get(place.pk, Rate()),
            overdue[place.pk],
            overdue_label(overview.people("overdue", place.pk), overdue[place.pk])
            if overdue[place.pk]
            else "",
            round(FULL * overdue[place.pk] / most, 1),
        )
        for place in places
    ]
    return sorted(bars, key=lambda bar: -bar.overdue)  # equal ones stay in the order of the tree
