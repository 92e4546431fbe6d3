"""Reconciling the posts of a community with a roster, as of the dates it states.

A stated date counts: a later one hands over on that day, a future one waits for its day, an older one displaces no
holder. Where no date is stated the roster is taken as of today, with a warning. What an older roster would change is
done only where the clerk has ticked `Correction.HOLDERS`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from baibuting.common.names import normalise_name
from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.report import Correction, Counts, ImportReport
from buildings.models import Place
from cadres.choices import SHARED_POSTS
from cadres.importers.journal import Journal
from cadres.importers.lines import PostLine, PostLines
from cadres.importers.reading import PostEntry
from cadres.models import Appointment, Cadre
from cadres.services import (
    appointment_change,
    appointment_reassign,
    appointment_start,
    cadre_change,
    cadre_create,
)
from cadres.succession import appointment_correct, appointment_take_over, appointment_vacate

POSTS, PEOPLE = "个职务", "人"
_TICK = "确要按这份花名册更正，请勾选“更正任职”后再导入。"


class RosterWriter:
    """Reconciles appointments through the services; every change is reported and noted in the journal."""

    def __init__(
        self, community: Place, report: ImportReport, today: date, corrections: Collection[str] = ()
    ) -> None:
        self.community, self.report, self.today = community, report, today
        self.corrects = Correction.HOLDERS in corrections
        self.lines = PostLines(community)
        self.journal = Journal(report)
        self.same_row: dict[str, Cadre] = {}

    def write_row(self, given: RowInput, entries: list[PostEntry]) -> bool:
        """Write the posts of a row; a refusal of one leaves the others. Return whether any of the row was accepted."""
        self.same_row.clear()
        taken = False
        for entry in entries:
            refused = len(given.problems)
            self._try(given, entry)
            if len(given.problems) == refused and (entry.name or entry.says_vacant):
                taken = True
                if entry.warning:
                    given.warn(entry.name_key, "remark", entry.warning)
        return taken or not given.problems

    def _try(self, given: RowInput, entry: PostEntry) -> None:
        line = self.lines.of(entry.place, entry.post, entry.organisation)
        try:
            with transaction.atomic(), self.journal.following(line, entry):
                self._write(entry, line)
        except ValidationError as error:
            self.same_row.clear()
            given.refuse(entry.name_key, "refused", "；".join(error.messages))

    def _write(self, entry: PostEntry, line: PostLine) -> None:
        if not entry.name:
            self._vacate(entry, line)
        elif entry.post in SHARED_POSTS:
            self._join(entry, line)
        elif entry.started_on is not None:
            self._settle(entry, line, entry.started_on)
        else:
            self._settle_undated(entry, line)

    # --- with a date

    def _settle(self, entry: PostEntry, line: PostLine, started_on: date) -> None:
        """Reconcile a post with a row that states the first day of its holder."""
        holder, newest = line.on(self.today), line.begun(self.today)
        there = line.on(started_on)
        if there is not None and _is(there, entry) and there in (holder, *line.coming(self.today)):
            self._refresh(there, entry)
            self._compare_start(there, entry, started_on)
        elif holder is not None and _is(holder, entry) and started_on < holder.started_on:
            self._begin_earlier(holder, entry, line, started_on)
        elif newest is not None and started_on <= newest.started_on:
            self._old(entry, line, started_on, _older(started_on, newest.started_on))
        elif newest is not None and newest.ended_on and started_on <= newest.ended_on < self.today:
            self._old(entry, line, started_on, _over(started_on, newest.ended_on))
        elif there is not None and there.started_on == started_on:
            entry.given.refuse(
                entry.date_key,
                "held",
                f"{started_on:%Y-%m-%d} 起的任职已登记为别人，没有改动。请核对；登记有误请在“任职”里改正。",
            )
        else:
            self._take_over(entry, line, started_on)

    def _compare_start(self, there: Appointment, entry: PostEntry, started_on: date) -> None:
        if started_on != there.started_on:
            self._warn_of_start(there, entry, started_on, "需要改动请在“任职”里办理。")

    def _begin_earlier(self, holder: Appointment, entry: PostEntry, line: PostLine, started_on: date) -> None:
        """Move the holder's first day back to that of the row, only where that is ticked."""
        self.report.note_correctable(Correction.HOLDERS)
        if self.corrects and not line.between(started_on, holder.started_on):
            self._freshen(holder, entry)
            appointment_change(appointment=holder, started_on=started_on)
            self._count(updated=1)
            self._told(entry, entry.start_key, f"{holder.started_on:%Y-%m-%d}", f"{started_on:%Y-%m-%d}")
        else:
            self._refresh(holder, entry)
            self._warn_of_start(holder, entry, started_on, _TICK)

    def _warn_of_start(self, there: Appointment, entry: PostEntry, started_on: date, what: str) -> None:
        entry.given.warn(
            entry.start_key,
            "other start",
            f"花名册写的任职日期 {started_on:%Y-%m-%d} 与登记的 {there.started_on:%Y-%m-%d} 不同，没有改动登记的日期。{what}",
        )

    def _take_over(self, entry: PostEntry, line: PostLine, started_on: date) -> None:
        """Give the post to this person from the stated day, past, today or future."""
        before = line.on(started_on)
        appointment_take_over(
            cadre=self._cadre(entry, line),
            post=entry.post,
            place=entry.place,
            started_on=started_on,
            organisation=entry.organisation,
        )
        self._count(created=before is None, updated=before is not None)
        if before is not None:
            self._told(entry, entry.name_key, before.cadre.name, f"{entry.name}（{started_on:%Y-%m-%d} 起）")

    # --- without one

    def _settle_undated(self, entry: PostEntry, line: PostLine) -> None:
        """Reconcile a post with a row that states no date: it is taken as of today, unless it is plainly older."""
        holder, newest = line.on(self.today), line.begun(self.today)
        next_one = next((one for one in line.coming(self.today) if _is(one, entry)), None)
        if holder is not None and _is(holder, entry):
            self._refresh(holder, entry)
        elif next_one is not None:
            entry.given.refuse(
                entry.name_key,
                "not yet",
                f"这个人已定于 {next_one.started_on:%Y-%m-%d} 接任，到那天自动生效；要提前接任，请写明任职日期。",
            )
        elif newest is not None and entry.period and entry.period.last < newest.started_on:
            self._old(entry, line, self.today, _older(entry.period.last, newest.started_on))
        elif former := line.former(entry.name, self.today):
            self._old(entry, line, self.today, _formerly(former))
        elif holder is not None:
            self._replace(entry, line, holder)
        else:
            self._appoint(entry, line)

    def _replace(self, entry: PostEntry, line: PostLine, holder: Appointment) -> None:
        """Replace the holder: handed over today, or corrected where the appointment was entered as of today."""
        cadre = self._cadre(entry, line)
        if holder.started_on == self.today and holder.ended_on is None:
            appointment_reassign(appointment=holder, to_cadre=cadre)
        else:
            appointment_take_over(
                cadre=cadre,
                post=entry.post,
                place=entry.place,
                started_on=self.today,
                organisation=entry.organisation,
            )
        self._count(updated=1)
        self._told(entry, entry.name_key, holder.cadre.name, entry.name)
        entry.given.warn(
            entry.name_key,
            "no date",
            "花名册没有写任职日期，已按今天起换人登记。请核对现任和新任；如果这是旧花名册，请不要导入。",
        )

    def _appoint(self, entry: PostEntry, line: PostLine) -> None:
        """Fill a vacant post from the roster's first day, or today if that is in the future or the post was held then."""
        first = entry.period.first if entry.period else self.today
        newest = line.begun(self.today)
        is_free = newest is None or (newest.ended_on is not None and newest.ended_on < first)
        appointment_take_over(
            cadre=self._cadre(entry, line),
            post=entry.post,
            place=entry.place,
            started_on=first if is_free and first <= self.today else self.today,
            organisation=entry.organisation,
        )
        self._count(created=1)

    # --- what an older roster says

    def _old(self, entry: PostEntry, line: PostLine, started_on: date, sentence: str) -> None:
        """Change the holder by an older roster, only where the clerk has ticked that it is right."""
        self.report.note_correctable(Correction.HOLDERS)
        if not self.corrects:
            entry.given.refuse(entry.date_key, "older roster", f"{sentence}，没有换人。{_TICK}")
            return
        holder = line.on(self.today)
        if not entry.name and holder is not None:
            self._leave(entry, holder)
            return
        appointment_correct(
            cadre=self._cadre(entry, line),
            post=entry.post,
            place=entry.place,
            started_on=started_on,
            today=self.today,
            organisation=entry.organisation,
        )
        self._count(updated=1)
        self._told(entry, entry.name_key, holder.cadre.name if holder else "空缺", entry.name)

    # --- vacancies

    def _vacate(self, entry: PostEntry, line: PostLine) -> None:
        holder = line.on(self.today)
        said_on = entry.started_on or (entry.period.last if entry.period else None)
        if holder is None:
            self.report.vacant += 1
        elif entry.says_vacant and said_on is not None and said_on < holder.started_on:
            self._old(entry, line, self.today, _older(said_on, holder.started_on))
        elif entry.says_vacant:
            self._leave(entry, holder)

    def _leave(self, entry: PostEntry, holder: Appointment) -> None:
        appointment_vacate(appointment=holder, ended_on=self.today)
        self.report.vacant += 1
        self._count(updated=1)
        self._told(entry, entry.name_key, holder.cadre.name, "空缺")

    # --- posts that several share

    def _join(self, entry: PostEntry, line: PostLine) -> None:
        """Add one of those who share a post; one who left after the stated day is brought back only if ticked."""
        started_on = entry.started_on or self.today
        here = next((one for one in line.open_on(self.today) if _is(one, entry)), None)
        former = line.former(entry.name, self.today)
        if here is not None:
            self._refresh(here, entry)
        elif (
            former is not None
            and former.ended_on
            and (entry.started_on is None or started_on <= former.ended_on)
            and not self.corrects
        ):
            self.report.note_correctable(Correction.HOLDERS)
            entry.given.refuse(entry.date_key, "older roster", f"{_formerly(former)}，没有再登记。{_TICK}")
        else:
            if former is not None and former.ended_on and started_on <= former.ended_on:
                started_on = former.ended_on + timedelta(days=1)
            appointment_start(
                cadre=self._cadre(entry, line), post=entry.post, place=entry.place, started_on=started_on
            )
            self._count(created=1)

    # --- the person

    def _refresh(self, appointment: Appointment, entry: PostEntry) -> None:
        """Keep the holder, and update their details from the row."""
        changed = self._freshen(appointment, entry)
        self._count(updated=int(changed), unchanged=int(not changed))

    def _freshen(self, appointment: Appointment, entry: PostEntry) -> bool:
        cadre, changes = appointment.cadre, dict[str, object]()
        if entry.phone and entry.phone != cadre.phone:
            changes["phone"] = entry.phone
            self._told(entry, entry.phone_key, cadre.phone, entry.phone)
        if entry.is_party_member and not cadre.is_party_member:
            changes["is_party_member"] = True
            self._told(entry, "is_party_member", "", "党员")
        if changes:
            self.journal.person(cadre, changes)
            self.lines.renew(cadre_change(cadre=cadre, **changes))
            self._people().updated += 1
        return bool(changes)

    def _cadre(self, entry: PostEntry, line: PostLine) -> Cadre:
        """Return the cadre of that name and phone, a new one if unknown; without a phone, one of the row or post."""
        name = normalise_name(entry.name)
        known = self.same_row.get(name) or line.person(name, entry.phone)
        if known is None:
            known = Cadre.known_by_phone(community=self.community, name=name, phone=entry.phone)
        if known is None:
            known = cadre_create(
                community=self.community,
                name=name,
                phone=entry.phone,
                is_party_member=entry.is_party_member,
            )
            self.report.note_created("cadres.cadre", known.pk)
            self._people().created += 1
        self.same_row[name] = known
        return known

    # --- what is reported

    def _count(self, *, created: int = 0, updated: int = 0, unchanged: int = 0) -> None:
        self.report.count(POSTS, created=created, updated=updated, unchanged=unchanged)

    def _people(self) -> Counts:
        """Return the counts of people, beside the totals, which count posts alone."""
        return self.report.units.setdefault(PEOPLE, Counts())

    def _told(self, entry: PostEntry, key: str, old: str, new: str) -> None:
        self.report.changes.append(entry.given.change(key, entry.subject, old, new))


def _is(appointment: Appointment, entry: PostEntry) -> bool:
    return appointment.cadre.name == normalise_name(entry.name)


def _older(said_on: date, since: date) -> str:
    return f"花名册的日期 {said_on:%Y-%m-%d} 不晚于登记的任职日期 {since:%Y-%m-%d}，像是旧花名册"


def _over(said_on: date, ended_on: date) -> str:
    return f"花名册写的任职日期是 {said_on:%Y-%m-%d}，但这个职务的上一次任职登记到 {ended_on:%Y-%m-%d}，像是旧花名册"


def _formerly(former: Appointment) -> str:
    return f"这个人任此职务到 {former.ended_on:%Y-%m-%d} 为止，已登记离任，像是旧花名册"
