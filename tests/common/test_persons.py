"""Cadres, volunteers and residents are persons: name, initials, sealed phone and its digest follow one rule."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from baibuting.common.crypto import lookup_digest
from baibuting.common.fields import is_unreadable
from baibuting.common.persons import Person
from cadres.models import Cadre
from cadres.services import cadre_change, cadre_create
from residents.models import Resident
from residents.services import resident_change, resident_create
from tests.factories import Community, community, moment
from tests.factories import resident as some_resident
from volunteers.models import Volunteer
from volunteers.services import volunteer_change, volunteer_create

NOW = moment("2026-03-05T09:00")


@pytest.fixture
def home(db: None) -> Community:
    return community(staffed=False)


def create(home: Community, model: type[Person], **details: Any) -> Any:
    if model is Resident:
        flat = some_resident(home.building, now=NOW).household
        return resident_create(household=flat, now=NOW, **details)
    return {Cadre: cadre_create, Volunteer: volunteer_create}[model](community=home.place, **details)  # type: ignore[index]


def change(person: Any, **details: Any) -> Any:
    if isinstance(person, Cadre):
        return cadre_change(cadre=person, **details)
    if isinstance(person, Volunteer):
        return volunteer_change(volunteer=person, **details)
    return resident_change(resident=person, **details)


def digest(model: type[Person], phone: str) -> bytes:
    return lookup_digest(phone, purpose=f"{model.__name__.lower()}.phone")


MODELS = pytest.mark.parametrize("model", [Cadre, Volunteer, Resident])


@MODELS
def test_it_works(home: Community, model: type[Person]) -> None:
    made = create(home, model, name=" 迪丽努尔•买买提 ", phone="19900000001")
    made = model._default_manager.get(pk=made.pk)
    assert (made.name, made.name_initials, made.phone) == ("迪丽努尔·买买提", "dlnemmt", "19900000001")
    assert bytes(made.phone_digest) == digest(model, "19900000001")
    change(made, name="单雄信", phone="")
    made.refresh_from_db()
    assert (made.name_initials, made.phone, made.phone_digest) == ("sxx", "", None)


@MODELS
@pytest.mark.parametrize("name", ["", " 　", "王 13800001111"])
def test_a_name_that_is_none_is_refused(home: Community, model: type[Person], name: str) -> None:
    made = create(home, model, name="王建国")
    with pytest.raises(ValidationError) as refused:
        change(made, name=name)
    assert list(refused.value.message_dict) == ["name"]
    made.refresh_from_db()
    assert (made.name, made.name_initials) == ("王建国", "wjg")


@pytest.mark.parametrize(("model", "word"), [(Cadre, "骨干"), (Volunteer, "志愿者")])
def test_the_same_name_and_phone_is_the_same_person(home: Community, model: type[Person], word: str) -> None:
    create(home, model, name="王建国", phone="19900000001")
    with pytest.raises(ValidationError, match=f"已有同名同电话的{word}，请直接选用。"):
        create(home, model, name="王 建国", phone="19900000001")
    assert model._default_manager.count() == 1
    other = create(home, model, name="王建国", phone="19900000002")
    with pytest.raises(ValidationError, match="已有同名同电话"):
        change(other, phone="19900000001")
    assert model._default_manager.get(pk=other.pk).phone == "19900000002"
    # a missing phone identifies nobody, and another community is another matter
    create(home, model, name="王建国")
    create(home, model, name="王建国")
    create(community(name="另一社区", staffed=False), model, name="王建国", phone="19900000001")


@pytest.mark.parametrize("model", [Cadre, Volunteer])
def test_known_by_phone(home: Community, model: type[Person]) -> None:
    made = create(home, model, name="王建国", phone="19900000001")
    assert model.known_by_phone(community=home.place, name="王建国", phone="19900000001") == made
    for name, phone in (("王建国", ""), ("王建国", "19900000002"), ("李建国", "19900000001")):
        assert model.known_by_phone(community=home.place, name=name, phone=phone) is None


@MODELS
def test_a_phone_that_cannot_be_read_keeps_its_digest(home: Community, model: type[Person]) -> None:
    made = create(home, model, name="王建国", phone="19900000001")
    other = create(home, model, name="李建国", phone="19900000002")
    foreign = model._default_manager.filter(pk=other.pk).values_list("phone", flat=True).get()
    made.__dict__["phone"] = bytes(foreign)  # sealed for another row
    assert is_unreadable(made.phone)
    change(made, name="王援朝")
    assert bytes(model._default_manager.get(pk=made.pk).phone_digest) == digest(model, "19900000001")


def test_the_digests_of_two_models_never_match(home: Community) -> None:
    digests = {bytes(create(home, model, name="王建国", phone="19900000001").phone_digest) for model in (Cadre, Volunteer, Resident)}  # fmt: skip
    assert len(digests) == 3
