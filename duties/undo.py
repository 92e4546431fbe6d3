"""Erasing duties that notified nobody; others are withdrawn instead (`duties.services`)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Model, Q, QuerySet

from baibuting.common.pointing import rows_pointing
from baibuting.common.portal import RowUndo
from cadres.models import Appointment
from cadres.undo import appointment_restore, appointments_end_mistaken, appointments_erase
from duties.choices import Outcome
from duties.models import Duty, DutyClock, DutyEvent, NoticeDelivery

# What a duty carries about itself. Any other row that refers to one means it was notified or acted on.
_OWN = (DutyEvent, NoticeDelivery)
# An escalation is on a cadre's page from the moment it is written; a reminder has reached the visitor once it was
# opened or a message was sent.
_TOLD = Q(rung__gt=0, told_cadre__isnull=False) | Q(seen__isnull=False) | Q(deliveries__sent_at__isnull=False)


def duties_told(duty_ids: Collection[int]) -> set[int]:
    """Return those of the duties that were notified or acted on."""
    events = DutyEvent.objects.filter(_TOLD, duty__in=duty_ids)
    told = set(events.order_by().values_list("duty_id", flat=True))
    for model, pairs in rows_pointing(Duty, duty_ids):
        if model not in _OWN:
            told |= {duty_id for _, duty_id in pairs}
    return told


def clocks_erase(*, clocks: Collection[DutyClock]) -> None:
    """Erase clocks with their duties. The caller holds their locks and has checked that none was notified."""
    _duties_erase(Duty.objects.filter(clock__in=clocks))
    DutyClock.objects.filter(pk__in=[clock.pk for clock in clocks]).delete()


def rounds_forget(*, clocks: Collection[DutyClock], since: datetime) -> None:
    """Erase the withdrawn rounds of clocks that were opened from a moment on and notified nobody.

    They owed their existence to facts that have been undone.
    """
    withdrawn = Duty.objects.filter(clock__in=clocks, outcome=Outcome.CANCELLED, created_at__gte=since)
    ids = set(withdrawn.values_list("pk", flat=True))
    _duties_erase(Duty.objects.filter(pk__in=ids - duties_told(ids)))


def _duties_erase(duties: QuerySet[Duty]) -> None:
    ids = list(duties.values_list("pk", flat=True))
    NoticeDelivery.objects.filter(event__duty__in=ids).delete()
    DutyEvent.objects.filter(duty__in=ids).delete()
    Duty.objects.filter(pk__in=ids).delete()


def clocks_along(clocks: QuerySet[DutyClock]) -> dict[type[Model], set[int]]:
    """Return by model the rows created and deleted with some clocks: themselves, their duties, events and deliveries."""
    duties = Duty.objects.filter(clock__in=clocks)
    events = DutyEvent.objects.filter(duty__in=duties)
    deliveries = NoticeDelivery.objects.filter(event__in=events)
    return {
        DutyClock: set(clocks.values_list("pk", flat=True)),
        Duty: set(duties.values_list("pk", flat=True)),
        DutyEvent: set(events.values_list("pk", flat=True)),
        NoticeDelivery: set(deliveries.values_list("pk", flat=True)),
    }


# what an importer may have noted of rows with a clock, and which is deleted with them
OF_CLOCKS = frozenset({"duties.dutyclock", "duties.duty", "duties.dutyevent", "duties.noticedelivery"})


def appointments_told(appointment_ids: Collection[int]) -> set[int]:
    """Return the appointments whose holder was ever notified in that post."""
    return {
        held.pk
        for held in Appointment.objects.filter(pk__in=appointment_ids)
        if DutyEvent.objects.filter(told_cadre=held.cadre_id, told_post=held.post).exists()
    }


UNDOES = (
    RowUndo(
        "cadres.appointment",
        30,
        "个",
        "任职",
        erase=lambda pks, now: appointments_erase(appointment_ids=pks),
        restore=lambda pk, before, since, now: appointment_restore(appointment_id=pk, before=before),
        end=lambda pks, now: appointments_end_mistaken(appointment_ids=pks, now=now),
        told=appointments_told,
    ),
)
