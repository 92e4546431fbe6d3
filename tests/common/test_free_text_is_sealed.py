"""What people write about people is sealed: in the rows of today, in those of before, and in columns somebody adds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from accounts.choices import Role
from accounts.rotation import sealed_under_old_keys
from buildings.models import EmergencyAccess, PlaceGrant
from cadres.choices import Post
from cadres.models import Appointment, Cadre, Cover
from cadres.services import cover_start
from phone.models import Submission
from tests.duties.steps import visit
from tests.factories import community, moment, resident, user
from tests.pages import list_url, object_url, signed_in
from visits.models import Visit
from visits.services import visit_void

pytestmark = pytest.mark.django_db

WORDS = "陪老伴去协和医院住院"
# Text in the clear without a fixed set of words, each with what it holds.
PLAIN = {
    "of the community, not of people": {
        "buildings.Place.remark", "buildings.Place.path", "buildings.Place.sort_key", "residents.CareCategory.synonyms",
        "api.FeedEntry.path", "api.FeedMove.path_from", "api.FeedMove.path_to",
    },
    "what the portal itself wrote: a kind of failure, a digest, a sentence without names": {
        "duties.DutyClock.last_failure", "duties.NoticeDelivery.last_failure", "phone.Digest.last_failure",
        "api.Delivery.last_failure", "rosters.ImportRun.message", "phone.Photo.sent_hash", "phone.Submission.hash",
        "accounts.AuditEvent.object_type",
    },
    "why, for whoever inspects the trail: numbers are taken out, and the chain binds its words": {
        "accounts.AuditEvent.reason",
    },
    "an account is signed in with, and mail is sent to it": {
        "accounts.User.username", "accounts.User.password", "accounts.User.email", "accounts.User.first_name",
        "accounts.User.last_name",
    },
    "whose party member is sent here": {"volunteers.Volunteer.employer"},
    "of programs and their offices": {
        "api.ApiClient.purpose", "api.EventType.title", "api.IdempotentRequest.key", "api.Platform.url", "api.Webhook.url",
    },
    "of files and columns": {"rosters.ImportRun.file_name", "rosters.ColumnMapping.title_key"},
}  # fmt: skip
LONG = 60  # characters; names and codes are shorter


def long_texts() -> set[str]:
    """Every plain column of ours that has room for a sentence."""
    ours = {
        "accounts",
        "buildings",
        "residents",
        "cadres",
        "duties",
        "visits",
        "volunteers",
        "rosters",
        "phone",
        "api",
    }
    return {
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models()
        if model._meta.app_label in ours and not model._meta.proxy
        for column in model._meta.local_concrete_fields
        if isinstance(column, models.CharField | models.TextField)
        and not column.choices
        and (column.max_length or LONG) >= LONG
    }


def test_it_works() -> None:
    """Written by the services, read by the lists, found in no table."""
    ours = community()
    held = Appointment.objects.get(place=ours.building, post=Post.BUILDING_HEAD)
    today = timezone.localdate()
    cover = cover_start(
        appointment=held, stand_in=Cadre.objects.filter(community=ours.place).exclude(pk=held.cadre_id)[0], from_on=today, until_on=today, reason=WORDS
    )  # fmt: skip
    keeper = user("keeper", role=Role.SECURITY_ADMIN, is_staff=True)
    now = timezone.now()
    until = now + timedelta(hours=3)
    EmergencyAccess.objects.create(
        user=keeper, place=ours.building, reason=WORDS, started_at=now, until_at=until
    )
    seen = visit(resident(ours.building, now=moment("2026-03-01T10:00")), "2026-03-02T10:00")
    visit_void(visit=seen, reason=WORDS, now=now)
    assert Cover.objects.get(pk=cover.pk).reason == WORDS
    assert Visit.objects.get(pk=seen.pk).void_reason == WORDS
    for table in ("cadres_cover", "buildings_emergencyaccess", "visits_visit"):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{WORDS}%"])
            assert cursor.fetchone() == (0,)
    assert sealed_under_old_keys() == {}
    PlaceGrant.objects.create(user=keeper, place=ours.place)
    for page in (list_url(EmergencyAccess), object_url(EmergencyAccess.objects.get())):
        assert WORDS in signed_in(keeper).get(page).content.decode()


def test_a_new_column_for_sentences_is_sealed_or_reviewed() -> None:
    assert long_texts() == set().union(*PLAIN.values())


def test_nobody_is_told_in_the_clear_why_an_entry_waits() -> None:
    assert {"message", "decision"} <= {
        column.name for column in Submission._meta.fields if type(column).__name__ == "SealedTextField"
    }
