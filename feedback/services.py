"""Every write of opinions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from buildings.models import Place
from feedback.choices import State
from feedback.models import Opinion


@transaction.atomic
def opinion_write(
    *, uid: UUID, community: Place, text: str, page: str, writer: User, now: datetime
) -> Opinion:
    """Keep an opinion; sent twice by a second tap, it is kept once. Raises ValidationError for an empty one."""
    if not text.strip():
        raise ValidationError({"text": "请写几个字再发送。"})
    known = Opinion.objects.unscoped("sent twice").filter(uid=uid, writer=writer).first()
    if known is not None:
        return known
    opinion = Opinion(
        uid=uid, community=community, text=text.strip(), page=page, writer=writer, written_at=now
    )
    opinion.save()
    return opinion


@transaction.atomic
def opinion_see(*, opinion: Opinion) -> Opinion:
    """Put down that the office has read an opinion. Raises ValidationError where it has been."""
    row = _locked(opinion)
    if row.state != State.NEW:
        raise ValidationError("这一条已经看过了。")
    row.state = State.SEEN
    row.save(update_fields=["state"])
    return row


@transaction.atomic
def opinion_answer(*, opinion: Opinion, answer: str, by: User, now: datetime) -> Opinion:
    """Answer an opinion; its writer reads the answer where the opinion was written. A later answer replaces it.

    Raises ValidationError for an empty answer.
    """
    if not answer.strip():
        raise ValidationError({"answer": "请写下答复，提出人会看到。"})
    row = _locked(opinion)
    row.state, row.answer, row.answered_by, row.answered_at = State.ANSWERED, answer.strip(), by, now
    row.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    return row


def _locked(opinion: Opinion) -> Opinion:
    return Opinion.objects.unscoped("in hand").select_for_update(of=("self",)).get(pk=opinion.pk)
