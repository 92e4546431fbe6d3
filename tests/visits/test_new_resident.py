"""A new person with any number of categories on one form, and doubles asked about before anything is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from audit.choices import Action
from audit.models import AuditEvent
from duties.models import DutyClock
from residents.models import CareRecord, Household, Resident
from tests.factories import Community, category, clerk, community, resident
from tests.pages import add_url, errors_of, signed_in
from tests.visits.people import NOW, stop_the_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def typed(home: Community, **more: Any) -> dict[str, Any]:
    return {"building": home.building.pk, "entrance": "1", "room": "102", "name": "张秀英", **more}


def everybody() -> list[Resident]:
    return list(Resident.objects.unscoped("a test").order_by("pk"))


def test_it_works(home: Community, office: Client) -> None:
    ticked = [category("hardship").pk, category("elderly_alone").pk]
    response = office.post(add_url(Resident), typed(home, categories=ticked, started_on="2026-03-10"))
    assert errors_of(response) == {}
    (person,) = everybody()
    records = list(
        CareRecord.objects.unscoped("a test").filter(resident=person).order_by("category__position")
    )
    assert {(record.category_id, f"{record.started_on}") for record in records} == {
        (pk, "2026-03-10") for pk in ticked
    }
    assert DutyClock.objects.filter(care_record__in=[one.pk for one in records]).count() == 2
    created = AuditEvent.objects.filter(action=Action.CREATE).order_by("pk")
    assert [event.object_type for event in created].count("residents.carerecord") == 2
    assert [event.object_type for event in created].count("residents.resident") == 1


def test_nobody_need_be_put_on_a_list(home: Community, office: Client) -> None:
    assert errors_of(office.post(add_url(Resident), typed(home, started_on=""))) == {}
    assert len(everybody()) == 1
    assert not CareRecord.objects.unscoped("a test").exists()


def test_a_category_needs_its_day(home: Community, office: Client) -> None:
    response = office.post(
        add_url(Resident), typed(home, categories=[category("hardship").pk], started_on="")
    )
    assert errors_of(response) == {"started_on": ["请填写纳入日期。"]}
    assert everybody() == []


def test_a_double_is_asked_about_and_nothing_is_saved_before_the_answer(
    home: Community, office: Client
) -> None:
    known = resident(home.building, now=NOW, room="102", name="张秀英")
    flats = Household.objects.unscoped("a test").count()
    response = office.post(
        add_url(Resident), typed(home, categories=[category("hardship").pk], started_on="2026-03-10")
    )
    (sentence,) = errors_of(response)["__all__"]
    assert "可能已经登记过" in sentence
    assert f"/admin/residents/resident/{known.pk}/change/" in sentence
    assert everybody() == [known]
    assert Household.objects.unscoped("a test").count() == flats
    assert not CareRecord.objects.unscoped("a test").exists()
    assert not AuditEvent.objects.filter(action=Action.CREATE).exists()
    assert errors_of(office.post(add_url(Resident), typed(home, is_somebody_else="on"))) == {}
    assert len(everybody()) == 2


def test_a_namesake_elsewhere_is_no_double(home: Community, office: Client) -> None:
    resident(home.buildings[1], now=NOW, room="102", name="张秀英")
    assert errors_of(office.post(add_url(Resident), typed(home))) == {}
    assert len(everybody()) == 2


def test_the_flat_is_filled_in_from_its_page(home: Community, office: Client) -> None:
    flat = resident(home.building, now=NOW, room="102").household
    far = resident(community("花桥社区").building, now=NOW).household
    initial = office.get(f"{add_url(Resident)}?household={flat.pk}").context["adminform"].form.initial
    assert (initial["building"], initial["entrance"], initial["room"]) == (home.building.pk, "1", "102")
    initial = office.get(f"{add_url(Resident)}?household={far.pk}").context["adminform"].form.initial
    assert "building" not in initial
