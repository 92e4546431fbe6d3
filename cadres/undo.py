"""Undoing cadres and appointments that an import has written; see docs/adr/0080."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from baibuting.common.days import local_day
from baibuting.common.pointing import columns_set
from baibuting.common.portal import RowUndo
from cadres.choices import AppointmentEnd, OrganisationKind
from cadres.models import Appointment, Cadre, PartyOrganisation
from cadres.services import appointment_end, cadre_change


def appointments_erase(*, appointment_ids: Collection[int]) -> None:
    """Erase appointments. Raises ProtectedError where other rows refer to one of them by now."""
    Appointment.objects.filter(pk__in=appointment_ids).delete()


@transaction.atomic
def appointments_end_mistaken(*, appointment_ids: Collection[int], now: datetime) -> None:
    """End as a mistake the appointments whose holder was notified of something, so that they cannot be erased."""
    today = local_day(now)
    for held in Appointment.objects.filter(pk__in=appointment_ids, ended_on=None).order_by("pk"):
        appointment_end(
            appointment=held, ended_on=max(today, held.started_on), end_reason=AppointmentEnd.MISTAKE
        )


@transaction.atomic
def appointment_restore(*, appointment_id: int, before: dict[str, Any]) -> None:
    """Restore the holder, the days and the reason that an appointment had before.

    Raises IntegrityError where another cadre holds the post by now.
    """
    held = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment_id)
    held.save(update_fields=columns_set(held, before))


def cadres_erase(*, cadre_ids: Collection[int]) -> None:
    """Erase cadres. Raises ProtectedError where other rows refer to one of them by now."""
    Cadre.objects.filter(pk__in=cadre_ids).delete()


@transaction.atomic
def cadre_restore(*, cadre_id: int, before: dict[str, Any]) -> None:
    """Restore the name, phone and membership that a cadre had before."""
    cadre = Cadre.objects.get(pk=cadre_id)
    columns_set(cadre, before)
    cadre_change(cadre=cadre)


def organisations_erase(*, organisation_ids: Collection[int]) -> None:
    """Erase organisations, the lowest first. Raises ProtectedError where other rows refer to one of them by now."""
    for part in organisations_from_below(set(organisation_ids)):
        PartyOrganisation.objects.filter(pk__in=part).delete()


def organisations_from_below(organisation_ids: set[int]) -> list[set[int]]:
    """Return organisations kind by kind, the lowest first: a superior is erased after those who report to it."""
    kinds: dict[str, set[int]] = defaultdict(set)
    rows = PartyOrganisation.objects.filter(pk__in=organisation_ids).values_list("kind", "pk")
    for kind, pk in rows.order_by():
        kinds[kind].add(pk)
    return [kinds[kind] for kind in reversed(OrganisationKind) if kind in kinds]


def coverage_erase(*, pks: Collection[int]) -> None:
    """Erase which places organisations cover, row by row of the relation."""
    PartyOrganisation.places.through.objects.filter(pk__in=pks).delete()


# appointments are undone in duties, which know whose holder was notified
UNDOES = (
    RowUndo(
        "cadres.cadre",
        40,
        "名",
        "骨干",
        erase=lambda pks, now: cadres_erase(cadre_ids=pks),
        restore=lambda pk, before, since, now: cadre_restore(cadre_id=pk, before=before),
    ),
    RowUndo(
        "cadres.partyorganisation",
        45,
        "个",
        "党组织",
        erase=lambda pks, now: organisations_erase(organisation_ids=pks),
        parts=organisations_from_below,
        restored="before",
    ),
    RowUndo(
        "cadres.partyorganisation_places",
        42,
        "处",
        "覆盖范围",
        erase=lambda pks, now: coverage_erase(pks=pks),
    ),
)
