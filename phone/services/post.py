"""What a post's holder may settle alone: leave, coming back, handing over. Each writes an audit row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from cadres.models import Appointment, Cadre, Cover
from cadres.services import appointment_hand_over, cover_cancel, cover_end, cover_start


@transaction.atomic
def leave_begin(
    *,
    appointment: Appointment,
    stand_in: Cadre,
    from_on: date,
    until_on: date,
    reason: str,
    by: User,
    now: datetime,
) -> Cover:
    """Begin a cover, from today at the earliest. Raises ValidationError as `cover_start` does."""
    cover = cover_start(
        appointment=appointment,
        stand_in=stand_in,
        from_on=max(from_on, local_day(now)),
        until_on=until_on,
        reason=reason,
    )
    _audit(appointment, ["covers"], by, now)
    return cover


@transaction.atomic
def leave_end(*, cover: Cover, by: User, now: datetime) -> date | None:
    """End a cover and return its last day: yesterday, or its first day where it began today.

    A cover that has not begun is cancelled: None.
    """
    today, until_on = local_day(now), None
    if cover.from_on > today:
        cover_cancel(cover=cover, today=today)
    else:
        until_on = max(cover.from_on, today - timedelta(days=1))
        cover_end(cover=cover, until_on=until_on)
    _audit(cover.appointment, ["covers"], by, now)
    return until_on


@transaction.atomic
def post_hand_over(*, appointment: Appointment, to_cadre: Cadre, on: date, by: User, now: datetime) -> None:
    """Hand the post over, from tomorrow at the earliest. Raises ValidationError as `appointment_hand_over` does."""
    if on <= local_day(now):
        raise ValidationError({"on": "请选明天或以后的日期，今天还由您负责。"})
    appointment_hand_over(appointment=appointment, to_cadre=to_cadre, on=on)
    _audit(appointment, ["cadre", "ended_on"], by, now)


def _audit(appointment: Appointment, fields: Sequence[str], by: User, now: datetime) -> None:
    audit_event_record(
        now=now,
        user=by,
        action=Action.CHANGE,
        object_type=Appointment._meta.label_lower,
        object_id=str(appointment.pk),
        community_id=appointment.place.community_id,
        fields=fields,
    )
