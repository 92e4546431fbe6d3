"""三个必到 on the phone: report, see who is missing, arrive with one tap, close with a result."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from audit.models import AuditEvent
from cadres.choices import Post
from tests.factories import Community
from tests.visits.people import NOW, signed_in_as, text_of
from visits.models import Arrival, Incident
from visits.services import incident_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(home: Community) -> Incident:
    return incident_report(
        building=home.building, kind="emergency", occurred_at=NOW - timedelta(hours=1), summary="水管爆裂",
        now=NOW - timedelta(minutes=50), reported_by=None,
    )  # fmt: skip


def test_it_works(home: Community, head: Client) -> None:
    page = text_of(head, "/m/incidents/")
    assert f'name="building" value="{home.building.pk}"' in page, "nobody chooses among one"
    sent = {"incident_kind": "family_dispute", "building": str(home.building.pk), "summary": "两家争吵"}
    assert head.post("/m/incidents/", sent)["Location"] == "/m/incidents/"
    incident = Incident.objects.get()
    assert (incident.kind, incident.summary) == ("family_dispute", "两家争吵")
    page = f"/m/incidents/{incident.pk}/"
    assert "我已到场" in text_of(head, page)
    assert head.post(f"{page}arrive/", {"incident": str(incident.pk)})["Location"] == page
    assert Arrival.objects.get().post == Post.BUILDING_HEAD
    shown = text_of(head, page)
    assert "我已到场" not in shown
    assert "✓ 3月11日 09:00 到场" in shown
    assert "未到" in shown
    assert head.post(f"{page}close/", {"result": "已劝和"})["Location"] == "/m/incidents/"
    incident.refresh_from_db()
    assert (incident.result, incident.closed_at) == ("已劝和", NOW)
    assert AuditEvent.objects.filter(object_type="visits.incident", fields=["result"]).count() == 1


def test_somebody_in_two_posts_arrives_for_both(home: Community, incident: Incident) -> None:
    leader = home.holder(home.building, Post.BUILDING_HEAD)
    held = home.holders[home.building.pk, Post.SECURITY_WORKER]
    held.cadre = leader
    held.save()
    client = signed_in_as(home, home.building, Post.BUILDING_HEAD)
    client.post(f"/m/incidents/{incident.pk}/arrive/", {"incident": str(incident.pk)})
    stamped = set(Arrival.objects.values_list("post", flat=True))
    assert stamped == {Post.BUILDING_HEAD, Post.SECURITY_WORKER} & set(incident.rule.required_posts)
    assert len(stamped) == 2


def test_what_happened_is_shown_on_a_tap_and_audited(head: Client, incident: Incident) -> None:
    page = f"/m/incidents/{incident.pk}/"
    assert "水管爆裂" not in text_of(head, page)
    assert "水管爆裂" in head.post(f"{page}summary/").content.decode()
    [event] = AuditEvent.objects.filter(action="reveal")
    assert (event.object_type, event.fields) == ("visits.incident", ["summary"])
    assert head.get(f"{page}summary/").status_code == 405


def test_a_secretary_chooses_the_building(home: Community) -> None:
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    page = text_of(secretary, "/m/incidents/")
    assert page.count("<option") == 6, "his two, and the empty choice: of an incident, and of a concern"


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_nothing_chosen(home: Community, head: Client) -> None:
    response = head.post("/m/incidents/", {"building": str(home.building.pk), "summary": "写了一半"})
    assert response.status_code == 422
    assert "请选择是哪一类事情" in response.content.decode()
    assert "写了一半" in response.content.decode()
    assert not Incident.objects.exists()


def test_another_building(home: Community, head: Client) -> None:
    sent = {"incident_kind": "emergency", "building": str(home.buildings[2].pk)}
    assert head.post("/m/incidents/", sent).status_code == 422
    assert not Incident.objects.exists()


def test_without_a_result_it_is_not_closed(head: Client, incident: Incident) -> None:
    response = head.post(f"/m/incidents/{incident.pk}/close/", {"result": " "})
    assert response.status_code == 422
    assert "请写明处理结果" in response.content.decode()
    incident.refresh_from_db()
    assert incident.closed_at is None


@pytest.mark.parametrize("page", ["", "arrive/", "close/", "summary/"])
def test_outside_the_scope_is_not_found(home: Community, incident: Incident, page: str) -> None:
    stranger = signed_in_as(home, home.buildings[2], Post.BUILDING_HEAD)
    path = f"/m/incidents/{incident.pk}/{page}"
    sent = {"result": "好了", "incident": str(incident.pk)}
    response = stranger.post(path, sent) if page else stranger.get(path)
    assert response.status_code == 404
    assert str(incident.pk) not in [
        str(card["incident"].pk) for card in stranger.get("/m/incidents/").context["incidents"]
    ]
    incident.refresh_from_db()
    assert incident.closed_at is None
    assert not Arrival.objects.exists()
    assert not AuditEvent.objects.filter(action="reveal").exists()
