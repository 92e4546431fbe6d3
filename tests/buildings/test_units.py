"""The official units of 江岸区 load as the district above a community, as often as one likes."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from buildings.models import AdministrativeUnit, Place
from buildings.services import units_load
from tests.factories import clerk, community
from tests.pages import add_url, errors_of, listed, object_url, signed_in, superuser

pytestmark = pytest.mark.django_db


def load() -> str:
    said = StringIO()
    call_command("load_units", stdout=said)
    return said.getvalue()


def test_it_works() -> None:
    assert "新增 18" in load()
    district = AdministrativeUnit.objects.get(code="420102")
    assert (district.name, district.level, district.parent) == ("江岸区", "district", None)
    streets = AdministrativeUnit.objects.filter(parent=district, level="street")
    assert streets.count() == 17
    assert streets.get(code="420102400").name == "百步亭花园"


def test_loading_again_changes_nothing_and_mends_names() -> None:
    load()
    before = list(AdministrativeUnit.objects.values())
    assert "新增 0，更名 0" in load()
    assert list(AdministrativeUnit.objects.values()) == before
    AdministrativeUnit.objects.filter(code="420102400").update(name="旧名")
    assert "新增 0，更名 1" in load()
    assert list(AdministrativeUnit.objects.values()) == before


def test_units_off_the_list_stay() -> None:
    load()
    assert units_load(district=("420102", "江岸区"), streets=[]) == (0, 0)
    assert AdministrativeUnit.objects.count() == 18


def test_a_community_belongs_to_a_street_a_building_to_none() -> None:
    load()
    street, district = (AdministrativeUnit.objects.get(code=code) for code in ("420102400", "420102"))
    ours = community(staffed=False)
    client = signed_in(superuser())
    named = {"name": ours.place.name, "code": "", "remark": ""}
    assert "unit" in errors_of(client.post(object_url(ours.place), named | {"unit": district.pk}))
    assert errors_of(client.post(object_url(ours.place), named | {"unit": street.pk})) == {}
    ours.place.refresh_from_db()
    assert ours.place.unit == street
    new = {
        "level": 4,
        "parent": ours.precincts[0].pk,
        "name": "900栋",
        "code": "",
        "remark": "",
        "unit": street.pk,
    }
    assert errors_of(client.post(add_url(Place), new)) == {"unit": ["只有社区填写所属街道。"]}
    assert not Place.objects.filter(name="900栋").exists()


def test_the_units_are_looked_up_in_the_admin_not_typed() -> None:
    load()
    client = signed_in(clerk(community(staffed=False).place))
    assert len(listed(client, AdministrativeUnit, level__exact="street")) == 17
    street = AdministrativeUnit.objects.get(code="420102400")
    assert client.get(object_url(street)).status_code == 200
    assert client.post(object_url(street), {"name": "改名"}).status_code == 403
    assert client.get(add_url(AdministrativeUnit)).status_code == 403
    street.refresh_from_db()
    assert street.name == "百步亭花园"
