"""The public address of a place: one for each, at any level, and the boards' codes of before stay what they were."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.admin.audit import type_label
from audit.models import AuditEvent
from buildings.models import PlaceCode
from buildings.rules import CODE_LENGTH, CODE_LETTERS
from buildings.services import place_code_of, place_code_renew
from tests.factories import clerk, community, moment
from tests.migrating import migrate

NOW = moment("2026-03-11T09:00")


@pytest.mark.django_db
def test_it_works() -> None:
    home = community(staffed=False)
    codes = {place_code_of(place=place, now=NOW) for place in (home.place, home.quarters[0], home.building)}
    assert len(codes) == 3
    assert all(len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS) for code in codes)
    assert place_code_of(place=home.place, now=NOW) in codes  # the same as before


@pytest.mark.django_db
def test_renewed_the_old_one_is_gone_and_the_trail_says_so() -> None:
    home = community(staffed=False)
    office, old = clerk(home.place), place_code_of(place=home.place, now=NOW)
    row = place_code_renew(place=home.place, by=office, now=NOW)
    assert row.code != old
    assert PlaceCode.objects.get().code == row.code
    event = AuditEvent.objects.latest("pk")
    assert (event.object_type, event.object_id, event.fields) == (
        "buildings.placecode",
        str(row.pk),
        ["code"],
    )


@pytest.mark.django_db
def test_a_board_hangs_behind_the_code_of_a_building_alone() -> None:
    home = community(staffed=False)
    for place, status in ((home.building, 200), (home.precincts[0], 404), (home.place, 404)):
        assert Client().get(f"/b/{place_code_of(place=place, now=NOW)}/").status_code == status


def test_the_trail_names_older_rows_as_before() -> None:
    older, newer = AuditEvent(object_type="boards.boardcode"), AuditEvent(object_type="buildings.placecode")
    assert type_label(older) == type_label(newer) == "公示码"
    assert type_label(AuditEvent(object_type="boards.nothing")) == "boards.nothing"


@pytest.mark.django_db(transaction=True)
def test_the_codes_of_before_stay_what_they_were() -> None:
    """The table changes its owner and nothing else, forwards and back."""
    home = community(staffed=False)
    code = place_code_of(place=home.building, now=NOW)
    before = [("buildings", "0007_sort_path"), ("boards", "0001_initial")]
    try:
        old = migrate(*before).loader.project_state(before).apps.get_model("boards", "BoardCode")
        assert old.objects.get().building_id == home.building.pk
        other = old.objects.create(building_id=home.buildings[1].pk, made_at=NOW)
    finally:
        migrate()
    assert PlaceCode.objects.get(place=home.building).code == code
    assert place_code_of(place=home.buildings[1], now=NOW) == other.code
