"""Residents and care records in the admin: typed in once, masked, ended and put right on pages of their own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from audit.models import AuditEvent
from duties.choices import Outcome
from residents.models import CareCategory, CareRecord, Household, Resident
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, category, clerk, community, moment, resident
from tests.pages import (
    add_url,
    errors_of,
    filter_labels,
    found_by,
    list_url,
    listed,
    object_url,
    picked,
    signed_in,
)
from tests.visits.people import NOW, START, stop_the_clock, text_of
from visits.models import Visit

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")
PHONE, ID_NUMBER = "13912345678", "429999197803051768"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def lee(home: Community) -> User:
    return clerk(home.place)


@pytest.fixture
def office(lee: User) -> Client:
    return signed_in(lee)


@pytest.fixture
def stranger() -> Client:
    return signed_in(clerk(community("隔壁社区", staffed=False).place, "stranger"))


@pytest.fixture
def record(home: Community) -> CareRecord:
    person = resident(home.building, now=BEFORE, name="高志强", phone=PHONE, id_number=ID_NUMBER)
    made = care_record(home.building, now=BEFORE, started_on=START, resident=person)
    sweep_at(NOW)
    return made


def typed(home: Community, **more: Any) -> dict[str, Any]:
    return {"building": home.building.pk, "entrance": "2", "room": "1601", "name": "陈秀英", **more}


def test_it_works(home: Community, office: Client, lee: User) -> None:
    response = office.post(add_url(Resident), typed(home, phone="139 1234 5678", id_number=ID_NUMBER))
    assert errors_of(response) == {}
    made = Resident.objects.get()
    assert (made.name, made.phone, made.id_number) == ("陈秀英", PHONE, ID_NUMBER)
    assert made.household.short == "2-1601"
    event = AuditEvent.objects.get()
    assert (event.user, event.action, event.object_id) == (lee, "create", str(made.pk))
    response = office.post(
        add_url(CareRecord),
        {"resident": made.pk, "category": category("elderly_alone").pk, "started_on": "2026-03-10"},
    )
    assert errors_of(response) == {}
    assert duty_of(CareRecord.objects.get()).due_on == date(2026, 3, 13)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"id_number": "12345"}, "id_number"),
        ({"id_number": "429999197803051769"}, "id_number"),
        ({"phone": "12"}, "phone"),
        ({"building": ""}, "building"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    home: Community, office: Client, wrong: dict[str, str], field: str
) -> None:
    assert list(errors_of(office.post(add_url(Resident), typed(home, **wrong)))) == [field]
    assert not Resident.objects.exists()
    assert not Household.objects.exists()


def test_a_building_next_door_is_not_offered_and_not_taken(office: Client, home: Community) -> None:
    theirs = community("隔壁社区", staffed=False)
    assert list(errors_of(office.post(add_url(Resident), typed(home, building=theirs.building.pk)))) == [
        "building"
    ]
    assert not Resident.objects.exists()


def test_sealed_fields_show_masked_and_stay_when_nothing_is_typed(office: Client, record: CareRecord) -> None:
    person = record.resident
    shown = text_of(office, object_url(person))
    assert ("139****5678" in shown, PHONE in shown, ID_NUMBER in shown) == (True, False, False)
    form = {"name": "高志刚", "gender": "male", "id_number": "*" * 16 + "68", "phone": "139****5678"}
    assert errors_of(office.post(object_url(person), form)) == {}
    person.refresh_from_db()
    assert (person.name, person.phone, person.id_number) == ("高志刚", PHONE, ID_NUMBER)
    assert errors_of(office.post(object_url(person), {**form, "phone": ""})) == {}
    person.refresh_from_db()
    assert person.phone == ""


def test_people_are_found_by_name_and_initials(office: Client, stranger: Client, record: CareRecord) -> None:
    for text in ("高志", "gzq"):
        assert found_by(office, Resident, text) == [record.resident]
        assert found_by(office, CareRecord, text) == [record]
        assert found_by(stranger, Resident, text) == []
    assert found_by(office, Resident, "zzz") == []


def test_the_picker_knows_only_the_scope(office: Client, stranger: Client, record: CareRecord) -> None:
    assert picked(office, Visit, "resident", "gzq") == [
        f"高志强 怡康苑 第一片区 101栋 {record.resident.household.short}"
    ]
    assert picked(stranger, Visit, "resident", "gzq") == []


def test_filters(home: Community, office: Client, record: CareRecord) -> None:
    seen = care_record(home.buildings[7], now=BEFORE, started_on=START, code="hospital")
    visit(seen.resident, "2026-03-10T10:00")
    assert set(listed(office, CareRecord)) == {record, seen}
    assert listed(office, CareRecord, seen="never") == [record]
    assert listed(office, CareRecord, category=category("hospital").pk) == [seen]
    assert listed(office, CareRecord, quarter=home.quarters[0].pk) == [record]
    assert listed(office, CareRecord, precinct=home.precincts[3].pk) == [seen]
    assert listed(office, CareRecord, state="ended") == []
    assert listed(office, Resident, category=category("hospital").pk) == [seen.resident]
    assert "隔壁社区" not in filter_labels(office, CareRecord)


def test_ending_needs_a_reason(office: Client, record: CareRecord) -> None:
    url = object_url(record, "end")
    assert list(errors_of(office.post(url, {"ended_on": "2026-03-11"}))) == ["end_reason"]
    record.refresh_from_db()
    assert record.ended_on is None
    assert errors_of(office.post(url, {"ended_on": "2026-03-11", "end_reason": "died"})) == {}
    record.refresh_from_db()
    assert (record.ended_on, record.end_reason) == (date(2026, 3, 11), "died")
    assert duty_of(record).outcome == Outcome.MISSED
    assert office.get(url).status_code == 302


def test_a_start_is_put_right(office: Client, record: CareRecord) -> None:
    response = office.post(object_url(record, "correct"), {"started_on": "2026-03-10", "end_reason": ""})
    assert errors_of(response) == {}
    assert (duty_of(record).due_on, duty_of(record).outcome) == (date(2026, 3, 13), Outcome.OPEN)
    assert duty_of(record, 0).outcome == Outcome.CANCELLED


def test_moving_takes_open_duties_along(home: Community, office: Client, record: CareRecord) -> None:
    form = {"building": home.buildings[5].pk, "entrance": "1", "room": "9"}
    assert errors_of(office.post(object_url(record.resident, "relocate"), form)) == {}
    record.refresh_from_db()
    assert record.building == home.buildings[5]


def test_the_record_page_tells_duties_and_visits(office: Client, record: CareRecord) -> None:
    visit(record.resident, "2026-03-11T08:00", visitor_name="志愿者王芳")
    shown = text_of(office, object_url(record))
    assert ("逾期后完成" in shown, "志愿者王芳" in shown, "2026-03-11 上门" in shown) == (True, True, True)


@pytest.mark.parametrize("page", ["change", "end", "correct"])
def test_next_door_there_is_no_such_record(stranger: Client, record: CareRecord, page: str) -> None:
    url = object_url(record, page)
    form = {"ended_on": "2026-03-11", "end_reason": "died", "started_on": "2026-03-10"}
    assert stranger.get(url).status_code == 404
    assert stranger.post(url, form).status_code in (403, 404)
    record.refresh_from_db()
    assert (record.started_on, record.ended_on) == (START, None)


def test_a_stranger_cannot_put_our_people_on_a_list(stranger: Client, record: CareRecord) -> None:
    response = stranger.post(
        add_url(CareRecord),
        {"resident": record.resident_id, "category": category("hospital").pk, "started_on": "2026-03-10"},
    )
    assert list(errors_of(response)) == ["resident"]
    assert CareRecord.objects.count() == 1


@pytest.mark.parametrize("model", [Resident, CareRecord, Household, CareCategory])
def test_an_empty_list_is_a_page_too(model: type) -> None:
    lonely = signed_in(clerk(community(staffed=False).place))
    assert lonely.get(list_url(model)).status_code == 200
    assert lonely.get(add_url(model)).status_code == (403 if model is CareCategory else 200)


def test_words_of_a_category_are_changed_and_its_secrecy_is_not(office: Client) -> None:
    released = category("released")
    form = {"label": "安置帮教对象", "public_label": "关爱对象", "synonyms": "刑释", "is_sensitive": ""}
    assert errors_of(office.post(object_url(released), form)) == {}
    released.refresh_from_db()
    assert (released.public_label, released.is_sensitive) == ("关爱对象", True)
    assert list(errors_of(office.post(object_url(released), {**form, "label": "关爱对象"}))) == [
        "public_label"
    ]
