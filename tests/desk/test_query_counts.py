"""The desk takes as many queries for a thousand people as for one, and for ten times the buildings."""

from __future__ import annotations

import pytest
from django.test import Client

from buildings.choices import Level
from buildings.services import place_create
from cadres.choices import Post
from cadres.services import appointment_end
from tests.desk.numbers import shown
from tests.duties.bulk import people_under_care
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, clerk, community, moment
from tests.pages import queries_of, signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock
from visits.services import incident_report

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-03-01T09:00")


def fill(home: Community, *, until: int, first: int = 0) -> None:
    """People overdue, and incidents, in every building."""
    people_under_care(home, until - first, started_on=START, now=BEFORE, first=first)
    for number in range(first, min(until, 10)):
        incident_report(
            building=home.buildings[number % 8], kind="discontent", occurred_at=BEFORE, summary="", now=BEFORE,
            reported_by=None,
        )  # fmt: skip
    sweep_at(NOW)


def build_on(home: Community) -> None:
    """Ten more buildings in every 片区, nobody serving in them."""
    for precinct in home.precincts:
        for number in range(10):
            place_create(level=Level.BUILDING, name=f"{number + 1}号楼", parent=precinct)


@pytest.mark.parametrize("who", ["clerk", "secretary"])
def test_it_works(monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    stop_the_clock(monkeypatch)
    home = community()
    person = care_record(home.building, now=BEFORE, started_on=START).resident_id
    client: Client = (
        signed_in(clerk(home.place))
        if who == "clerk"
        else signed_in_as(home, home.place, Post.COMMITTEE_SECRETARY)
    )
    places = (home.place, home.quarters[0], home.precincts[0], home.building)
    pages = [
        "/",
        *(f"/places/{place.pk}/" for place in places),
        *([f"/people/{person}/"] if who == "secretary" else []),
    ]
    pages += [
        f"/{name}/?area={home.quarters[0].pk}"
        for name in ("duties", "never-seen", "vacancies", "incidents", "load")
    ]
    urls = [f"{page}{'&' if '?' in page else '?'}as_of={day}" for page in pages for day in ("", "2026-03-08")]
    vacated = home.holders[home.building.pk, Post.CULTURE_WORKER]
    appointment_end(appointment=vacated, ended_on=START, end_reason="resigned")
    fill(home, until=9)
    few = {url: queries_of(client, url) for url in urls}
    fill(home, first=9, until=200)
    build_on(home)
    assert {url: queries_of(client, url) for url in urls} == few
    assert max(few.values()) <= 38, few  # the first page: each figure on it is a query
    assert shown(client, "/")["overdue"][0] > 200
