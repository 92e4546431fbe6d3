"""What erasing a person means for messages, and how long messages and attempts are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from baibuting.common.keeping import ErasedPerson, Retention, RowErasure
from messaging.models import Attempt, Call, Dispatch, Message

KIND_OF_FAILURE = "the portal's own sentence about a failure, never what it was about"


def _messages(person: ErasedPerson) -> QuerySet[Any]:
    return Message.objects.filter(duty__in=person.of("duties.duty"))


def _dispatches(person: ErasedPerson) -> QuerySet[Any]:
    return Dispatch.objects.filter(message__in=person.of("messaging.message"))


def _calls(person: ErasedPerson) -> QuerySet[Any]:
    return Call.objects.filter(message__in=person.of("messaging.message"))


def _old_messages(before: datetime) -> QuerySet[Any]:
    owed = Dispatch.objects.filter(message=OuterRef("pk"), next_attempt_at__isnull=False)
    return Message.objects.filter(~Exists(owed), made_at__lt=before)


def _old_attempts(before: datetime) -> QuerySet[Any]:
    return Attempt.objects.filter(at__lt=before)


ERASURES = (
    RowErasure(
        "messaging.message", "消息", rows=_messages, keeps={"key": "the id of a notice, or a day; no words"}
    ),
    RowErasure("messaging.dispatch", "消息发送", rows=_dispatches, keeps={"last_failure": KIND_OF_FAILURE}),
    RowErasure("messaging.call", "电话告知", rows=_calls),
)
RETENTIONS = (
    Retention("messages", "messaging.message", "发出的消息", days=365, least=90, rows=_old_messages),
    Retention("message_attempts", "messaging.attempt", "发送记录", days=180, least=30, rows=_old_attempts),
)
