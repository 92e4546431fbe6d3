"""Who has moved leaves his past behind: it says nothing of where he went, and his new building nothing of the old."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from baibuting.common.tabular.reading import open_book
from cadres.choices import Post
from residents.models import CareRecord, Resident
from residents.services import household_get_or_create, resident_change
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, clerk, community, moment, resident
from tests.pages import object_url, signed_in
from tests.visits.people import NOW, START, stop_the_clock, text_of
from visits.services import care_record_end, resident_relocate

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


def moved(home: Community) -> tuple[Resident, CareRecord]:
    """Somebody visited and released from care in the first building, who then went to the last and has a new phone."""
    person = resident(home.building, now=BEFORE, name="秦耀红", phone="19900000001", room="301")
    record = care_record(home.building, now=BEFORE, started_on=START, resident=person)
    head = home.holder(home.building, Post.BUILDING_HEAD)
    visit(person, "2026-03-02T10:00", visitor=head, visitor_name="")
    care_record_end(care_record=record, ended_on=date(2026, 3, 5), end_reason="recovered", now=NOW)
    care_record(home.building, now=BEFORE, started_on=START, resident=person, code="hardship")
    there = household_get_or_create(building=home.buildings[-1], entrance="7", room="777")
    resident_relocate(resident=person, to_household=there, now=NOW)
    person.refresh_from_db()
    resident_change(resident=person, phone="19977777777", id_number="429999197803051768")
    return person, record


def exported(account: Any, model: str, **asked: str) -> str:
    """A full export as text."""
    response = signed_in(account).post(
        reverse(f"admin:{model}_export") + "?state=all", {"detail": "full", "reason": "核对台账", **asked}
    )
    assert response.status_code == 200
    rows = [row for sheet in open_book(response.content).sheets for row in sheet.rows]
    return "\n".join(" ".join(str(cell) for cell in row if cell is not None) for row in rows)


def test_it_works(home: Community) -> None:
    """The old building's office reads the name and what happened there; not the new flat, phone or number."""
    _, record = moved(home)
    sweep_at(NOW)
    office = clerk(home.quarters[0])
    pages = [
        text_of(signed_in(office), object_url(record)),
        text_of(signed_in(office), "/admin/residents/carerecord/", state="all"),
        text_of(signed_in(office), f"/duties/{duty_of(record, 0).pk}/"),
        exported(office, "residents_carerecord"),
        exported(office, "visits_visit"),
        exported(office, "duties_duty"),
    ]
    assert "秦耀红" in pages[0]
    assert "秦耀红" in pages[4]  # the visit took place here
    for page in pages:
        assert not any(word in page for word in ("777", "429999197803051768"))


def test_the_new_building_reads_nothing_of_the_old(home: Community) -> None:
    person, _ = moved(home)
    sweep_at(NOW)
    head = home.holder(home.building, Post.BUILDING_HEAD).name
    office = signed_in(clerk(home.quarters[1]))
    running = person.care_records.get(ended_on=None)
    for page in (object_url(person), object_url(running), f"/duties/{duty_of(running).pk}/"):
        assert head not in text_of(office, page)


def test_whoever_sees_both_sees_all(home: Community) -> None:
    person, _ = moved(home)
    office = clerk(home.place)
    assert home.holder(home.building, Post.BUILDING_HEAD).name in text_of(
        signed_in(office), object_url(person)
    )
    assert "429999197803051768" in exported(office, "residents_carerecord")
