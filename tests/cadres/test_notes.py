"""A note to one cadre: left by a service, rung by the bell, shown with the notices at the desk and on the phone."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baibuting.common.portal import NoteKind
from cadres.choices import Post
from cadres.models import Cadre, Note
from cadres.notes import note_leave, notes_see
from duties.bell import notices_unseen
from tests.factories import Community, community, moment
from tests.visits.people import NOW, signed_in_as, stop_the_clock, text_of
from visits.models import Incident
from visits.services import incident_report

pytestmark = pytest.mark.django_db
ABOUT = NoteKind("called", "必到事件", "visits.incident", phone_address="phone:incident")
LATER = moment("2026-03-11T10:00")


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadres.notes.note_kinds", lambda: {ABOUT.code: ABOUT})


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def incident(home: Community) -> Incident:
    return incident_report(
        building=home.building, kind="emergency", occurred_at=NOW, summary="停水", now=NOW, reported_by=None
    )


@pytest.fixture
def secretary(home: Community) -> Client:
    return signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)


def cadre_of(home: Community) -> Cadre:
    return home.holder(home.precincts[0], Post.BRANCH_SECRETARY)


def leave(home: Community, incident: Incident, text: str = "自来水公司明天来修。") -> Note:
    return note_leave(cadre=cadre_of(home), about="called", target=incident, text=text, now=NOW)


def rung(client: Client) -> int:
    nav = client.get("/").context["nav"]
    count: int = next(item["count"] for item in nav if item["label"] == "知会")
    return count


def test_it_works(home: Community, incident: Incident, secretary: Client) -> None:
    before = rung(secretary)
    note = leave(home, incident)
    assert (note.community, note.target_id) == (home.place, incident.pk)
    assert rung(secretary) == before + 1
    page = text_of(secretary, "/notices/")
    assert "自来水公司明天来修。" in page
    assert "必到事件 3月11日 09:00" in page
    assert rung(secretary) == before
    assert "自来水公司明天来修。" in text_of(secretary, "/notices/"), "what was seen stays on the list"


def test_on_the_phone(home: Community, incident: Incident, secretary: Client) -> None:
    leave(home, incident)
    page = text_of(secretary, "/m/notices/")
    assert "自来水公司明天来修。" in page
    assert f'href="/m/incidents/{incident.pk}/"' in page
    assert Note.objects.get().seen_at == NOW


def test_what_one_has_dealt_with_neither_shows_nor_sees_it(
    home: Community, incident: Incident, secretary: Client
) -> None:
    leave(home, incident)
    for url in ("/notices/", "/m/notices/"):
        assert "自来水公司" not in text_of(secretary, url, state="dealt")
    assert Note.objects.get().seen_at is None


def test_nobody_else_reads_it(home: Community, incident: Incident) -> None:
    leave(home, incident)
    other = signed_in_as(home, home.precincts[1], Post.BRANCH_SECRETARY)
    for url in ("/notices/", "/m/notices/"):
        assert "自来水公司" not in text_of(other, url)
    assert Note.objects.get().seen_at is None


def test_said_twice_it_is_one_note(home: Community, incident: Incident) -> None:
    leave(home, incident)
    notes_see(cadre_id=cadre_of(home).pk, now=LATER)
    leave(home, incident)
    assert Note.objects.get().seen_at == LATER


def test_other_words_replace_it_and_ring_again(home: Community, incident: Incident) -> None:
    leave(home, incident)
    notes_see(cadre_id=cadre_of(home).pk, now=LATER)
    leave(home, incident, "改到后天来修。")
    note = Note.objects.get()
    assert (note.text, note.seen_at) == ("改到后天来修。", None)


@pytest.mark.parametrize("text", ["", "  ", "水" * 61, "请打 13812345678"])
def test_text_that_cannot_be_one(home: Community, incident: Incident, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        leave(home, incident, text)
    assert set(refused.value.message_dict) == {"text"}
    assert not Note.objects.exists()


def test_nothing_is_left_about_what_nobody_declared(home: Community, incident: Incident) -> None:
    for about, target in (("repair", incident), ("called", home.building)):
        with pytest.raises(ValueError, match="No portal declares"):
            note_leave(cadre=cadre_of(home), about=about, target=target, text="来修。", now=NOW)
    assert not Note.objects.exists()


def test_the_database_refuses_numbers_of_people(home: Community, incident: Incident) -> None:
    leave(home, incident)
    with pytest.raises(IntegrityError, match="cadres_note_text_plain"), transaction.atomic():
        Note.objects.update(text="请打 13812345678")


def test_the_bell_is_one_query(home: Community, incident: Incident, secretary: Client) -> None:
    leave(home, incident)
    scope = secretary.get("/").wsgi_request.viewer.scope  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as asked:
        assert notices_unseen(scope) >= 1
    assert len(asked) == 1
