"""A volunteer who is a cadre as well is one person: the cadre's name and phone, and nothing kept twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client

from cadres.models import Cadre
from cadres.services import cadre_change, cadre_create
from tests.factories import Community, clerk, community
from volunteers.models import Volunteer
from volunteers.services import volunteer_change, volunteer_create, volunteer_of, volunteers_follow_cadres
from volunteers.tasks import follow_cadres

pytestmark = pytest.mark.django_db
PHONE = "19900000001"


@pytest.fixture
def home() -> Community:
    return community(staffed=False)


@pytest.fixture
def wang(home: Community) -> Cadre:
    return cadre_create(community=home.place, name="王建国", phone=PHONE, is_party_member=True)


def test_it_works(home: Community, wang: Cadre) -> None:
    made = volunteer_of(cadre=wang)
    made.refresh_from_db()
    assert (made.cadre, made.community, made.name, made.name_initials) == (wang, home.place, "王建国", "wjg")
    assert (made.phone, made.phone_digest, made.shown_phone, made.is_party_member) == ("", None, PHONE, True)
    assert volunteer_of(cadre=wang) == made
    assert Volunteer.objects.count() == 1


def test_who_was_registered_as_a_volunteer_stays_that_row(home: Community, wang: Cadre) -> None:
    known = volunteer_create(community=home.place, name="王建国", phone=PHONE, employer="区税务局党支部")
    assert volunteer_of(cadre=wang) == known
    known.refresh_from_db()
    assert (known.cadre, known.phone, known.phone_digest) == (wang, "", None)
    assert (known.employer, known.is_party_member, known.shown_phone) == ("区税务局党支部", False, PHONE)


@pytest.mark.parametrize(("name", "phone"), [("王建国", ""), ("王建国", "19900000002"), ("李建国", PHONE)])
def test_somebody_else_is_left_alone(home: Community, wang: Cadre, name: str, phone: str) -> None:
    other = volunteer_create(community=home.place, name=name, phone=phone)
    assert volunteer_of(cadre=wang) != other
    other.refresh_from_db()
    assert (other.cadre, other.phone) == (None, phone)


def test_a_cadre_without_a_phone_takes_nobodys_row(home: Community) -> None:
    nameless = volunteer_create(community=home.place, name="王建国")
    bare = cadre_create(community=home.place, name="王建国")
    assert volunteer_of(cadre=bare) != nameless


def test_the_name_follows_the_cadres(home: Community, wang: Cadre) -> None:
    made, other = volunteer_of(cadre=wang), volunteer_create(community=home.place, name="张三")
    assert volunteers_follow_cadres() == 0
    cadre_change(cadre=wang, name="单雄信", phone="19900000009")
    follow_cadres()
    assert volunteers_follow_cadres() == 0
    made.refresh_from_db()
    other.refresh_from_db()
    assert (made.name, made.name_initials, made.shown_phone) == ("单雄信", "sxx", "19900000009")
    assert other.name == "张三"


@pytest.mark.parametrize("details", [{"name": "李四"}, {"phone": "19900000003"}])
def test_name_and_phone_are_changed_on_the_cadre(wang: Cadre, details: dict[str, Any]) -> None:
    made = volunteer_of(cadre=wang)
    with pytest.raises(ValidationError, match="请在“骨干”里修改"):
        volunteer_change(volunteer=made, **details)
    made.refresh_from_db()
    assert (made.name, made.shown_phone) == ("王建国", PHONE)
    assert volunteer_change(volunteer=made, employer="区税务局").employer == "区税务局"


def test_the_database_keeps_no_second_phone(wang: Cadre) -> None:
    made = volunteer_of(cadre=wang)
    made.phone = "19900000003"
    with pytest.raises(IntegrityError, match="phone_is_the_cadres"), transaction.atomic():
        made.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Volunteer.objects.create(community=made.community, name="又一个", cadre=wang)
    with pytest.raises(ProtectedError):
        wang.delete()
    assert Volunteer.objects.get().shown_phone == PHONE


def test_the_pages_show_the_cadres_phone_and_keep_it(home: Community, wang: Cadre) -> None:
    made = volunteer_of(cadre=wang)
    office = Client()
    office.force_login(clerk(home.place))
    page = office.get(f"/admin/volunteers/volunteer/{made.pk}/change/").content.decode()
    assert "199****0001" in page
    assert 'name="name"' not in page
    assert 'name="phone"' not in page
    assert "199****0001" in office.get("/admin/volunteers/volunteer/").content.decode()
    answer = office.post(
        f"/admin/volunteers/volunteer/{made.pk}/change/",
        {"employer": "区税务局", "is_party_member": "on", "name": "李四", "phone": "19900000003"},
    )
    assert answer.status_code == 302
    made.refresh_from_db()
    assert (made.name, made.shown_phone, made.employer) == ("王建国", PHONE, "区税务局")
