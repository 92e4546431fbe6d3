"""The numbers, the map, the trend and the load: of the whole scope, or of a place in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.routing import list_url
from buildings.models import Place
from buildings.scope import Scope
from buildings.viewer import ViewerRequest
from cadres.ladder import Accountable
from desk.charts import Comparison, comparison, rate_line
from desk.figures import OF_PEOPLE, Overview, Week, at_place
from desk.page_day import PageDay
from desk.selectors import Block, LoadRow, heat_map, load_order, load_rows
from duties.choices import Rung
from duties.filters import family_of_figures
from duties.selectors import Counting, countings
from duties.visibility import disclosure_for
from visits.selectors import may_go_live

HEAVIEST = 6  # buildings with the most ahead
# The trend as a line of WEEKS points, in units of its drawing.
TREND_WIDTH, TREND_HEIGHT = 132, 30


def overview_context(
    request: ViewerRequest, page_day: PageDay, place: Place | None, also: Iterable[int | Accountable] = ()
) -> dict[str, Any]:
    """Return the numbers, the map, the trend and the load of the whole scope, or of a place in it.

    `sees` is the disclosure for the buildings named here and for `also`.
    """
    scope = request.viewer.scope
    overview = Overview(at_place(scope, place) if place else scope, page_day.moment)
    links = ListLinks(request, page_day, place)
    heaviest = load_order(overview.loads)
    disclosure = disclosure_for(request.viewer, {*heaviest[:HEAVIEST], *also})
    rows = load_rows(overview.scope, overview.loads, heaviest[:HEAVIEST], disclosure.ladder, page_day.moment)
    blocks = heat_map(overview)
    counting = countings(overview.figures.communities)
    compared = comparison(overview, blocks, within=scope)
    return {
        "overview": overview,
        "sees": disclosure,
        "figures": numbers(overview, links),
        "rungs": rungs(overview, links),
        "coming": {"count": overview.value("coming"), "url": links.duties("coming")},
        "trend": trend(overview, links, counting),
        "line": rate_line(_counted(overview.weeks, counting)),
        "compared": _linked_bars(request, page_day, compared) if compared else None,
        "not_counting": [one for one in counting if not one.counts_on(page_day.moment.day)],
        "may_go_live": may_go_live(request.viewer),
        "blocks": [_linked(block, scope, page_day) for block in blocks],
        "communities": len(overview.figures.communities),
        "building_count": sum(len(row.tiles) for block in blocks for row in block.rows),
        "loads": linked_loads(rows, page_day),
        "load_url": page_day.url("desk:load", area=place.pk if place else ""),
        "load_buildings": len(heaviest),
    }


def _linked_bars(request: ViewerRequest, page_day: PageDay, compared: Comparison) -> dict[str, Any]:
    """Return the places compared, with the addresses of each and of what is overdue in it."""
    return {
        "title": compared.title,
        "bars": [
            {
                "bar": bar,
                "url": page_day.url("desk:place", bar.place.pk),
                "overdue_url": ListLinks(request, page_day, bar.place).duties("overdue"),
            }
            for bar in compared.bars
        ],
    }


def _linked(block: Block, scope: Scope, page_day: PageDay) -> dict[str, Any]:
    """Return a block with the address of everything in it; what lies above the scope has none."""
    return {
        "block": block,
        "url": page_day.url("desk:place", block.quarter.pk) if scope.covers(block.quarter.path) else "",
        "rows": [
            {
                "precinct": row.precinct,
                "url": page_day.url("desk:place", row.precinct.pk) if scope.covers(row.precinct.path) else "",
                "tiles": [(page_day.url("desk:place", tile.place.pk), tile) for tile in row.tiles],
            }
            for row in block.rows
        ],
    }


def linked_loads(rows: list[LoadRow], page_day: PageDay) -> list[dict[str, Any]]:
    """Return rows of the load with the addresses of their building and of the duties behind their number."""
    return [
        {
            "place": row.place,
            "count": row.count,
            "carriers": row.carriers,
            "url": page_day.url("desk:place", row.place.pk),
            "list_url": page_day.url(
                "desk:duties", state="ahead", area=row.place.pk, family=family_of_figures()
            ),
        }
        for row in rows
    ]


class ListLinks:
    """The lists behind the numbers: the admin's, with search and export, for its users and today; else the portal's."""

    def __init__(self, request: ViewerRequest, page_day: PageDay, place: Place | None) -> None:
        self.request, self.page_day, self.place = request, page_day, place

    def duties(self, state: str, rung: int | None = None, week: str = "") -> str:
        words = {
            "state": state,
            "rung": "" if rung is None else str(rung),
            "week": week,
            "family": family_of_figures(),
        }
        return self._url("duties.duty", "desk:duties", words)

    def never_seen(self) -> str:
        return self._url("residents.carerecord", "desk:never_seen", {"seen": "never"})

    def incidents(self) -> str:
        return self._url("visits.incident", "desk:incidents", {"state": "running"})

    def vacancies(self) -> str:
        return self._own("desk:vacancies", {})

    def _url(self, model: str, own: str, words: dict[str, str]) -> str:
        # the admin's lists have neither past days, nor weeks, nor places of every level
        if self.page_day.is_past or self.place is not None or words.get("week"):
            return self._own(own, {word: value for word, value in words.items() if word != "seen"})
        query = "&".join(f"{word}={value}" for word, value in words.items() if value)
        return list_url(self.request.viewer.user, model, reverse(own)) + f"?{query}"

    def _own(self, name: str, words: dict[str, str]) -> str:
        return self.page_day.url(name, area=self.place.pk if self.place else "", **words)


def numbers(overview: Overview, links: ListLinks) -> list[dict[str, Any]]:
    """Return the day's numbers, each with its list, its unit and what belongs to it.

    Duties are said in people first, for one person in three categories is one visit: 6 人，共 14 项. Records are 条.
    """
    day, oldest, value = overview.moment.day, overview.oldest_overdue_on, overview.value
    notes = {
        "due_today": [(f"已办 {value('done_today')} 项", links.duties("done_today"))],
        "overdue": [(f"最久 {(day - oldest).days} 天", "")] if oldest else [],
        "no_owner": [("岗位空缺", "")] if overview.value("no_owner") else [],
        "vacancies": [(f"{overview.vacant_buildings} 栋", "")] if overview.vacant_buildings else [],
    }
    rows = [
        ("due_today", "今天到期" if overview.moment.is_now else "当天到期", links.duties("today"), "项"),
        ("overdue", "逾期", links.duties("overdue"), "项"),
        ("incidents_running", "必到事件", links.incidents(), "件"),
        ("never_seen", "从未见到", links.never_seen(), "条"),
        ("no_owner", "无人负责", links.duties("unowned"), "项"),
        ("vacancies", "空缺岗位", links.vacancies(), "个"),
    ]
    return [_number(overview, name, label, url, unit, notes.get(name, [])) for name, label, url, unit in rows]


def _number(
    overview: Overview, name: str, label: str, url: str, unit: str, notes: list[tuple[str, str]]
) -> dict[str, Any]:
    """Return a number with its unit: people, where all it counts is owed to people; else duties, with the people noted."""
    count = value = overview.value(name)
    people = overview.people(name) if name in OF_PEOPLE else 0
    if people and overview.concerns_people_alone(name):
        value, unit, notes = people, "人", [(f"共 {count} 项", ""), *notes]
    elif people:
        notes = [(f"其中 {people} 人", ""), *notes]
    return {
        "name": name,
        "label": label,
        "value": value,
        "unit": unit,
        "duties": count,  # what the list behind it has, in its own unit
        "url": url,
        "notes": notes,
        "is_burning": name in ("overdue", "no_owner") and count > 0,
    }


def rungs(overview: Overview, links: ListLinks) -> list[dict[str, Any]]:
    """Return the overdue duties by the highest rung reached; below the first only where there are any."""
    return [
        {"label": Rung(rung).label, "count": count, "url": links.duties("overdue", rung)}
        for rung, count in overview.by_rung().items()
        if rung or count
    ]


def _first_counted(counting: Iterable[Counting]) -> date:
    return min((one.first_on for one in counting if one.first_on), default=date.max)


def _counted(weeks: Iterable[Week], counting: Iterable[Counting]) -> list[Week]:
    """Return the weeks since the first go-live."""
    first = _first_counted(counting)
    return [week for week in weeks if week.ends_on >= first]


def trend(overview: Overview, links: ListLinks, counting: Iterable[Counting]) -> dict[str, Any]:
    """Return the on-time rate week by week: a small line, and the figures as a table; weeks before any go-live are marked."""
    first_counted = _first_counted(counting)
    percents = [week.rate.percent for week in overview.weeks]
    known = [percent for percent in percents if percent is not None]
    low = min(known, default=0.0)
    span = max(100 - low, 1)
    step = TREND_WIDTH / max(len(percents) - 1, 1)
    points = [
        (round(at * step, 1), round(2 + (TREND_HEIGHT - 4) * (100 - percent) / span, 1))
        for at, percent in enumerate(percents)
        if percent is not None
    ]
    weeks = [
        {
            "week": week,
            "is_counted": week.ends_on >= first_counted,
            "due_url": links.duties("rated", week=week.starts_on.isoformat()),
            "in_time_url": links.duties("in_time", week=week.starts_on.isoformat()),
        }
        for week in overview.weeks
    ]
    return {
        "rate": overview.rate,
        "points": " ".join(f"{x},{y}" for x, y in points),
        "last": points[-1] if points else None,
        "width": TREND_WIDTH,
        "height": TREND_HEIGHT,
        "weeks": weeks[::-1],
    }
