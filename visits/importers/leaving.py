"""People of a roster who have died or moved away: noted while rows are read, recorded before its records are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from baibuting.common.tabular.importing import Intake, RowInput
from residents.bulk import Person
from residents.choices import LeftReason
from residents.models import Resident
from visits.bulk.care import CareBook, Gone, Step
from visits.importers.fates import Leaving
from visits.services import resident_leave


class LeavingBook:
    """The people who leave by a roster, and since when."""

    def __init__(self, intake: Intake, book: CareBook) -> None:
        self.intake, self.book = intake, book
        self.registered = dict(book.gone)
        self.said: dict[int, Gone] = {}
        self.due: dict[int, tuple[RowInput, Person, Leaving]] = {}

    def note(self, given: RowInput, person: Person | None, leaving: Leaving | None) -> bool:
        """Note what a row says. Return False where it contradicts a stored value or another row, and is refused."""
        if person is None or leaving is None:
            return True
        sentence = self._contradiction(person, leaving)
        if sentence:
            self.intake.reject(given, leaving.key, "leaving", sentence)
            return False
        if leaving.is_end and leaving.reason is LeftReason.MOVED:
            return True  # an old period may have ended so; they may have come back since
        earlier = self.said.get(person.pk)
        if earlier is None or leaving.day < earlier.on:
            self.said[person.pk] = Gone(leaving.day, leaving.reason)
        return True

    def _contradiction(self, person: Person, leaving: Leaving) -> str:
        """Return what contradicts it; "" for nothing."""
        what = f"{leaving.day:%Y-%m-%d} {leaving.reason.label}"
        if person.born_on and leaving.day < person.born_on:
            return f"这一行写的是 {what}，早于此人的出生日期，请核对。"
        if leaving.is_end and (leaving.reason is LeftReason.MOVED or person.pk in self.registered):
            return ""  # its record is compared with the others by itself
        later = [start for start in self.book.open_since(person.pk) if start > leaving.day]
        if later:
            return f"这一行写的是 {what}，此人另有 {later[0]:%Y-%m-%d} 起的在册记录，请核对日期，或先更正那条记录。"
        others = () if leaving.is_end else (self.registered.get(person.pk), self.said.get(person.pk))
        for other in others:
            if (
                other is not None
                and other.reason != LeftReason.UNSTATED
                and other != Gone(leaving.day, leaving.reason)
            ):
                words = f"{other.on:%Y-%m-%d} {LeftReason(other.reason).label}"
                return f"这一行写的是 {what}，此人另有登记：{words}，请核对哪一个对。"
        return ""

    def tell_book(self) -> None:
        """Make the book refuse, from here on, rows that would begin a record of these people."""
        for pk, gone in self.said.items():
            self.book.gone.setdefault(pk, gone)

    def follow(
        self, given: RowInput, person: Person | None, leaving: Leaving | None, steps: Sequence[Step]
    ) -> None:
        """Note, after a row's records were applied, whether the person leaves by it.

        An end of one record counts as leaving only where the row adds that end; for moving away, moreover, only where
        it ends what ran and nothing has begun since.
        """
        if person is None or leaving is None or self._is_old_news(person, leaving, steps):
            return
        self.due[person.pk] = (given, person, leaving)

    def _is_old_news(self, person: Person, leaving: Leaving, steps: Sequence[Step]) -> bool:
        registered = self.registered.get(person.pk)
        if not leaving.is_end:
            return registered == Gone(leaving.day, leaving.reason)
        if registered is not None and registered.reason != LeftReason.UNSTATED:
            return True
        if leaving.reason is LeftReason.MOVED:
            has_begun_since = any(start > leaving.day for start in self.book.open_since(person.pk))
            return has_begun_since or not any(step.kind == "end" for step in steps)
        return not any(step.says_something_new for step in steps)

    def write(self, now: datetime, user: User | None) -> None:
        """Record that they left; the book is notified of the records that this ends."""
        residents = Resident.objects.unscoped("people whom the import has found in its community").in_bulk(
            list(self.due)
        )
        for pk, (given, person, leaving) in self.due.items():
            resident = residents[pk]
            before = {"left_on": resident.left_on, "left_reason": resident.left_reason}
            ended = resident_leave(
                resident=resident, left_on=leaving.day, reason=leaving.reason, now=now, user=user
            )
            for record in ended:
                self.book.note_ended(record)
            new = f"{leaving.day:%Y-%m-%d} {leaving.reason.label}"
            self.intake.report.changes.append(given.change(leaving.key, person.name, "", new))
            self.intake.report.note_changed("residents.resident", pk, before)
