"""Succession in a post: an appointment set between those before and after it, so that every day has its holder.

`services` handles the present holder; here a post is a line of appointments, past, present and future.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from buildings.models import Place
from cadres.choices import AppointmentEnd
from cadres.models import Appointment, Cadre, PartyOrganisation
from cadres.selectors import in_seat
from cadres.services import appointment_start, covers_cut

_DAY = timedelta(days=1)


def post_line(place: Place, post: str, organisation: PartyOrganisation | None = None) -> list[Appointment]:
    """Return all appointments to a post, the earliest first: of the place, or of an organisation's secretary."""
    line = Appointment.objects.filter(in_seat(place, post, organisation)).select_related("cadre")
    return list(line.order_by("started_on", "pk"))


def holder_among(line: list[Appointment], on: date) -> Appointment | None:
    """Return the appointment in force on a day among a post's, both end days included; None for none."""
    return next((one for one in reversed(line) if one.span.holds(one, on)), None)


@transaction.atomic
def appointment_take_over(
    *,
    cadre: Cadre,
    post: str,
    place: Place,
    started_on: date,
    organisation: PartyOrganisation | None = None,
) -> Appointment:
    """Appoint a cadre from a day on, past, present or future.

    The holder of that day ends the day before; one who is to follow later still does. Raises ValidationError where
    another cadre begins on that very day, or where post and place do not fit.
    """
    place = _locked(place)
    line = post_line(place, post, organisation)
    if any(one.started_on == started_on for one in line):
        raise ValidationError({"started_on": f"{started_on:%Y-%m-%d} 起已登记别人任职，请先核对是谁。"})
    before = holder_among(line, started_on)
    if before is not None:
        _end(before, started_on - _DAY)
    until = _day_before_next(line, started_on)
    new = appointment_start(
        cadre=cadre,
        post=post,
        place=place,
        started_on=started_on,
        organisation=organisation,
        ended_on=until,
    )
    if until is not None:
        new.end_reason = AppointmentEnd.REPLACED
        new.save(update_fields=["end_reason"])
    return new


@transaction.atomic
def appointment_correct(
    *,
    cadre: Cadre,
    post: str,
    place: Place,
    started_on: date,
    today: date,
    organisation: PartyOrganisation | None = None,
) -> None:
    """Correct who holds a post: from a past day until today it was, and is, this cadre alone.

    Appointments that began since are put in the cadre's name, not deleted: rows that refer to them stay. The holder of
    that day ends the day before; one who is to follow in future still does.
    """
    place = _locked(place)
    line = post_line(place, post, organisation)
    until = _day_before_next(line, max(started_on, today))
    before = holder_among([one for one in line if one.started_on < started_on], started_on)
    if before is not None and before.cadre_id != cadre.pk:
        _end(before, started_on - _DAY)
        before = None
    wrong = [one for one in line if started_on <= one.started_on <= today]
    if wrong:
        if before is None:
            wrong[0].started_on = started_on
        _rename(wrong, cadre, until)
    elif before is not None:
        _save_end(before, until)
    else:
        made = appointment_start(
            cadre=cadre,
            post=post,
            place=place,
            started_on=started_on,
            organisation=organisation,
            ended_on=until,
        )
        _save_end(made, until)


@transaction.atomic
def appointment_vacate(*, appointment: Appointment, ended_on: date) -> Appointment:
    """Vacate a post after a day, also where a later last day had been arranged already."""
    appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    if ended_on < appointment.started_on or (appointment.ended_on and appointment.ended_on < ended_on):
        raise ValidationError({"ended_on": "离任日期应在任职期内，请核对。"})
    _end(appointment, ended_on, AppointmentEnd.OTHER)
    return appointment


def _locked(place: Place) -> Place:
    return Place.objects.select_for_update(of=("self",)).get(pk=place.pk)


def _day_before_next(line: list[Appointment], day: date) -> date | None:
    """Return the last day before the next appointment after a day; None where there is none."""
    later = next((one.started_on for one in line if one.started_on > day), None)
    return later - _DAY if later else None


def _end(appointment: Appointment, ended_on: date, reason: AppointmentEnd = AppointmentEnd.REPLACED) -> None:
    appointment.ended_on, appointment.end_reason = ended_on, reason
    appointment.save(update_fields=["ended_on", "end_reason"])
    covers_cut(appointment=appointment)


def _save_end(appointment: Appointment, until: date | None) -> None:
    """Set or clear the last day of an appointment; `until` is the day before the next."""
    appointment.ended_on, appointment.end_reason = until, AppointmentEnd.REPLACED if until else ""
    appointment.save(update_fields=["cadre", "started_on", "ended_on", "end_reason"])


def _rename(wrong: list[Appointment], cadre: Cadre, until: date | None) -> None:
    """Put appointments in a cadre's name, each up to the next without a gap, the last up to `until`."""
    ends = [one.started_on - _DAY for one in wrong[1:]]
    for appointment, end in zip(wrong, [*ends, until], strict=True):
        appointment.cadre = cadre
        _save_end(appointment, end)
