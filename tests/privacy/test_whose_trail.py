"""What was done to a row is read by the auditors of its community; what concerns none or several, by all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.test import Client

from accounts.choices import Role
from audit.choices import Action
from audit.models import AuditEvent
from audit.services import audit_event_record
from buildings.admin_base import ScopedAdmin
from buildings.models import PlaceGrant
from cadres.models import Cover
from tests.factories import user
from tests.pages import list_url, object_url
from tests.privacy.world import NOW, World


def auditor_of(family: Any, name: str) -> Client:
    account = user(name, role=Role.AUDITOR, is_staff=True)
    PlaceGrant.objects.create(user=account, place=family.community.place)
    client = Client()
    client.force_login(account)
    return client


def read_by(client: Client) -> set[int]:
    return {row.pk for row in client.get(list_url(AuditEvent)).context["cl"].queryset}


def test_it_works(world: World) -> None:
    """Every admin of rows that lie at a place knows the community of each of its rows."""
    unknown = [
        model._meta.label
        for model, found in admin.site._registry.items()
        if isinstance(found, ScopedAdmin) and not found.audits_itself
        for row in world.own.of(model._meta.label)[:1]
        if found.community_id_of(row) != world.own.community.place.pk
    ]
    assert unknown == []


def test_a_change_is_read_by_the_auditors_of_its_community_alone(world: World) -> None:
    """A cover lies at a place through its appointment."""
    office = Client()
    office.force_login(world.viewers["office"])
    cover: Cover = world.own.of("cadres.cover")[0]
    until_on = cover.until_on - timedelta(days=1)
    typed = {"from_on": cover.from_on, "until_on": until_on, "stand_in": cover.stand_in_id, "reason": "出差"}
    answer = office.post(object_url(cover, "end"), {"until_on": until_on, **typed})
    assert answer.status_code == 302
    event = AuditEvent.objects.latest("pk")
    assert (event.object_type, event.object_id) == ("cadres.cover", str(cover.pk))
    assert event.pk in read_by(auditor_of(world.own, "auditor_own"))
    assert event.pk not in read_by(auditor_of(world.far, "auditor_far"))


def test_what_concerns_several_is_read_by_all_auditors(world: World) -> None:
    """An export over two communities must not escape both their auditors."""
    event = audit_event_record(
        now=NOW,
        user=world.viewers["office"],
        action=Action.EXPORT,
        object_type="residents.resident",
        row_count=9,
    )
    for family, name in ((world.own, "auditor_own"), (world.far, "auditor_far")):
        assert event.pk in read_by(auditor_of(family, name))
