"""What people write about people is sealed; tests/common/test_plain_text.py looks for columns somebody adds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
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


def test_one_broken_value_does_not_take_the_page_away() -> None:
    """As an older program on the new schema leaves it: bytes in the clear where sealed ones belong."""
    ours, now = community(staffed=False), timezone.now()
    keeper = user("keeper", role=Role.SECURITY_ADMIN, is_staff=True)
    PlaceGrant.objects.create(user=keeper, place=ours.place)
    for words in (WORDS, "救火"):
        EmergencyAccess.objects.create(
            user=keeper, place=ours.building, reason=words, started_at=now, until_at=now + timedelta(hours=3)
        )
    broken = EmergencyAccess.objects.order_by("pk")[0]
    EmergencyAccess.objects.filter(pk=broken.pk).update(reason=WORDS.encode())
    page = signed_in(keeper).get(list_url(EmergencyAccess)).content.decode()
    assert "无法读取" in page
    assert "救火" in page
    assert WORDS not in page
    assert signed_in(keeper).get(object_url(broken)).status_code == 200


def test_nobody_is_told_in_the_clear_why_an_entry_waits() -> None:
    assert {"message", "decision"} <= {
        column.name for column in Submission._meta.fields if type(column).__name__ == "SealedTextField"
    }
