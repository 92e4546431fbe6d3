"""Many people at once: households and residents found or created in a constant number of statements.

The same rules as residents.services, for rosters of thousands. Rows only; clocks are wound by visits.bulk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from baibuting.common.bulk import ids_take, rows_copy
from baibuting.common.crypto import every, found_by
from baibuting.common.fields import seal_value
from baibuting.common.names import pinyin_initials
from baibuting.common.tabular.report import Written
from buildings.models import Place
from buildings.scope import Scope
from residents.models import Household, Resident
from residents.rules import id_number_digest, phone_digest
from residents.services import resident_change

_RESIDENT_COLUMNS = (
    "id", "uid", "community_id", "household_id", "name", "name_initials", "gender", "born_on", "id_number",
    "id_number_digest", "phone", "phone_digest", "outside_address", "notes", "left_on", "created_at",
)  # fmt: skip
HouseholdKey = tuple[int, str, str]
"""(building id, entrance, room)"""


class PersonConflictError(Exception):
    """A person contradicts one that is registered. `column` is the field to blame, `message` a Chinese sentence."""

    def __init__(self, column: str, reason: str, message: str) -> None:
        super().__init__(reason)
        self.column, self.reason, self.message = column, reason, message


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What a roster says of a person; "" and None where it says nothing."""

    name: str
    home: HouseholdKey
    id_number: str = ""
    phone: str = ""
    gender: str = ""
    born_on: date | None = None
    outside_address: str = ""
    notes: str = ""
    id_digest: bytes | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id_digest", id_number_digest(self.id_number))


@dataclass(slots=True)
class Person:
    """A resident, registered or about to be. `moves_to` is set where a roster gives a registered one another flat."""

    pk: int
    name: str
    home: HouseholdKey
    id_digest: bytes | None
    phone_digest: bytes | None
    gender: str
    born_on: date | None
    facts: PersonFacts | None = None
    moves_to: HouseholdKey | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.facts is not None

    @property
    def is_changed(self) -> bool:
        return bool(self.changes or self.moves_to)


class People:
    """The residents a roster speaks of: those registered, and those it adds."""

    def __init__(
        self, community: Place, facts: Iterable[PersonFacts], scope: Scope = Scope.EVERYWHERE
    ) -> None:
        """Reads what is registered under these ID numbers and in these flats; three queries, four for a part."""
        self.community = community
        places = Place.objects.within(scope).filter(community=community)
        self._inside = None if scope.everywhere else set(places.values_list("pk", flat=True))
        facts = list(facts)
        self.households: dict[HouseholdKey, int] = {}
        self.by_digest: dict[bytes, Person] = {}
        self.by_home: dict[tuple[HouseholdKey, str], list[Person]] = {}
        self.added: list[Person] = []
        self.known: dict[int, Person] = {}
        homes = {one.home for one in facts}
        self._load_households(homes)
        digests = {digest for one in facts for digest in every(one.id_digest)}
        residents = Resident.objects.filter(community=community)
        self._load(residents.filter(id_number_digest__in=digests))
        self._load(
            residents.filter(
                household__in=[self.households[home] for home in homes if home in self.households]
            )
        )
        self._fresh_ids: Iterator[int] = iter(())
        self.journal: list[Written] = []

    def _load_households(self, homes: set[HouseholdKey]) -> None:
        found = Household.objects.filter(building__in={building_id for building_id, _, _ in homes})
        rows = found.values_list("pk", "building_id", "entrance", "room")
        for pk, building_id, entrance, room in rows.iterator():
            home = (building_id, entrance, room)
            if home in homes:
                self.households[home] = pk

    def _load(self, residents: Any) -> None:
        columns = (
            "pk", "name", "household__building_id", "household__entrance", "household__room",
            "id_number_digest", "phone_digest", "gender", "born_on",
        )  # fmt: skip
        for pk, name, building_id, entrance, room, id_digest, phone, gender, born_on in residents.values_list(
            *columns
        ):
            if pk not in self.known:
                self._take(
                    Person(
                        pk, name, (building_id, entrance, room),
                        bytes(id_digest) if id_digest else None, bytes(phone) if phone else None, gender, born_on,
                    )
                )  # fmt: skip

    def _take(self, person: Person) -> None:
        self.known[person.pk] = person
        if person.id_digest:
            self.by_digest[person.id_digest] = person
        self.by_home.setdefault((person.home, person.name), []).append(person)

    def find_or_add(self, facts: PersonFacts) -> Person:
        """The person of a row: by ID number, else by name in the same flat, else a new one.

        Raises PersonConflictError where the row contradicts what is registered.
        """
        digest = facts.id_digest
        person = found_by(self.by_digest, digest)
        if person is not None and person.name != facts.name:
            raise PersonConflictError(
                "id_number",
                "id number taken",
                "本社区已有同一身份证号、姓名不同的居民，请核对是哪一位填错了。",
            )
        if person is None:
            person = self._same_flat(facts)
        if person is None:
            return self._add(facts)
        if self._inside is not None and person.home[0] not in self._inside:
            raise PersonConflictError(
                "id_number",
                "out of scope",
                "这位居民登记在您的工作范围之外，请联系社区管理员办理迁入。",
            )
        self._note_changes(person, facts)
        return person

    def _same_flat(self, facts: PersonFacts) -> Person | None:
        """Somebody of that name in the flat. A different ID number makes it somebody else."""
        digest = facts.id_digest
        same = self.by_home.get((facts.home, facts.name), [])
        return next(
            (person for person in same if not digest or person.id_digest in (None, *every(digest))), None
        )

    def _add(self, facts: PersonFacts) -> Person:
        person = Person(
            self._next_id(),
            facts.name,
            facts.home,
            facts.id_digest,
            phone_digest(facts.phone),
            facts.gender,
            facts.born_on,
            facts,
        )
        self.added.append(person)
        self._take(person)
        return person

    def _next_id(self) -> int:
        """New ids, taken from the sequence by the hundred."""
        pk = next(self._fresh_ids, None)
        if pk is None:
            self._fresh_ids = iter(ids_take(Resident, 500))
            pk = next(self._fresh_ids)
        return pk

    def _note_changes(self, person: Person, facts: PersonFacts) -> None:
        """What a row says differently of somebody known. A blank cell changes nothing."""
        given = {"gender": facts.gender, "born_on": facts.born_on}
        changes: dict[str, Any] = {
            name: value for name, value in given.items() if value and value != getattr(person, name)
        }
        if facts.phone and person.phone_digest not in every(phone_digest(facts.phone)):
            changes["phone"] = facts.phone
        if facts.id_digest and person.id_digest is None:
            changes["id_number"] = facts.id_number
        if person.is_new:
            return  # two rows of one file speak of the same new person: the first one counts
        person.changes |= changes
        if facts.home != person.home:
            person.moves_to = facts.home

    def write(self, now: datetime) -> None:
        """Create what is new and change what is different; moves are left to the caller (`moves_to`)."""
        self._write_households()
        rows_copy(Resident, _RESIDENT_COLUMNS, (self._columns(person, now) for person in self.added))
        changed = [person for person in self.known.values() if person.changes]
        residents = Resident.objects.in_bulk([person.pk for person in changed])
        self.journal += [Written("residents.resident", person.pk) for person in self.added]
        for person in changed:
            resident = residents[person.pk]
            before = {name: getattr(resident, name) for name in person.changes}
            self.journal.append(Written("residents.resident", person.pk, before))
            resident_change(resident=residents[person.pk], **person.changes)

    def _write_households(self) -> None:
        wanted = [person.home for person in self.added]
        wanted += [person.moves_to for person in self.known.values() if person.moves_to]
        missing = [home for home in dict.fromkeys(wanted) if home not in self.households]
        for home, pk in zip(missing, ids_take(Household, len(missing)), strict=True):
            self.households[home] = pk
            self.journal.append(Written("residents.household", pk))
        rows_copy(
            Household,
            ("id", "building_id", "entrance", "room"),
            ((self.households[home], *home) for home in missing),
        )

    def _columns(self, person: Person, now: datetime) -> Sequence[Any]:
        facts = person.facts
        if facts is None:
            raise ValueError("only new people are inserted")
        uid = uuid4()
        return (
            person.pk, uid, self.community.pk, self.households[person.home], person.name, pinyin_initials(person.name),
            facts.gender, facts.born_on, _sealed("id_number", uid, facts.id_number), person.id_digest,
            _sealed("phone", uid, facts.phone), person.phone_digest,
            _sealed("outside_address", uid, facts.outside_address), _sealed("notes", uid, facts.notes), None, now,
        )  # fmt: skip


def _sealed(field_name: str, uid: UUID, text: str) -> bytes:
    return seal_value(Resident, field_name, uid, text)
