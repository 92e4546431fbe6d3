"""Lists of the desk: sorted by a column, as many rows a page as one likes, and their links keep both."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from buildings.models import Place
from residents.models import CareRecord
from tests.duties.steps import sweep_at
from tests.factories import Community, category, clerk, community, moment, resident
from tests.pages import listed, signed_in
from tests.visits.people import NOW, START, stop_the_clock
from visits.services import care_record_start

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-03-01T09:00")


def under_care(building: Place, room: str, *, since: date) -> CareRecord:
    person = resident(building, now=BEFORE, room=room)
    return care_record_start(
        resident=person, category=category("elderly_alone"), started_on=since, now=BEFORE
    )


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    """Four people under care: the last of the tree since the longest, two in flats 103 and 1003."""
    stop_the_clock(monkeypatch)
    home = community()
    first, last = home.buildings[0], home.buildings[-1]
    under_care(first, "1003", since=date(2026, 2, 27))
    under_care(first, "103", since=date(2026, 2, 26))
    under_care(home.buildings[1], "101", since=date(2026, 2, 25))
    under_care(last, "101", since=date(2026, 2, 20))
    sweep_at(NOW)
    return home


@pytest.fixture
def client(home: Community) -> Client:
    return signed_in(clerk(home.place))


def started(client: Client, sort: str) -> list[int]:
    """The days of February that the rows of the list of people never seen began on."""
    rows = client.get("/never-seen/", {"sort": sort}).context["rows"]
    return [row["record"].started_on.day for row in rows]


def test_it_works(client: Client) -> None:
    assert started(client, "") == [20, 25, 26, 27]
    assert started(client, "-started_on") == [27, 26, 25, 20]
    assert started(client, "address") == [26, 27, 25, 20], "103 stands before 1003"
    assert started(client, "-address") == [20, 25, 27, 26]


def test_the_head_says_the_order_and_turns_it(client: Client, home: Community) -> None:
    page = client.get("/never-seen/", {"sort": "address", "area": home.place.pk}).content.decode()
    assert 'aria-sort="ascending"' in page
    assert f"?sort=-address&amp;area={home.place.pk}" in page, "the filter is kept"
    assert "?sort=started_on" in page.replace("area=", "")


@pytest.mark.parametrize("word", ["nobody", "-", "--address", "resident__name", "address'"])
def test_a_column_that_is_not_offered_changes_nothing(client: Client, word: str) -> None:
    assert started(client, word) == [20, 25, 26, 27]


@pytest.mark.parametrize("path", ["/duties/", "/admin/duties/duty/"])
def test_duties_by_person_are_sorted_as_well(client: Client, path: str) -> None:
    def rows(sort: str) -> list[str]:
        context = client.get(path, {"o" if "admin" in path else "sort": sort}).context
        found = [row.shown for row in context["cl"].result_list] if "cl" in context else context["rows"]
        return [row.first.address for row in found]

    usual = rows("")
    by_address = rows("1" if "admin" in path else "address")
    assert by_address != usual
    assert rows("-1" if "admin" in path else "-address") == by_address[::-1]
    assert [name.split()[-1] for name in by_address[:2]] == ["1-103", "1-1003"]
    assert sorted(rows("4" if "admin" in path else "due_on")) == sorted(usual)


def test_the_lists_of_buildings_are_sorted_by_their_numbers(client: Client, home: Community) -> None:
    least = client.get("/load/", {"sort": "count"}).context["rows"]
    assert [row["count"] for row in least] == sorted(row["count"] for row in least)
    most = client.get("/load/", {"sort": "-count"}).context["rows"]
    assert [row["count"] for row in most] == sorted((row["count"] for row in most), reverse=True)
    for word in ("count", "-count", "address", "-address"):
        assert client.get("/vacancies/", {"sort": word}).status_code == 200
        assert client.get("/incidents/", {"sort": word}).status_code == 200


def test_a_page_has_as_many_rows_as_asked_for(client: Client, home: Community) -> None:
    for number in range(21):
        under_care(home.buildings[2], str(200 + number), since=START)
    sizes = {
        size: len(client.get("/never-seen/", {"per": size}).context["rows"])
        for size in ("20", "100", "7", "x")
    }
    assert sizes == {"20": 20, "100": 25, "7": 25, "x": 25}
    page = client.get("/never-seen/", {"per": "20", "sort": "address"}).content.decode()
    assert "per=20&amp;sort=address&amp;page=2" in page
    assert "?per=100&amp;sort=address" in page


def test_lists_of_the_admin_have_sizes_too(client: Client, home: Community) -> None:
    for number in range(21):
        under_care(home.buildings[2], str(200 + number), since=START)
    assert len(listed(client, CareRecord)) == 25
    assert len(listed(client, CareRecord, per="20")) == 20
    assert len(listed(client, CareRecord, per="20", p="2")) == 5
    assert len(listed(client, CareRecord, per="3")) == 25


def test_few_rows_offer_no_sizes(client: Client) -> None:
    assert client.get("/never-seen/").context["sizes"] == []
    assert client.get("/admin/residents/carerecord/").context["cl"].sizes == []


def test_lists_of_the_admin_are_filtered_by_building(client: Client, home: Community) -> None:
    few = client.get("/admin/residents/carerecord/").context["cl"]
    offered = next(spec for spec in few.filter_specs if spec.parameter_name == "building")
    assert len(offered.lookup_choices) == len(home.buildings)
    assert len(listed(client, CareRecord, building=home.buildings[0].pk)) == 2
    assert len(listed(client, CareRecord, building=home.quarters[0].pk)) == 0, "no building"


def test_many_buildings_are_offered_once_a_wider_place_is_chosen(
    client: Client, home: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buildings.admin_filters.FEW", 2)

    def offered(**conditions: object) -> set[str]:
        found = client.get("/admin/residents/carerecord/", conditions).context["cl"]
        chosen = [spec for spec in found.filter_specs if spec.parameter_name == "building"]
        return {label for spec in chosen for _, label in spec.lookup_choices}

    precinct = home.precincts[0]
    inside = {place.full_name for place in home.buildings if place.parent_id == precinct.pk}
    assert offered() == set()
    assert offered(precinct=precinct.pk) == inside
    assert inside < offered(quarter=precinct.parent_id)
    assert offered(building=home.building.pk) == {home.building.full_name}
