"""When the server last heard from a phone, and whose phone is silent while something is due."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError
from django.test import Client

from buildings.scope import Scope
from cadres.choices import Post
from cadres.models import Cadre
from cadres.services import cover_start
from phone.models import PhoneContact
from phone.services import phone_heard
from phone.silence import phones_silent, phones_silent_count
from residents.models import CareRecord
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, cadre, care_record, clerk, moment
from tests.pages import queries_of, signed_in
from tests.phone.entries import send, visit_of
from tests.visits.people import NOW, START, account_of, signed_in_as, text_of

pytestmark = pytest.mark.django_db

LONG_AGO = NOW - timedelta(days=3, seconds=1)


def names(home: Community) -> list[Cadre]:
    """Who is silent in the community; the list is as long as the count."""
    scope = Scope(paths=frozenset({home.place.path}))
    found = phones_silent(scope, NOW)
    assert phones_silent_count(scope, NOW) == len(found)
    return [row.cadre for row in found]


def heard(one: Cadre, at: Any = LONG_AGO) -> None:
    PhoneContact.objects.update_or_create(cadre=one, defaults={"heard_at": at})


@pytest.fixture
def holder(home: Community) -> Cadre:
    return home.holder(home.building, Post.BUILDING_HEAD)


def test_it_works(home: Community, record: CareRecord, holder: Cadre) -> None:
    heard(holder)
    client = signed_in(clerk(home.place))
    (row,) = client.get("/phones/").context["page"].object_list
    assert (row.cadre, row.buildings, row.due, row.days) == (holder, [home.building], 1, 3)
    text = text_of(client, "/phones/")
    assert holder.name in text
    assert holder.phone not in text
    assert f"{holder.phone[:3]}****{holder.phone[-4:]}" in text


def test_a_phone_is_heard_when_it_asks_or_sends(home: Community, record: CareRecord, head: Client) -> None:
    for ask in (
        lambda: head.get("/m/"),
        lambda: head.get("/m/session/"),
        lambda: send(head, visit_of(record.resident)),
    ):
        PhoneContact.objects.all().delete()
        ask()
        assert PhoneContact.objects.get().heard_at == NOW


def test_a_stranger_is_not_heard(record: CareRecord) -> None:
    Client().get("/m/session/")
    Client().get("/m/")
    assert not PhoneContact.objects.exists()


def test_it_is_written_once_an_hour(holder: Cadre) -> None:
    assert phone_heard(cadre_id=holder.pk, now=NOW)
    assert not phone_heard(cadre_id=holder.pk, now=NOW + timedelta(minutes=59))
    assert phone_heard(cadre_id=holder.pk, now=NOW + timedelta(minutes=60))
    assert PhoneContact.objects.get().heard_at == NOW + timedelta(minutes=60)


def test_a_page_is_shown_where_it_cannot_be_written(
    head: Client, record: CareRecord, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise DatabaseError("read-only")

    monkeypatch.setattr("phone.models.PhoneContact.objects.bulk_create", refuse)
    assert head.get("/m/").status_code == 200
    assert "not written down" in caplog.text
    assert not PhoneContact.objects.exists()


def test_to_the_second(home: Community, record: CareRecord, holder: Cadre, settings: Any) -> None:
    heard(holder, NOW - timedelta(days=3))
    assert names(home) == []
    heard(holder)
    assert names(home) == [holder]
    settings.PHONE_SILENT_DAYS = 4
    assert names(home) == []


def test_who_never_used_a_phone_is_not_missed(home: Community, record: CareRecord) -> None:
    assert names(home) == []


def test_nothing_due_nobody_is_missed(home: Community, record: CareRecord, holder: Cadre) -> None:
    heard(holder)
    visit(record.resident, "2026-03-11T08:00")
    assert names(home) == [], "the next visit is due in a week"


def test_what_is_due_today_counts(home: Community, holder: Cadre) -> None:
    care_record(home.building, now=moment("2026-03-08T09:00"), started_on=moment("2026-03-08T09:00").date())
    heard(holder)
    assert names(home) == [holder]


def test_the_stand_in_answers_for_the_holder(home: Community, record: CareRecord, holder: Cadre) -> None:
    stand_in = cadre(home.buildings[1])
    cover_start(
        appointment=home.holders[home.building.pk, Post.BUILDING_HEAD],
        stand_in=stand_in,
        from_on=NOW.date(),
        until_on=NOW.date(),
    )
    heard(holder)
    assert names(home) == []
    heard(stand_in)
    assert names(home) == [stand_in]


def test_one_with_two_buildings_is_one_line(home: Community, record: CareRecord, holder: Cadre) -> None:
    cover_start(
        appointment=home.holders[home.buildings[1].pk, Post.BUILDING_HEAD],
        stand_in=holder,
        from_on=NOW.date(),
        until_on=NOW.date(),
    )
    care_record(home.buildings[1], now=moment("2026-03-01T09:00"), started_on=START)
    sweep_at(NOW)
    heard(holder)
    (row,) = phones_silent(Scope(paths=frozenset({home.place.path})), NOW)
    assert (row.buildings, row.due) == (home.buildings[:2], 2)


def test_entries_that_wait_are_counted(home: Community, record: CareRecord, holder: Cadre) -> None:
    head = signed_in(account_of(holder, "head"))
    send(head, visit_of(record.resident, method="telepathy"))
    heard(holder)
    client = signed_in(clerk(home.place))
    (row,) = client.get("/phones/").context["page"].object_list
    assert row.waiting == 1
    assert "另有 1 条手机提交等社区办核对" in text_of(client, "/phones/")


def test_the_longest_silent_first(home: Community, record: CareRecord, holder: Cadre) -> None:
    care_record(home.buildings[1], now=moment("2026-03-01T09:00"), started_on=START)
    sweep_at(NOW)
    other = home.holder(home.buildings[1], Post.BUILDING_HEAD)
    heard(holder)
    heard(other, NOW - timedelta(days=9))
    assert names(home) == [other, holder]


def test_a_secretary_sees_his_own_area(home: Community, record: CareRecord, holder: Cadre) -> None:
    heard(holder)
    mine = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    assert holder.name in text_of(mine, "/phones/")
    other = signed_in_as(home, home.precincts[1], Post.BRANCH_SECRETARY)
    assert "没有长时间未联系的手机" in text_of(other, "/phones/")


def test_it_is_nobody_elses(home: Community, head: Client) -> None:
    assert head.get("/phones/").status_code == 404
    assert Client().get("/phones/").status_code == 302


def test_as_many_queries_for_eight_as_for_one(home: Community, record: CareRecord, holder: Cadre) -> None:
    client = signed_in(clerk(home.place))
    heard(holder)
    counts = [queries_of(client, "/phones/")]
    for building in home.buildings[1:]:
        care_record(building, now=moment("2026-03-01T09:00"), started_on=START)
        heard(home.holder(building, Post.BUILDING_HEAD))
    sweep_at(NOW)
    counts.append(queries_of(client, "/phones/"))
    assert len(client.get("/phones/").context["page"].object_list) == 8
    assert counts[0] == counts[1]


def test_what_was_sent_before_says_when_a_phone_was_heard(
    record: CareRecord, head: Client, holder: Cadre
) -> None:
    send(head, visit_of(record.resident))
    PhoneContact.objects.all().delete()
    import_module("phone.migrations.0003_contact").seed(apps, None)
    contact = PhoneContact.objects.get()
    assert (contact.cadre, contact.heard_at) == (holder, NOW)
