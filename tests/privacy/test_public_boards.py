"""`/b/<code>/` tells a stranger names and what was agreed to, and not one number or word more."""

from __future__ import annotations

from django.test import Client

from boards.selectors import boards_of, buildings_below
from boards.services import contact_agree, duty_line_set
from buildings.scope import Scope
from buildings.services import place_code_of
from cadres.models import Cadre
from tests.privacy.world import NOW, Family, World, savepoint


def page_of(family: Family) -> str:
    answer = Client().get(f"/b/{place_code_of(place=family.place, now=NOW)}/")
    assert answer.status_code == 200
    assert not answer.cookies
    return answer.content.decode()


def numbers(page: str) -> set[str]:
    """Every cadre's number, of whichever place, that stands on a page."""
    return {str(one.phone) for one in Cadre.objects.exclude(phone=b"") if str(one.phone) in page}


def test_it_works(world: World) -> None:
    """No number at all until somebody agrees, and then his alone."""
    with savepoint():
        page = page_of(world.own)
        (board,) = boards_of(buildings_below(Scope.EVERYWHERE, world.own.place), NOW.date())
        held = {one.cadre_id for one in board.lines if one.cadre_id}
        assert len(held) > 3
        assert all(one.name in page for one in board.lines)
        assert numbers(page) == set()
        agreed = Cadre.objects.get(pk=min(held))
        contact_agree(cadre=agreed, by=agreed.user, now=NOW)
        assert numbers(page_of(world.own)) == {agreed.phone}


def test_nothing_of_other_places_or_of_residents(world: World) -> None:
    with savepoint():
        for family, others in (
            (world.own, strange_to(world, world.own)),
            (world.far, strange_to(world, world.far)),
        ):
            page = page_of(family)
            for other in others:
                assert not other.words.pattern(accounts=True).search(page.encode()), (
                    family.words,
                    other.words,
                )
            for resident in family.of("residents.resident"):
                assert resident.name not in page


def strange_to(world: World, own: Family) -> list[Family]:
    return [family for family in (world.own, world.near, world.far) if family is not own]


def test_a_line_of_the_office_is_there_to_be_read(world: World) -> None:
    with savepoint():
        account = world.viewers["office"]
        assert account is not None
        duty_line_set(community=world.own.community.place, phone="027-82345678", by=account, now=NOW)
        assert "027-82345678" in page_of(world.own)
