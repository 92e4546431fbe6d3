"""What could not be taken waits for the office: put right and entered, or not; nobody outside sees it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.choices import Role
from audit.models import AuditEvent
from buildings.models import PlaceGrant
from buildings.scope import Scope
from cadres.choices import Post
from cadres.models import Cadre
from phone.choices import State
from phone.models import QuickPhrase, Submission
from phone.services import phrase_save, submission_drop, submission_enter, submission_entry
from residents.models import CareRecord
from tests.factories import Community, care_record, clerk, community, moment, user
from tests.pages import add_url, errors_of, list_url, listed, object_url, signed_in
from tests.phone.entries import made, send, visit_of
from tests.visits.people import NOW, START, text_of
from visits.models import Arrival, Incident, Visit
from visits.services import incident_report

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def kept(client: Client, entry: dict[str, Any]) -> Submission:
    assert send(client, entry)[1]["state"] in ("quarantined", "conflict")
    return Submission.objects.filter(state__in=["quarantined", "conflict"]).latest("pk")


def test_it_works(home: Community, record: CareRecord, head: Client, office: Client) -> None:
    row = kept(head, visit_of(record.resident, method="", notes="精神不错"))
    assert listed(office, Submission) == [row]
    page = text_of(office, object_url(row))
    assert "请选择怎么走访的。" in page
    assert "精神不错" not in page
    form = {
        "resident": record.resident_id,
        "day": "2026-03-10",
        "clock": "19:30",
        "method": "home",
        "seen": "yes",
    }
    assert errors_of(office.post(object_url(row, "enter"), form)) == {}
    visit = Visit.objects.get()
    assert (visit.visited_at, visit.notes) == (moment("2026-03-10T19:30"), "精神不错")
    assert visit.visitor == home.holder(home.building, Post.BUILDING_HEAD)
    row.refresh_from_db()
    assert (row.state, row.payload, row.made(), str(row.decided_by)) == (
        State.ENTERED,
        "",
        visit,
        "社区办李敏",
    )
    assert AuditEvent.objects.filter(object_type="phone.submission", action="change").count() == 1
    assert "✓ 社区办更正后录入" in text_of(head, "/m/mine/")
    assert listed(office, Submission) == []


def test_the_words_are_shown_for_a_reason(record: CareRecord, head: Client, office: Client) -> None:
    row = kept(head, visit_of(record.resident, method="", notes="精神不错"))
    refused = office.post(object_url(row, "reveal"), {"reason": ""})
    assert "精神不错" not in refused.content.decode()
    assert not AuditEvent.objects.filter(action="reveal").exists()
    shown = office.post(object_url(row, "reveal"), {"reason": "核对走访内容"}).content.decode()
    assert "精神不错" in shown
    assert record.resident.name in shown
    assert AuditEvent.objects.filter(action="reveal", object_type="phone.submission").count() == 1


def test_of_two_bodies_the_second_can_be_entered_too(
    record: CareRecord, head: Client, office: Client
) -> None:
    entry = visit_of(record.resident)
    send(head, entry)
    row = kept(head, {**entry, "fields": {**entry["fields"], "seen": "no"}})
    form = {"resident": record.resident_id, "day": "2026-03-09", "method": "phone", "seen": "no"}
    assert errors_of(office.post(object_url(row, "enter"), form)) == {}
    assert Visit.objects.count() == 2


def test_an_incident_and_an_arrival(home: Community, head: Client, office: Client) -> None:
    row = kept(head, made("incident", incident_kind="", building=str(home.building.pk), summary="吵架"))
    form = {
        "building": home.building.pk,
        "incident_kind": "family_dispute",
        "day": "2026-03-10",
        "clock": "20:00",
    }
    assert errors_of(office.post(object_url(row, "enter"), form)) == {}
    incident = Incident.objects.get()
    assert (incident.occurred_at, incident.summary) == (moment("2026-03-10T20:00"), "吵架")
    row = kept(head, made("arrival", "1970-01-01T00:00:00Z", incident=str(incident.pk)))
    form = {"incident": incident.pk, "day": "2026-03-10", "clock": "20:30"}
    assert errors_of(office.post(object_url(row, "enter"), form)) == {}
    assert Arrival.objects.get().arrived_at == moment("2026-03-10T20:30")


def test_not_entered_for_a_reason_the_sender_reads(record: CareRecord, head: Client, office: Client) -> None:
    row = kept(head, visit_of(record.resident, method=""))
    assert errors_of(office.post(object_url(row, "drop"), {"reason": ""}))
    row.refresh_from_db()
    assert row.state == State.QUARANTINED
    assert errors_of(office.post(object_url(row, "drop"), {"reason": "与另一条重复"})) == {}
    row.refresh_from_db()
    assert (row.state, row.payload) == (State.DROPPED, "")
    assert "与另一条重复" in text_of(head, "/m/mine/")
    assert not Visit.objects.exists()


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_decided_once(record: CareRecord, head: Client, office: Client) -> None:
    row = kept(head, visit_of(record.resident, method=""))
    office.post(object_url(row, "drop"), {"reason": "与另一条重复"})
    form = {"resident": record.resident_id, "day": "2026-03-10", "method": "home", "seen": "yes"}
    office.post(object_url(row, "enter"), form)
    office.post(object_url(row, "drop"), {"reason": "再来一次"})
    row.refresh_from_db()
    assert (row.state, row.decision) == (State.DROPPED, "与另一条重复")
    assert not Visit.objects.exists()


def test_the_service_says_so_too(home: Community, record: CareRecord, head: Client) -> None:
    row, lee = kept(head, visit_of(record.resident, method="")), clerk(home.place)
    with pytest.raises(ValidationError, match="请写明不予录入的原因"):
        submission_drop(submission=row, reason=" ", by=lee, now=NOW)
    Cadre.objects.update(user=None)
    with pytest.raises(ValidationError, match="已不是骨干"):
        submission_enter(submission=row, fields={}, made_at=NOW, scope=Scope.EVERYWHERE, by=lee, now=NOW)
    row.refresh_from_db()
    assert row.state == State.QUARANTINED
    row = submission_drop(submission=row, reason="重复", by=lee, now=NOW)
    with pytest.raises(ValidationError, match="已经处理过"):
        submission_entry(submission=row)
    with pytest.raises(ValidationError, match="已经处理过"):
        submission_drop(submission=row, reason="重复", by=lee, now=NOW)
    assert not Visit.objects.exists()


def test_a_phrase_says_something() -> None:
    with pytest.raises(ValidationError, match="请填写短语"):
        phrase_save(phrase=QuickPhrase(text=" "))
    assert not QuickPhrase.objects.filter(text="").exists()


def test_what_is_still_wrong_is_not_entered(record: CareRecord, head: Client, office: Client) -> None:
    row = kept(head, visit_of(record.resident, method=""))
    form = {"resident": record.resident_id, "day": "2026-03-12", "method": "home", "seen": "yes"}
    assert "day" in errors_of(office.post(object_url(row, "enter"), form))
    row.refresh_from_db()
    assert row.state == State.QUARANTINED
    assert not Visit.objects.exists()


def test_another_office_has_its_own(home: Community, record: CareRecord, head: Client) -> None:
    row = kept(head, visit_of(record.resident, method=""))
    other = community("别的社区", staffed=False)
    elsewhere = signed_in(clerk(other.place, "elsewhere"))
    assert listed(elsewhere, Submission, state="all") == []
    for page in ("change", "enter", "drop", "reveal"):
        assert elsewhere.get(object_url(row, page)).status_code == 404
    elsewhere.post(object_url(row, "drop"), {"reason": "不是我的"})
    row.refresh_from_db()
    assert row.state == State.QUARANTINED


def test_nothing_outside_can_be_named(
    home: Community, record: CareRecord, head: Client, office: Client
) -> None:
    other = community("别的社区", staffed=False)
    stranger = care_record(other.building, now=BEFORE, started_on=START)
    incident = incident_report(
        building=other.building, kind="emergency", occurred_at=NOW, summary="", now=NOW, reported_by=None
    )
    row = kept(head, visit_of(record.resident, method=""))
    form = {"resident": stranger.resident_id, "day": "2026-03-10", "method": "home", "seen": "yes"}
    assert "resident" in errors_of(office.post(object_url(row, "enter"), form))
    row = kept(head, made("arrival", "1970-01-01T00:00:00Z", incident=str(incident.pk)))
    assert "incident" in errors_of(
        office.post(object_url(row, "enter"), {"incident": incident.pk, "day": "2026-03-10"})
    )
    assert not Visit.objects.exists()
    assert not Arrival.objects.exists()


@pytest.mark.parametrize(
    "role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR, Role.DISTRICT, Role.CADRE]
)
def test_other_roles_have_no_such_list(home: Community, record: CareRecord, head: Client, role: Role) -> None:
    row = kept(head, visit_of(record.resident, method=""))
    account = user("other", role=role, is_staff=True)
    PlaceGrant.objects.create(user=account, place=home.place)
    client = signed_in(account)
    for url in (list_url(Submission), object_url(row), list_url(QuickPhrase)):
        assert client.get(url).status_code in (302, 403), url


def test_phrases_are_the_offices(home: Community, record: CareRecord, head: Client, office: Client) -> None:
    sent = {"text": "已联系家人", "category": "", "position": "5"}
    assert errors_of(office.post(add_url(QuickPhrase), sent)) == {}
    page = f"/m/visit/{record.resident_id}/"
    assert "已联系家人" in text_of(head, page)
    assert "已有同样的短语" in str(errors_of(office.post(add_url(QuickPhrase), sent)))
    phrase = QuickPhrase.objects.get(text="已联系家人")
    assert office.post(object_url(phrase, "remove")).status_code == 302
    assert "已联系家人" not in text_of(head, page)
