"""Who reads a name in full and who reads what a sensitive category is called: on every page the same."""

from __future__ import annotations

import pytest

from cadres.choices import Post
from cadres.services import cover_start
from duties.models import Duty
from residents.models import CareRecord
from tests.duties.steps import duty_of, sweep_at
from tests.factories import Community, cadre, care_record, clerk, community, moment, resident
from tests.pages import list_url, object_url, signed_in
from tests.visits.people import NOW, START, account_of, signed_in_as, stop_the_clock, text_of

pytestmark = pytest.mark.django_db

FULL, MASKED = "高志强", "高**"
SECRET, PUBLIC = "刑释解教人员", "重点对象"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def record(home: Community) -> CareRecord:
    """Released from prison; the building's party group leader must visit."""
    person = resident(home.building, now=moment("2026-03-01T09:00"), name=FULL)
    made = care_record(
        home.building, now=moment("2026-03-01T09:00"), started_on=START, code="released", resident=person
    )
    sweep_at(NOW)
    return made


def test_it_works(home: Community, record: CareRecord) -> None:
    holder = signed_in_as(home, home.building, Post.PARTY_GROUP_LEADER)
    for url in ("/duties/", f"/duties/{duty_of(record).pk}/", "/notices/", "/"):
        shown = text_of(holder, url)
        assert (FULL in shown, SECRET in shown) == (True, True), url
    assert FULL in text_of(holder, "/never-seen/")


@pytest.mark.parametrize(
    ("level", "post"),
    [
        ("precincts", Post.BRANCH_SECRETARY),
        ("quarters", Post.GENERAL_BRANCH_SECRETARY),
        ("place", Post.COMMITTEE_SECRETARY),
    ],
)
def test_the_ladder_above_reads_both(home: Community, record: CareRecord, level: str, post: str) -> None:
    place = home.place if level == "place" else getattr(home, level)[0]
    shown = text_of(signed_in_as(home, place, post), f"/duties/{duty_of(record).pk}/")
    assert (FULL in shown, SECRET in shown) == (True, True)


@pytest.mark.parametrize("post", [Post.BUILDING_HEAD, Post.HEALTH_WORKER])
def test_others_in_the_building_read_neither(home: Community, record: CareRecord, post: str) -> None:
    client = signed_in_as(home, home.building, post)
    for url in ("/duties/", f"/duties/{duty_of(record).pk}/", "/never-seen/", "/"):
        shown = text_of(client, url)
        assert (FULL in shown, SECRET in shown, "刑释" in shown) == (False, False, False), url
    assert MASKED in text_of(client, "/duties/")
    assert PUBLIC in text_of(client, "/duties/")


def test_a_stand_in_reads_both_on_his_days_and_the_holder_on_leave_does_not(
    home: Community, record: CareRecord
) -> None:
    stand_in = cadre(home.building)
    cover_start(
        appointment=home.holders[home.building.pk, Post.PARTY_GROUP_LEADER],
        stand_in=stand_in,
        from_on=NOW.date(),
        until_on=NOW.date(),
    )
    shown = text_of(signed_in(account_of(stand_in, "stand-in")), f"/duties/{duty_of(record).pk}/")
    assert (FULL in shown, SECRET in shown) == (True, True)
    shown = text_of(signed_in_as(home, home.building, Post.PARTY_GROUP_LEADER), "/duties/")
    assert (FULL in shown, SECRET in shown) == (False, False)


def test_the_office_reads_names_and_never_the_sensitive_label(home: Community, record: CareRecord) -> None:
    client = signed_in(clerk(home.place))
    for url in (
        "/",
        "/never-seen/",
        f"/duties/{duty_of(record).pk}/",
        list_url(Duty),
        list_url(CareRecord),
        list_url(type(record.resident)),
        object_url(record),
        object_url(record.resident),
    ):
        shown = text_of(client, url)
        assert (FULL in shown, PUBLIC in shown, SECRET in shown) == (True, True, False), url


def test_a_category_that_is_not_sensitive_is_named_to_all(home: Community) -> None:
    made = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START)
    assert "孤寡老人" in text_of(
        signed_in_as(home, home.building, Post.HEALTH_WORKER), f"/duties/{duty_of(made).pk}/"
    )


def test_what_lies_outside_is_not_there(home: Community, record: CareRecord) -> None:
    duty = duty_of(record)
    neighbour = signed_in_as(home, home.buildings[1], Post.PARTY_GROUP_LEADER)
    assert neighbour.get(f"/duties/{duty.pk}/").status_code == 404
    stranger = signed_in(clerk(community("隔壁社区", staffed=False).place, "stranger"))
    for url in (f"/duties/{duty.pk}/", object_url(record), object_url(record.resident)):
        assert stranger.get(url).status_code == 404
    for url in ("/duties/?state=overdue", "/never-seen/", list_url(Duty), list_url(CareRecord)):
        assert FULL not in text_of(stranger, url)
