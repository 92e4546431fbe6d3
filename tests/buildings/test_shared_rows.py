"""What holds for every community alike is changed only by whoever answers for all of them; others read it."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from buildings.models import PlaceGrant
from buildings.scope import Scope
from buildings.selectors import covers_every_community
from buildings.services import place_close
from phone.models import QuickPhrase
from residents.models import CareCategory
from tests.factories import clerk, community
from tests.pages import add_url, list_url, object_url, signed_in
from visits.models import SpecialDay

pytestmark = pytest.mark.django_db

DAY = {"day": "2027-05-08", "is_working": "on", "name": "调休"}
PHRASE = {"text": "精神很好", "position": 9}
WORDS = {"label": "孤寡", "public_label": "孤寡", "synonyms": ""}


def change_all(client: Client) -> list[int]:
    """A day off, a phrase and a category's words: what each answers."""
    category = CareCategory.objects.get(code="elderly_alone")
    return [
        client.post(add_url(SpecialDay), DAY).status_code,
        client.post(add_url(QuickPhrase), PHRASE).status_code,
        client.post(object_url(category), WORDS).status_code,
    ]


def written() -> list[int]:
    return [
        SpecialDay.objects.count(),
        QuickPhrase.objects.filter(text=PHRASE["text"]).count(),
        CareCategory.objects.filter(label=WORDS["label"]).count(),
    ]


def test_it_works() -> None:
    """Where there is one community its office is all there is."""
    office = signed_in(clerk(community().place))
    assert change_all(office) == [302, 302, 302]
    assert written() == [1, 1, 1]
    assert "各社区共用" not in office.get(list_url(SpecialDay)).content.decode()


def test_an_office_of_one_of_two_reads_them_alone() -> None:
    ours = community()
    community("丹水池社区")
    office = signed_in(clerk(ours.place))
    assert change_all(office) == [403, 403, 403]
    assert written() == [0, 0, 0]
    page = office.get(list_url(SpecialDay))
    assert page.status_code == 200
    assert "各社区共用" in page.content.decode()
    assert "addlink" not in page.content.decode()
    SpecialDay.objects.create(day=date(2027, 5, 8), is_working=True)
    day = SpecialDay.objects.get()
    assert office.post(object_url(day, "remove"), {"post": "yes"}).status_code in (403, 404)
    assert SpecialDay.objects.count() == 1


def test_an_office_of_both_may() -> None:
    ours, theirs = community(), community("丹水池社区")
    account = clerk(ours.place)
    PlaceGrant.objects.create(user=account, place=theirs.place)
    assert change_all(signed_in(account)) == [302, 302, 302]


def test_an_office_of_a_part_may_not() -> None:
    office = signed_in(clerk(community().precincts[0]))
    assert change_all(office) == [403, 403, 403]
    assert written() == [0, 0, 0]


def test_a_closed_community_counts_no_more() -> None:
    ours, theirs = community(staffed=False), community("丹水池社区", staffed=False)
    scope = Scope(paths=frozenset({ours.place.path}))
    assert not covers_every_community(scope)
    for place in (*theirs.buildings, *theirs.precincts, *theirs.quarters, theirs.place):
        place_close(place=place, closed_on=date(2026, 1, 1))
    assert covers_every_community(scope)
    assert not covers_every_community(Scope.NOTHING)
    assert covers_every_community(Scope.EVERYWHERE)
