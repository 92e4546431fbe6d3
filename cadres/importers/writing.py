"""Brings the posts of a community in line with what a roster says."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from baibuting.common.crypto import every
from baibuting.common.names import normalise_name
from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.report import ImportReport
from buildings.models import Place
from cadres.choices import AppointmentEnd, Post
from cadres.importers.reading import PostEntry
from cadres.models import Appointment, Cadre
from cadres.rules import phone_digest
from cadres.services import (
    appointment_end,
    appointment_hand_over,
    appointment_reassign,
    appointment_start,
    cadre_change,
    cadre_create,
)


class RosterWriter:
    """Brings appointments in line through the services."""

    def __init__(self, community: Place, report: ImportReport, today: date) -> None:
        self.community, self.report, self.today = community, report, today
        open_ones = Appointment.objects.filter(
            place__community=community, organisation=None, ended_on=None
        ).select_related("cadre", "place")
        self.holders: dict[tuple[int, str], list[Appointment]] = {}
        for appointment in open_ones:
            self.holders.setdefault((appointment.place_id, appointment.post), []).append(appointment)

    def write_row(self, given: RowInput, entries: list[PostEntry]) -> bool:
        """Write what a row says; a refusal of one post leaves the others. Returns whether the row was taken."""
        taken = not given.problems
        for entry in entries:
            try:
                with transaction.atomic():
                    self._write(entry)
                taken = True
            except CellError as error:
                given.refuse(entry.name_key, error.reason, error.message)
            except ValidationError as error:
                given.refuse(entry.name_key, "refused", "；".join(error.messages))
        return taken

    def _write(self, entry: PostEntry) -> None:
        held = self.holders.get((entry.place.pk, entry.post), [])
        same = next((one for one in held if _is_same(one.cadre, entry)), None)
        if not entry.name:
            self._vacate(entry, held)
        elif same is not None:
            self._refresh(same, entry)
        elif held and entry.post != Post.GRID_WORKER:
            self._replace(held[0], entry)
        else:
            self._appoint(entry)

    def _vacate(self, entry: PostEntry, held: list[Appointment]) -> None:
        if not held:
            self.report.vacant += 1
        elif entry.says_vacant:
            for appointment in held:
                self._note(appointment, "ended_on", "end_reason")
                appointment_end(
                    appointment=appointment,
                    ended_on=max(self.today, appointment.started_on),
                    end_reason=AppointmentEnd.OTHER,
                )
                self.report.updated += 1
            self.holders.pop((entry.place.pk, entry.post))
            self.report.vacant += 1

    def _refresh(self, appointment: Appointment, entry: PostEntry) -> None:
        changes: dict[str, object] = {}
        if entry.phone and entry.phone != appointment.cadre.phone:
            changes["phone"] = entry.phone
        if entry.is_party_member and not appointment.cadre.is_party_member:
            changes["is_party_member"] = True
        if changes:
            before = {name: getattr(appointment.cadre, name) for name in changes}
            self.report.note_changed("cadres.cadre", appointment.cadre_id, before)
            cadre_change(cadre=appointment.cadre, **changes)
            self.report.updated += 1
        else:
            self.report.unchanged += 1

    def _replace(self, appointment: Appointment, entry: PostEntry) -> None:
        """Somebody else holds it now: handed over today, or put right where the mistake was made today."""
        cadre = self._cadre(entry)
        if self.today > appointment.started_on:
            self._note(appointment, "ended_on", "end_reason")
            new = appointment_hand_over(appointment=appointment, to_cadre=cadre, on=self.today)
            self.report.note_created("cadres.appointment", new.pk)
        else:
            self._note(appointment, "cadre_id")
            new = appointment_reassign(appointment=appointment, to_cadre=cadre)
        self._remember(new, entry)
        self.report.updated += 1

    def _appoint(self, entry: PostEntry) -> None:
        started_on = entry.started_on or self.today
        new = appointment_start(
            cadre=self._cadre(entry),
            post=entry.post,
            place=entry.place,
            started_on=self._free_from(entry, started_on),
        )
        self.report.note_created("cadres.appointment", new.pk)
        self._remember(new, entry)
        self.report.created += 1

    def _free_from(self, entry: PostEntry, started_on: date) -> date:
        """A year's roster may begin before the last holder left: the new one starts the day after him."""
        last = (
            Appointment.objects.filter(
                place=entry.place, post=entry.post, organisation=None, ended_on__gte=started_on
            )
            .order_by("-ended_on")
            .first()
        )
        return self.today if last is not None and last.ended_on is not None else started_on

    def _remember(self, appointment: Appointment, entry: PostEntry) -> None:
        self.holders[entry.place.pk, entry.post] = [appointment]

    def _cadre(self, entry: PostEntry) -> Cadre:
        """The registered cadre of that name and phone; a missing phone never identifies anybody."""
        digest = phone_digest(entry.phone)
        namesakes = Cadre.objects.filter(community=self.community, name=entry.name)
        known = namesakes.filter(phone_digest__in=every(digest)).first()
        if known is not None:
            return known
        made = cadre_create(
            community=self.community,
            name=entry.name,
            phone=entry.phone,
            is_party_member=entry.is_party_member,
        )
        self.report.note_created("cadres.cadre", made.pk)
        return made

    def _note(self, appointment: Appointment, *columns: str) -> None:
        before = {name: getattr(appointment, name) for name in columns}
        self.report.note_changed("cadres.appointment", appointment.pk, before)


def _is_same(cadre: Cadre, entry: PostEntry) -> bool:
    return cadre.name == normalise_name(entry.name)
