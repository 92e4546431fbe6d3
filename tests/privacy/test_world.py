"""The world that the other tests look at holds what they look for."""

from __future__ import annotations

from typing import Any

from django.db import models

from tests.privacy.filling import scoped_models
from tests.privacy.fingerprints import Changes, digests
from tests.privacy.words import FAR, NEAR, OWN
from tests.privacy.world import Family, World, savepoint


def test_it_works(world: World) -> None:
    """Every model that lies at a place has rows outside each scope."""
    for family in (world.own, world.near, world.far):
        assert [model._meta.label for model in scoped_models(family) if not family.rows.get(model)] == []


def test_every_column_of_words_holds_the_family_s(world: World) -> None:
    """A column that stays empty in the world cannot be seen to leak."""
    silent = [
        f"{model._meta.label}.{field.name}"
        for model in scoped_models(world.far)
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices
        if not any(holds_words(world.far, row, field) for row in world.far.rows[model])
    ]
    assert set(silent) - NO_WORDS == set()


# what the services compute, or what holds a code and no words
NO_WORDS = {
    "buildings.PlaceCode.code",
    "buildings.Place.code",
    "buildings.Place.path",
    "buildings.Place.sort_key",
    "cadres.Cadre.name_initials",
    "duties.Duty.key",
    "messaging.Message.key",
    "phone.Photo.sent_hash",
    "phone.Submission.hash",
    "phone.Submission.object_type",
    "quotes.Game.key",
    "quotes.QuoteList.code",
    "repairs.RepairOrder.code",
    "residents.Resident.name_initials",
    "volunteers.Volunteer.name_initials",
}


def holds_words(family: Family, row: Any, field: Any) -> bool:
    return bool(family.words.pattern(accounts=True).search(str(getattr(row, field.name)).encode()))


def test_words_are_found_in_every_form() -> None:
    pattern = FAR.pattern(accounts=True)
    name, phone = FAR.name(), FAR.new_phone()
    for said in (
        name,
        f"{name[0]}**",
        phone,
        f"{phone[:3]}****{phone[-4:]}",
        FAR.new_id_number(),
        "canaryfar7",
    ):
        assert pattern.search(said.encode()), said
    assert pattern.search(b"\\u9e16")
    assert pattern.search(b"%E9%B8%96")
    assert pattern.search(b"&#40470;")
    for other in (OWN, NEAR):
        for said in (other.name(), other.new_phone(), other.new_id_number(), other.latin, other.account):
            assert not pattern.search(said.encode()), said


def test_a_changed_row_shows_in_the_digests(world: World) -> None:
    before = digests()
    with savepoint(), Changes(before) as changes:
        person = world.far.of("residents.resident")[0]
        type(person).objects.filter(pk=person.pk).update(name="别人")
    assert changes.tables == ["residents_resident"]
    assert digests() == before
    with Changes(before) as changes, savepoint():
        type(person).objects.filter(pk=person.pk).update(name="别人")
    assert changes.tables == []  # written, and taken back
