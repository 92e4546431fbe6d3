"""Photos that belong to entries."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.revealing import reveal_note
from baibuting.common.pictures import redrawn
from phone.models import Photo, Submission
from phone.rules import MOST_PHOTOS, entry_kinds
from phone.services.locks import uid_lock

LOOK = "查看走访照片"  # the reason recorded in the audit trail


class UnknownEntryError(Exception):
    """The photo's entry is not there yet, or is another sender's: the phone tries again later."""


@transaction.atomic
def photo_take(
    *, uid: UUID, entry_uid: UUID, sent_hash: str, data: bytes, sender: User, now: datetime
) -> Photo:
    """Keep a photo of an entry that the sender has sent; sent twice, it is kept once.

    Raises UnknownEntryError; ValueError where the bytes do not match `sent_hash` (cut off on the way); and
    ValidationError for what can never be accepted.
    """
    uid_lock(uid=uid)
    known = Photo.objects.select_related("submission").filter(uid=uid).first()
    if known is not None:
        if known.submission.sender_id != sender.pk or known.sent_hash != sent_hash:
            raise ValidationError("这张照片的编号已用过，没有保存。请重新选择照片再发。")
        return known
    submission = Submission.objects.filter(sender=sender, entry_uid=entry_uid).order_by("pk").first()
    if submission is None:
        raise UnknownEntryError
    if hashlib.sha256(data).hexdigest() != sent_hash:
        raise ValueError("cut off on the way")
    if submission.photos.count() >= MOST_PHOTOS:
        raise ValidationError(f"一次走访最多附 {MOST_PHOTOS} 张照片，这一张没有保存。")
    photo = Photo(uid=uid, submission=submission, sent_hash=sent_hash, received_at=now)
    photo.seal(redrawn(data))
    photo.save()
    _hand_on(submission, data, now)
    return photo


def _hand_on(submission: Submission, data: bytes, now: datetime) -> None:
    """Give the photo to the kind of its entry, where that keeps photos with the row it has led to."""
    kind = entry_kinds().get(submission.kind)
    row = submission.made() if kind and kind.photo else None
    if kind and kind.photo and row is not None:
        kind.photo(row=row, data=data, now=now)


@transaction.atomic
def photo_look(*, photo: Photo, user: User, now: datetime) -> bytes:
    """Return the JPEG and record the disclosure on its visit, among those of the person.

    Nothing is recorded where the viewer sent the photo. Raises ValidationError as `sealed_reveal`.
    """
    if photo.submission.sender_id != user.pk:
        row = photo.submission.made() or photo.submission
        reveal_note(row=row, fields=["photo"], reason=LOOK, user=user, now=now)
    return photo.content()
