"""A family's rows that came from phones."""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from baibuting.common.crypto import seal_bytes
from cadres.models import Cadre
from phone.choices import State as EntryState
from phone.models import Photo, Submission
from phone.services import digest_plan_set
from residents.models import Resident
from tests.privacy.words import FAR
from visits.models import Visit

if TYPE_CHECKING:
    from tests.privacy.world import Family


def from_phones(family: Family, now: datetime) -> None:
    """What came from a phone and waits, what was taken with a photo, and the digest's time."""
    words, person = family.words, family.rows[Resident][0]
    shared: dict[str, Any] = {
        "kind": "visit",
        "sender": family.rows[Cadre][0].user,
        "place": family.place,
        "made_at": now,
        "received_at": now,
    }
    payload = {"uid": str(uuid4()), "kind": "visit", "made_at": now.isoformat()}
    payload |= {"fields": {"resident": str(person.pk), "notes": words.text("情况")}}
    waiting = Submission.objects.create(
        **shared,
        entry_uid=uuid4(),
        hash="0" * 64,
        state=EntryState.QUARANTINED,
        payload=json.dumps(payload),
        message=words.text("原因"),
    )
    taken = Submission.objects.create(
        **shared,
        entry_uid=uuid4(),
        hash="1" * 64,
        state=EntryState.STORED,
        object_type="visits.visit",
        object_id=family.rows[Visit][0].pk,
    )
    dropped = Submission.objects.create(
        **shared, entry_uid=uuid4(), hash="3" * 64, state=EntryState.DROPPED, decision=words.text("重复")
    )
    uid = uuid4()
    sealed = seal_bytes(words.text("照片").encode(), bound_to=f"phone.photo.sealed|{uid}")
    photo = Photo.objects.create(
        uid=uid, submission=taken, sent_hash="2" * 64, sealed=sealed, received_at=now
    )
    family.add(waiting)
    family.add(taken)
    family.add(dropped)
    family.add(photo)
    if words is FAR:
        family.add(digest_plan_set(community=family.community.place, at=time(7), is_on=True))
