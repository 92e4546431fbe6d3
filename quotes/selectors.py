"""Reading lists, and what was played where."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from buildings.choices import Level
from buildings.models import Place, PlaceCode
from quotes.game import Sentence, is_playable
from quotes.models import DayTally, Quote, QuoteList
from quotes.rules import SHOWN_FROM


@dataclass(frozen=True, slots=True)
class Table:
    """A list to be played at a place."""

    quote_list: QuoteList
    place: Place
    sentences: list[Sentence]


@dataclass(frozen=True, slots=True)
class QuarterStanding:
    """What was played in the buildings of a 苑区; `per_hundred` is by a hundred households, None where none are known."""

    name: str
    played: int
    per_hundred: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What was played of a list: in the building, in the community, in its 苑区.

    `here` is None where no building was chosen, or fewer than SHOWN_FROM were played; such 苑区 are left out too.
    """

    here: int | None
    everywhere: int
    quarters: list[QuarterStanding]


def table_by_list(code: str) -> Table | None:
    """Return the list with a code, played at its community; None where it is not open or cannot be played."""
    found = QuoteList.objects.filter(code=code, is_open=True).select_related("community").first()
    return _table(found, found.community) if found else None


def table_by_place(code: str) -> Table | None:
    """Return the latest open list of the community in which the place with a public code lies; None where there is none."""
    known = PlaceCode.objects.select_related("place__parent__parent").filter(code=code, place__closed_on=None)
    place = known.first()
    if place is None:
        return None
    lists = QuoteList.objects.filter(community=place.place.community_id, is_open=True)
    tables = (_table(one, place.place) for one in lists)
    return next((table for table in tables if table is not None), None)


def _table(quote_list: QuoteList, place: Place) -> Table | None:
    quotes = Quote.objects.filter(quote_list=quote_list, is_used=True)
    sentences = [Sentence(*halves) for halves in quotes.values_list("first_half", "second_half")]
    return Table(quote_list, place, sentences) if is_playable(sentences) else None


def with_counts(lists: QuerySet[QuoteList]) -> QuerySet[QuoteList]:
    """Return lists with how many of their sentences are in use (`used`), and how often any was played (`played`)."""
    played = DayTally.objects.filter(quote_list=OuterRef("pk")).order_by().values("quote_list")
    return lists.annotate(
        used=Count("quotes", filter=Q(quotes__is_used=True)),
        played=Coalesce(Subquery(played.values_list(Sum("played"))), 0),
    )


def standing(table: Table) -> Standing:
    """Return what was played of a list, over all days: of places alone. Three queries."""
    tallies = DayTally.objects.filter(quote_list=table.quote_list)
    everywhere = tallies.aggregate(total=Sum("played", default=0))["total"]
    here = None
    if table.place.level == Level.BUILDING:
        here = tallies.filter(place=table.place).aggregate(total=Sum("played", default=0))["total"]
    return Standing(
        here if here and here >= SHOWN_FROM else None, everywhere, _quarters(table.quote_list, tallies)
    )


def _quarters(quote_list: QuoteList, tallies: QuerySet[DayTally]) -> list[QuarterStanding]:
    """Return the 苑区 of a list's community, most sentences by household first."""
    played = Subquery(
        tallies.filter(place__parent__parent=OuterRef("pk"))
        .order_by()
        .values("place__parent__parent")
        .values_list(Sum("played"))
    )
    households = Subquery(
        Place.objects.filter(parent__parent=OuterRef("pk"), level=Level.BUILDING)
        .order_by()
        .values("parent__parent")
        .values_list(Sum("household_count"))
    )
    quarters = Place.objects.filter(community=quote_list.community_id, level=Level.QUARTER).annotate(
        played=played, known=households
    )
    rows = quarters.filter(played__gte=SHOWN_FROM).values_list("name", "played", "known")
    found = [
        QuarterStanding(name, count, round(100 * count / known) if known else None)
        for name, count, known in rows
    ]
    return sorted(found, key=lambda one: (-(one.per_hundred or 0), -one.played, one.name))
