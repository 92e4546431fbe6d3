"""知会 on the phone: what has reached me, what to do about it, and who has looked at my building in an emergency."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from cadres.choices import Post
from cadres.emergency import emergency_open
from cadres.models import EmergencyNotice
from cadres.selectors import scope_for
from duties.models import NoticeSeen
from residents.models import CareRecord
from tests.duties.bulk import people_under_care
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, clerk, moment
from tests.visits.people import NOW, START, signed_in_as, text_of

pytestmark = pytest.mark.django_db


def test_it_works(home: Community, record: CareRecord) -> None:
    """A notice says what to do and leads there; opening the duty marks it as seen."""
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    page = text_of(secretary, "/m/notices/")
    duty = record.duties.get()
    assert "请过问楼栋长，督促走访" in page
    assert f"/m/duties/{duty.pk}/" in page
    assert f"/m/visit/{record.resident_id}/" in page
    assert "知会 <b>1</b>" in text_of(secretary, "/m/")
    story = text_of(secretary, f"/m/duties/{duty.pk}/")
    assert "谁知道了" in story
    assert NoticeSeen.objects.count() == 1
    assert "<b>" not in text_of(secretary, "/m/mine/").split("</header>")[0]


def test_nothing_has_come(home: Community, head: Client) -> None:
    assert "没有新的知会" in text_of(head, "/m/notices/")


def test_another_precinct_hears_nothing(home: Community, record: CareRecord) -> None:
    other = signed_in_as(home, home.precincts[1], Post.BRANCH_SECRETARY)
    assert str(record.resident_id) not in text_of(other, "/m/notices/").split("<main>")[1]


def test_who_looked_at_my_building_in_an_emergency(home: Community, head: Client) -> None:
    lee = clerk(home.quarters[1])
    emergency_open(
        user=lee,
        scope=scope_for(lee, today=NOW.date(), now=NOW),
        building=home.building,
        reason="起火，需联系住户",
        now=NOW,
    )
    leader = signed_in_as(home, home.building, Post.PARTY_GROUP_LEADER)
    assert "<b>1</b>" in text_of(leader, "/m/")
    page = text_of(leader, "/m/notices/")
    assert "有人紧急查看了" in page
    assert "起火，需联系住户" in page
    assert EmergencyNotice.objects.filter(seen_at=NOW).count() == 1
    stranger = signed_in_as(home, home.buildings[2], Post.PARTY_GROUP_LEADER)
    assert "有人紧急查看了" not in text_of(stranger, "/m/notices/")


def shown_ids(client: Client) -> list[str]:
    return re.findall(r'name="event" value="(\d+)"', text_of(client, "/m/notices/"))


def test_all_seen_are_those_that_were_shown(home: Community, record: CareRecord) -> None:
    """都知道了 marks what the page showed; what has come meanwhile stays new, and strangers' notices are not touched."""
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    shown = shown_ids(secretary)
    assert len(shown) == 1
    care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START)
    sweep_at(NOW)
    assert len(shown_ids(secretary)) == 2
    secretary.post("/m/notices/seen/", {"event": [*shown, "no number", "9" * 30]})
    assert NoticeSeen.objects.count() == 1
    assert len(shown_ids(secretary)) == 1
    other = signed_in_as(home, home.precincts[1], Post.BRANCH_SECRETARY)
    other.post("/m/notices/seen/", {"event": shown_ids(secretary)})
    assert NoticeSeen.objects.count() == 1
    assert secretary.get("/m/notices/seen/").status_code == 405


def test_many_stand_by_building(home: Community) -> None:
    home.buildings = [home.building]
    people_under_care(home, 12, started_on=START, now=moment("2026-03-01T09:00"))
    sweep_at(NOW)
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    [(place, own)] = secretary.get("/m/notices/").context["buildings"]
    assert (place, len(own)) == (home.building.full_name, 12)
    assert not any(place in title for _, title in own)
    assert "这一页的 12 条都知道了" in text_of(secretary, "/m/notices/")
