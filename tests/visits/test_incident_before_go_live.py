"""An incident in a community that does not count yet is kept, asks for nobody, and says so wherever it is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from cadres.choices import Post
from duties.models import Duty, DutyEvent, GoLive
from tests.factories import Community, clerk, community
from tests.pages import signed_in
from tests.visits.people import NOW, signed_in_as, stop_the_clock, text_of
from visits.models import Incident
from visits.selectors import NOT_COUNTED, attendance
from visits.services import arrival_stamp, incident_report

pytestmark = pytest.mark.django_db
TO_COME = NOW.date() + timedelta(days=3)


@pytest.fixture(params=["no day", "a day to come"])
def home(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    made = community(is_live=False)
    if request.param == "a day to come":
        GoLive.objects.create(community=made.place, on=TO_COME)
    return made


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def reported(home: Community) -> Incident:
    return incident_report(
        building=home.building, kind="emergency", occurred_at=NOW, summary="", now=NOW, reported_by=None
    )


def test_it_works(home: Community, office: Client) -> None:
    sent = {
        "kind": "emergency",
        "building": str(home.building.pk),
        "occurred_at_0": f"{NOW:%Y-%m-%d}",
        "occurred_at_1": f"{NOW:%H:%M}",
        "summary": "水管爆裂",
    }
    page = office.post("/admin/visits/incident/add/", sent, follow=True)
    told = "本社区还没有启用，系统不知会任何人：请自己打电话请楼栋长、治安员、物业房管员到场。"
    assert told in page.content.decode()
    assert Incident.objects.count() == 1
    assert not Duty.objects.exists()
    assert not DutyEvent.objects.exists()


def test_no_list_says_that_all_have_come(home: Community, office: Client) -> None:
    incident = reported(home)
    for page in (
        "/incidents/",
        f"/places/{home.building.pk}/",
        "/admin/visits/incident/",
        f"/admin/visits/incident/{incident.pk}/change/",
    ):
        shown = text_of(office, page)
        assert NOT_COUNTED in shown, page
        assert "全部到场" not in shown
        assert "应到" not in shown.replace("应到岗位", "")


def test_whoever_came_all_the_same_has_come(home: Community) -> None:
    incident = reported(home)
    arrival_stamp(incident=incident, post=Post.BUILDING_HEAD, arrived_at=NOW, now=NOW)
    rows = {row.post: row for row in attendance(incident, NOW.date(), NOW)}
    assert (rows[Post.BUILDING_HEAD].arrived_at, rows[Post.BUILDING_HEAD].status) == (NOW, "自行到场")
    assert rows[Post.SECURITY_WORKER].status == NOT_COUNTED
    assert not any(row.is_missing for row in rows.values())


def test_the_phone_promises_nothing(home: Community) -> None:
    head = signed_in_as(home, home.building, Post.BUILDING_HEAD)
    shown = text_of(head, "/m/incidents/")
    assert "上报只作记录，不知会任何人，请自己打电话" in shown
    assert "马上知会" not in shown
    reported(home)
    assert NOT_COUNTED in text_of(head, "/m/incidents/")


def test_once_it_counts_both_say_who_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)
    home = community()
    reported(home)
    head = signed_in_as(home, home.building, Post.BUILDING_HEAD)
    assert "上报后马上知会要到场的人" in text_of(head, "/m/incidents/")
    assert NOT_COUNTED not in text_of(signed_in(clerk(home.place)), "/incidents/")
