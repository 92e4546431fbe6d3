"""What holds for every page of the admin, whichever app it belongs to."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import ForeignKey, Model
from django.urls import reverse

from accounts.models import User
from adminkit.base import PortalAdmin
from buildings.admin_base import ScopedAdmin
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from cadres.choices import Post
from cadres.models import Appointment, Cadre
from tests.factories import appointment, cadre, clerk, community
from tests.pages import found_by, list_url, listed, object_url, signed_in, superuser

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def names(models: Any) -> Any:
    return models._meta.label_lower


def test_it_works() -> None:
    assert {User, Place, Cadre, Appointment} <= set(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_every_admin_has_the_common_base_and_rows_of_places_the_scoped_one(model: type[Model]) -> None:
    model_admin = admin.site.get_model_admin(model)
    assert isinstance(model_admin, PortalAdmin)
    if isinstance(model._default_manager.all(), ScopedQuerySet):
        assert isinstance(model_admin, ScopedAdmin)


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=names)
def test_every_list_opens_empty_in_chinese_and_offers_no_deletion(model: type[Model]) -> None:
    response = signed_in(superuser()).get(list_url(model))
    assert response.status_code == 200
    head = response.content.decode().partition("<tbody>")[0]
    assert "delete_selected" not in head
    assert not any(word in head for word in ("Select", "Search", "Filter", "Add "))


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=names)
def test_every_scoped_list_is_empty_to_a_stranger(model: type[Model]) -> None:
    """A clerk of another, empty community sees not one row of a staffed one."""
    ours = community(staffed=False)
    appointment(ours.building, Post.BUILDING_HEAD)
    empty = community("空社区", staffed=False)
    response = signed_in(clerk(empty.place)).get(list_url(model))
    if response.status_code != 200 or not isinstance(model._default_manager.all(), ScopedQuerySet):
        return
    for row in response.context["cl"].result_list:
        place = row if isinstance(row, Place) else _place_of(row)
        assert place.community_id == empty.place.pk


def _place_of(row: Any) -> Place:
    for part in row.place_lookup.split("__"):
        row = getattr(row, part)
    return row


@pytest.mark.django_db
def test_a_filter_by_a_plain_foreign_key_offers_the_scope_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where an admin forgot to say so."""
    ours, theirs = community(staffed=False), community("隔壁社区", staffed=False)
    for side, name in ((ours, "自家人"), (theirs, "外人甲")):
        for building in side.buildings[:2]:
            appointment(building, Post.BUILDING_HEAD, cadre=cadre(side.place, name=name))
    assert isinstance(Appointment._meta.get_field("cadre"), ForeignKey)
    monkeypatch.setattr(type(admin.site.get_model_admin(Appointment)), "list_filter", ["cadre"])
    page = signed_in(clerk(ours.place)).get(list_url(Appointment)).content.decode()
    assert "自家人" in page
    assert "外人甲" not in page


@pytest.mark.django_db
def test_a_search_ends_when_its_list_is_opened_anew() -> None:
    ours = community(staffed=False)
    one, other = cadre(ours.place, name="王建国"), cadre(ours.place, name="李秀英")
    client = signed_in(clerk(ours.place))
    assert found_by(client, Cadre, "wjg") == [one]
    assert listed(client, Cadre, found="1", is_party_member__exact="0") == [
        one
    ]  # kept beside other conditions
    assert set(listed(client, Cadre)) == {one, other}
    response = client.post(list_url(Cadre), {"q": " ", "find": "1"})
    assert response["Location"] == list_url(Cadre)
    assert listed(client, Cadre, q="李秀英") == listed(client, Cadre)  # an address finds nobody


@pytest.mark.django_db
def test_a_page_that_does_not_apply_leads_back() -> None:
    ours = community(staffed=False)
    client = signed_in(clerk(ours.place))
    response = client.get(object_url(ours.building, "reopen"))
    assert response["Location"] == object_url(ours.building)
    assert client.get(reverse("admin:buildings_place_move", args=["nonsense"])).status_code == 404
    assert client.get(reverse("admin:buildings_place_change", args=["nonsense"])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["2026-01-05", "2026/1/5", "2026.1.5", "2026年1月5日", "20260105"])
def test_a_day_is_read_as_people_write_it(typed: str) -> None:
    ours = community(staffed=False)
    response = signed_in(clerk(ours.place)).post(object_url(ours.building, "close"), {"closed_on": typed})
    assert response.status_code == 302
    ours.building.refresh_from_db()
    assert str(ours.building.closed_on) == "2026-01-05"


@pytest.mark.django_db
def test_a_missing_and_a_garbled_field_are_named() -> None:
    ours = community(staffed=False)
    client, page = signed_in(clerk(ours.place)), object_url(ours.building, "close")
    assert "请填写停用日期。" in client.post(page, {}).content.decode()
    assert "看不懂这个日期" in client.post(page, {"closed_on": "明天"}).content.decode()
    ours.building.refresh_from_db()
    assert ours.building.closed_on is None


@pytest.mark.django_db
def test_a_condition_that_no_list_knows_is_answered_in_chinese() -> None:
    response = signed_in(superuser()).get("/admin/residents/carerecord/?resident__name__startswith=x")
    assert response.status_code == 400
    assert "看不懂这个地址" in response.content.decode()
