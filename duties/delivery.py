"""E-mails for events: one per recipient and run, sent at least once, every attempt recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from baibuting.common.bulk import rows_update
from baibuting.common.mailing import MailServer
from baibuting.common.owed import attempt_begin, attempt_settle, owed_send
from duties.kinds import kind_of, noun_for
from duties.models import Duty, NoticeDelivery

BATCH = 200  # notices in one mail


def notices_deliver(*, now: datetime, read_clock: Callable[[], datetime], batch: int = BATCH) -> int:
    """Send what is owed by `now`, for less than a minute. Return how many notices were sent.

    A notice is marked sent only after the mail server took it: a crash in between sends it again, never loses it.
    Holders without an address have the in-app notice alone.
    """
    return owed_send(_Notices(batch), now=now, read_clock=read_clock)


class _Notices:
    """All notices that one cadre is owed, as one mail."""

    def __init__(self, batch: int) -> None:
        self._batch = batch
        self._server = MailServer()

    def claim(self, *, now: datetime) -> list[NoticeDelivery] | None:
        while not self._server.is_away:
            with transaction.atomic():
                notices = _next_owed(now, self._batch)
                if not notices:
                    return None
                if _address(notices):
                    attempt_begin(notices, now=now)
                    return notices
                _set_aside(notices)
        return None

    def send(self, message: list[NoticeDelivery], *, now: datetime) -> str:
        noun = noun_for(kind_of(notice.event.duty) for notice in message)
        subject = f"{len(_matters(message))} 件{noun}责任请您过问"
        return self._server.send(subject=subject, text=_text(message), to=_address(message))

    def settle(self, message: list[NoticeDelivery], *, failure: str, now: datetime) -> int:
        return attempt_settle(message, failure=failure, now=now)


def _next_owed(now: datetime, batch: int) -> list[NoticeDelivery]:
    """Lock and return what is owed to the cadre who has waited longest; empty where nothing is owed.

    The cadre's row is locked before the notices: two workers at once never split them over two mails. Cadres whose
    notices another worker holds, or claimed a moment ago, are passed over.
    """
    owed = NoticeDelivery.objects.filter(sent_at=None, next_attempt_at__lte=now)
    passed_over: list[int] = []
    while (cadre_id := _lock_cadre(owed.exclude(cadre__in=passed_over))) is not None:
        his = owed.filter(cadre=cadre_id).select_for_update(skip_locked=True, of=("self",))
        notices = list(
            his.select_related("cadre__user", "event__duty__place", "event__duty__care_record").order_by(
                "pk"
            )[:batch]
        )
        if notices:
            return notices
        passed_over.append(cadre_id)
    return []


def _lock_cadre(owed: QuerySet[NoticeDelivery]) -> int | None:
    first = (
        owed.select_for_update(skip_locked=True, of=("cadre",), no_key=True)
        .select_related("cadre")
        .order_by("next_attempt_at", "pk")
        .first()
    )
    return None if first is None else first.cadre_id


def _address(notices: Sequence[NoticeDelivery]) -> str:
    """Return the recipient's address; "" without an account in use or an address."""
    user: User | None = notices[0].cadre.user
    return user.email if user is not None and user.is_active else ""


def _set_aside(notices: Sequence[NoticeDelivery]) -> None:
    for notice in notices:
        notice.next_attempt_at = None
        notice.last_failure = "没有可用的邮箱"
    rows_update(notices, ["next_attempt_at", "last_failure"])


def _matters(deliveries: Sequence[NoticeDelivery]) -> list[list[Duty]]:
    """Return the duties of a mail by person, for what is owed to one person is one line; others stand alone."""
    found: dict[int, dict[int, Duty]] = {}
    for delivery in deliveries:
        duty = delivery.event.duty
        person = duty.care_record.resident_id if duty.care_record else -duty.pk
        found.setdefault(person, {})[duty.pk] = duty
    return [list(duties.values()) for duties in found.values()]


def _text(deliveries: Sequence[NoticeDelivery]) -> str:
    """Return places and dates only: no resident's name, category or number ever goes into a mail."""
    lines = []
    for duties in _matters(deliveries):
        more = f"，共 {len(duties)} 项" if len(duties) > 1 else ""
        due_on = min(duty.due_on for duty in duties)
        lines.append(f"{duties[0].place}：应于 {due_on:%Y-%m-%d} 前办理{more}")
    where = f"打开 {settings.PUBLIC_URL}/notices/ " if settings.PUBLIC_URL else "登录系统"
    return f"您好，下列责任需要您过问，请{where}查看详情：\n\n" + "\n".join(lines) + "\n"
