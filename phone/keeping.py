"""What erasing a person means for entries and photos from phones, and how long these are kept."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import uuid5

from django.db.models import Q, QuerySet

from baibuting.common.fields import is_unreadable
from baibuting.common.keeping import ERASED, ErasedPerson, Retention, RowErasure
from phone.choices import WAITING, State
from phone.models import Digest, Photo, Submission
from visits.models import Visit

VISIT_ROW = "visits.visit"


def _submissions(person: ErasedPerson) -> QuerySet[Any]:
    """Return the entries that became one of their visits, and those that wait and name them."""
    every = Submission.objects.unscoped("whose rows are erased")
    visits = Visit.objects.unscoped("whose rows are erased").filter(pk__in=person.of(VISIT_ROW))
    moments, uids = (
        set(visits.values_list("received_at", flat=True)),
        set(visits.values_list("uid", flat=True)),
    )
    own = every.filter(object_type=VISIT_ROW, object_id__in=person.of(VISIT_ROW))
    # one entry is a visit to a whole household: it names the first one's visit, which gives the others' uids
    of_households = every.filter(
        Q(received_at__in=moments) | Q(decided_at__in=moments), object_type=VISIT_ROW
    )
    firsts = Visit.objects.unscoped("whose rows are erased").in_bulk(
        of_households.values_list("object_id", flat=True)
    )
    shared = [
        pk
        for pk, visit_id in of_households.values_list("pk", "object_id")
        if visit_id in firsts and any(uuid5(firsts[visit_id].uid, str(key)) in uids for key in person.keys)
    ]
    waiting = every.filter(state__in=WAITING, place__community=person.community_id)
    naming = [row.pk for row in waiting if person.keys & set(_named(row))]
    return every.filter(Q(pk__in=own.values("pk")) | Q(pk__in=[*shared, *naming]))


def _named(row: Submission) -> list[int]:
    """Return the keys of the residents that a waiting entry names."""
    if not row.payload or is_unreadable(row.payload):
        return []
    said = json.loads(row.payload).get("fields", {}).get("resident", [])
    return [int(one) for one in (said if isinstance(said, list) else [said]) if str(one).isdecimal()]


def _submissions_settle(rows: QuerySet[Any], person: ErasedPerson) -> None:
    """Take the person out of waiting entries; an entry about nobody else is not to be entered any more."""
    for row in rows.filter(state__in=WAITING).select_for_update(of=("self",)):
        others = [str(key) for key in _named(row) if key not in person.keys]
        if others:
            entry = json.loads(row.payload)
            entry["fields"]["resident"] = others
            row.payload = json.dumps(entry)
        else:
            row.payload, row.state, row.decided_at = "", State.DROPPED, person.at
        row.save(update_fields=["payload", "state", "decided_at"])


def _photos(person: ErasedPerson) -> QuerySet[Any]:
    return Photo.objects.unscoped("whose rows are erased").filter(
        submission__in=person.of("phone.submission")
    )


def _decided(before: datetime) -> QuerySet[Any]:
    old = Submission.objects.unscoped("words past keeping").filter(decided_at__lt=before)
    return old.exclude(state__in=WAITING).exclude(Q(message=b"") & Q(decision=b""))


def _words_empty(pks: Collection[int]) -> None:
    """Empty what was written about entries; the row stays, so that a phone's second copy finds it."""
    Submission.objects.unscoped("words past keeping").filter(pk__in=pks).update(message=b"", decision=b"")


def _old_photos(before: datetime) -> QuerySet[Any]:
    return Photo.objects.unscoped("photos past keeping").filter(received_at__lt=before)


def _old_digests(before: datetime) -> QuerySet[Any]:
    return Digest.objects.filter(made_at__lt=before)


ERASURES = (
    RowErasure(
        "phone.submission",
        "手机提交",
        rows=_submissions,
        change=_submissions_settle,
        becomes={"message": ERASED, "decision": ERASED},
        keeps={
            "hash": "a digest by which a phone knows that its entry has come",
            "payload": "kept while an entry waits that is about others too; otherwise gone",
            "object_type": "the name of a model",
        },
    ),
    RowErasure("phone.photo", "走访照片", rows=_photos, deletes=True),
)
RETENTIONS = (
    Retention("photos", "phone.photo", "走访照片", days=3 * 365, least=180, rows=_old_photos),
    Retention(
        "entry_words",
        "phone.submission",
        "已处理的手机提交的说明",
        days=365,
        least=90,
        rows=_decided,
        remove=_words_empty,
    ),
    Retention("digests", "phone.digest", "每日提要", days=90, least=30, rows=_old_digests),
)
