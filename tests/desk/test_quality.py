"""数据质量: every number is as many as the list behind it, and nobody counts what he may not see."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts.choices import Role
from cadres.choices import Post
from cadres.services import appointment_end, cadre_change
from residents.models import Household, Resident
from residents.services import household_get_or_create, resident_change, resident_create
from tests.duties.steps import visit
from tests.factories import Community, care_record, clerk, community, moment, resident, user
from tests.pages import queries_of, signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock, text_of
from visits.services import resident_leave

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-03-01T09:00")
ID_NUMBER = "420102195003075276"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def client(home: Community) -> Client:
    return signed_in(clerk(home.place))


def numbers(client: Client) -> dict[str, tuple[int, str]]:
    """Every number of the page with the address of its list."""
    groups = client.get("/quality/").context["groups"]
    return {gap.code: (gap.count, gap.url) for group in groups for gap in group.gaps}


def rows(client: Client, url: str) -> int:
    """How many rows a list has."""
    response = client.get(url)
    assert response.status_code == 200, url
    if url.startswith("/vacancies/"):
        return int(response.context["total"])
    if url.startswith("/holder-accounts/"):
        return next(number for _, _, number, is_shown in response.context["tabs"] if is_shown)
    if "cl" in response.context:
        return int(response.context["cl"].result_count)
    return int(response.context["page"].paginator.count)


def flawed(home: Community) -> None:
    """A community in which everything that the page knows is wrong somewhere, and something is right."""
    whole = resident(home.building, now=BEFORE, phone="13971223673", born_on=date(1950, 3, 7))
    resident_change(resident=whole, id_number=ID_NUMBER)
    resident(home.building, now=BEFORE, phone="13971223674")
    resident(home.building, now=BEFORE, id_number="420102194508152227")
    for _ in range(2):
        flat = household_get_or_create(building=home.building, entrance="1", room="900")
        resident_create(household=flat, name="李新人", now=BEFORE)
    nowhere = Household.objects.create(building=home.buildings[1])
    resident_create(household=nowhere, name="没室号", now=BEFORE)
    Household.objects.create(building=home.buildings[2])  # nobody lives there
    gone = resident(home.building, now=BEFORE)
    resident_leave(resident=gone, left_on=START, reason="moved", now=NOW, user=None)
    record = care_record(home.buildings[3], now=BEFORE, started_on=START)
    visit(care_record(home.buildings[3], now=BEFORE, started_on=START).resident, "2026-03-04T10:00")
    assert record.resident.left_on is None
    last = home.buildings[-1]
    stays = resident(last, now=BEFORE)
    type(last).objects.unscoped("a building closed over somebody's head").filter(pk=last.pk).update(
        closed_on=START
    )
    assert stays.pk
    appointment_end(
        appointment=home.holders[home.building.pk, Post.CULTURE_WORKER], ended_on=START, end_reason="resigned"
    )
    cadre_change(cadre=home.holder(home.building, Post.BUILDING_HEAD), user=user("head", name="楼栋长"))
    cadre_change(cadre=home.holder(home.building, Post.HEALTH_WORKER), phone="")


def test_it_works(home: Community, client: Client) -> None:
    flawed(home)
    found = numbers(client)
    assert set(found) == {
        "phone", "number", "born", "closed", "room", "doubles", "never_seen", "vacancies",
        "account_none", "account_never", "account_phone",
    }  # fmt: skip
    assert {code: rows(client, url) for code, (_, url) in found.items()} == {
        code: count for code, (count, _) in found.items()
    }
    assert {code for code, (count, _) in found.items() if count == 0} == set(), (
        "each of them is seen to count"
    )
    assert (found["doubles"][0], found["room"][0], found["closed"][0], found["never_seen"][0]) == (1, 1, 1, 1)


def test_who_has_left_lacks_nothing(home: Community, client: Client) -> None:
    person = resident(home.building, now=BEFORE)
    assert numbers(client)["phone"][0] == 1
    resident_leave(resident=person, left_on=START, reason="moved", now=NOW, user=None)
    assert numbers(client)["phone"][0] == 0


def test_what_is_filled_in_is_no_longer_counted(home: Community, client: Client) -> None:
    person = resident(home.building, now=BEFORE)
    before = {code: count for code, (count, _) in numbers(client).items()}
    resident_change(resident=person, phone="13971223673", id_number=ID_NUMBER)
    after = {code: count for code, (count, _) in numbers(client).items()}
    assert {code: before[code] - after[code] for code in ("phone", "number", "born")} == {
        "phone": 1, "number": 1, "born": 1,
    }  # fmt: skip


def test_another_community_counts_nothing_here(home: Community, client: Client) -> None:
    before = numbers(client)
    flawed(community("另一个社区"))
    assert numbers(client) == before


def test_a_secretary_sees_what_he_has_lists_for(home: Community) -> None:
    flawed(home)
    branch = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    found = numbers(branch)
    assert set(found) == {"never_seen", "vacancies"}
    assert {code: rows(branch, url) for code, (_, url) in found.items()} == {
        code: count for code, (count, _) in found.items()
    }


def test_nothing_missing_is_said(home: Community) -> None:
    branch = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    assert "没有需要补齐的资料" in text_of(branch, "/quality/")


def test_the_first_page_leads_there(client: Client) -> None:
    assert 'href="/quality/"' in text_of(client, "/")


def test_who_works_with_no_people_has_no_such_page() -> None:
    assert signed_in(user("system", role=Role.SYSTEM_ADMIN)).get("/quality/").status_code == 404


def test_as_many_queries_for_many_people(home: Community, client: Client) -> None:
    resident(home.building, now=BEFORE)
    few = queries_of(client, "/quality/")
    for _ in range(15):
        resident(home.building, now=BEFORE, name="同名同姓")
    assert queries_of(client, "/quality/") == few


def test_an_unknown_gap_lists_nothing(home: Community, client: Client) -> None:
    resident(home.building, now=BEFORE)
    assert rows(client, "/admin/residents/resident/?gap=nonsense") == 0
    assert Resident.objects.unscoped("here").count() == 1
