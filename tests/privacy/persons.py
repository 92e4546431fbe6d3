"""People under care of the privacy tests, each with something in every column."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from buildings.models import Place
from cadres.models import Cadre
from residents.choices import LeftReason
from residents.models import Household, Resident, ResidentMerge
from residents.services import resident_create
from tests.duties.steps import visit
from tests.factories import category, moment
from visits.services import care_record_start, resident_leave, residents_merge, visit_void

if TYPE_CHECKING:
    from tests.privacy.world import Family

NOW = moment("2026-03-11T09:00")
EARLIER = moment("2026-03-01T09:00")


def flat_of(building: Place, entrance: str, room: str) -> Household:
    """Past the service, which takes no such words for a room: here they are found again wherever they are shown."""
    return Household.objects.create(building=building, entrance=entrance, room=room)


def gone_from(family: Family) -> Resident:
    """Somebody who has moved away, with a name, a number and a note of his own."""
    words = family.words
    person = resident_create(
        household=family.add(flat_of(family.place, words.text(""), words.text("旧室"))),
        name=words.name(),
        now=EARLIER,
        phone=words.new_phone(),
        notes=words.text("备注"),
    )
    family.add(person)
    resident_leave(resident=person, left_on=EARLIER.date(), reason=LeftReason.MOVED, now=EARLIER, user=None)
    person.refresh_from_db()
    return person


def person_of(family: Family, code: str, visitor: Cadre) -> Resident:
    words = family.words
    household = family.add(flat_of(family.place, words.text(""), words.text("室")))
    person = resident_create(
        household=household,
        name=words.name(),
        now=EARLIER,
        id_number=words.new_id_number(),
        phone=words.new_phone(),
        outside_address=f"武汉市江岸区{words.text('路')}",
        notes=words.text("备注"),
        gender="female",
        born_on=date(1956, 1, 5),
    )
    family.add(person)
    if ResidentMerge not in family.rows:
        double = resident_create(
            household=household,
            name=person.name,
            now=EARLIER,
            document_kind="passport",
            document_number=words.text("证件"),
        )
        family.add(residents_merge(kept=person, gone=double, now=NOW, user=None))
        person.refresh_from_db()
    family.add(
        care_record_start(
            resident=person,
            category=category(code),
            started_on=EARLIER.date(),
            now=EARLIER,
            notes=words.text("病情"),
        )
    )
    if code == "laid_off":
        return person  # nobody has ever seen him
    texts: dict[str, Any] = {"notes": words.text("情况"), "request": words.text("诉求")}
    family.add(visit(person, "2026-03-02T10:00", visitor=visitor, visitor_name="", **texts))
    mistaken = visit(person, "2026-03-03T10:00", visitor_name=words.name(), **texts)
    family.add(visit_void(visit=mistaken, reason=words.text("记错"), now=NOW))
    return person
