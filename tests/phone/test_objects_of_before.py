"""Entries of before `object_type` keep what came of them, forwards and back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from phone.models import Submission
from residents.models import CareRecord
from tests.factories import Community
from tests.migrating import migrate
from tests.phone.entries import made, send, visit_of
from visits.models import Arrival, Incident, Visit

pytestmark = pytest.mark.django_db


def rows() -> list[Any]:
    return list(Submission.objects.order_by("pk").values_list("pk", "kind", "object_type", "object_id"))


def test_it_works(home: Community, record: CareRecord, head: Client) -> None:
    send(head, visit_of(record.resident))
    send(head, made("incident", building=str(home.building.pk), incident_kind="discontent"))
    incident = Incident.objects.get()
    send(head, made("arrival", incident=str(incident.pk)))
    send(head, visit_of(record.resident, method="nonsense"))
    before = rows()
    assert [row[2:] for row in before] == [
        ("visits.visit", Visit.objects.get().pk),
        ("visits.incident", incident.pk),
        ("visits.arrival", Arrival.objects.get().pk),
        ("", None),
    ]
    migrate(("phone", "0006_digest_last_attempt"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT visit_id, incident_id, arrival_id FROM phone_submission ORDER BY id")
        former = cursor.fetchall()
    assert former == [
        (before[0][3], None, None), (None, incident.pk, None), (None, incident.pk, before[2][3]), (None, None, None),
    ]  # fmt: skip
    migrate(("phone", "0007_entry_objects"))
    assert rows() == before


def test_half_a_name_is_refused(home: Community, record: CareRecord, head: Client) -> None:
    send(head, visit_of(record.resident))
    for half in ({"object_type": ""}, {"object_id": None}):
        with pytest.raises(IntegrityError, match="phone_submission_object_whole"), transaction.atomic():
            Submission.objects.update(**half)
