"""Bulk writes: households and residents found or created in a constant number of statements.

The same rules as residents.services, for rosters of thousands. Rows only; visits.bulk reconciles the duties.
residents.identity decides who is the same person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from baibuting.common.bulk import ids_take, rows_copy
from baibuting.common.crypto import digest_candidates
from baibuting.common.fields import seal_value
from baibuting.common.names import pinyin_initials
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.values import parse_phone
from buildings.addresses import flat_is_coarser
from buildings.models import Place
from buildings.scope import Scope
from residents.identity import (
    HouseholdKey,
    Key,
    Person,
    PersonConflictError,
    PersonFacts,
    Register,
)
from residents.models import Household, Resident
from residents.services import resident_change

__all__ = ["HouseholdKey", "Match", "People", "Person", "PersonConflictError", "PersonFacts"]

_RESIDENT_COLUMNS = (
    "id", "uid", "community_id", "household_id", "name", "name_initials", "gender", "born_on", "id_number",
    "id_number_digest", "document_kind", "document_number", "document_digest", "phone", "phone_digest",
    "outside_address", "notes", "left_on", "created_at",
)  # fmt: skip
_TEXTS = ("document_kind", "document_number", "outside_address", "notes")
_FILLED = (
    "id_number",
    "phone",
    "gender",
    "born_on",
    *_TEXTS,
)  # columns a second row may fill in for a new person


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning about an accepted row, at the column of a field."""

    column: str
    reason: str
    message: str


@dataclass(slots=True)
class Match:
    """The result of a row: the person, the key that identified them (None: a new one), and the changes."""

    person: Person
    key: Key | None
    changes: dict[str, Any] = field(default_factory=dict)
    moved_from: HouseholdKey | None = None
    remarks: list[Remark] = field(default_factory=list)


class People:
    """The residents in a roster: those registered, and those it adds."""

    def __init__(
        self, community: Place, facts: Iterable[PersonFacts], scope: Scope = Scope.EVERYWHERE
    ) -> None:
        """Read who is registered under these numbers and names.

        Three queries, one more each for a part of the community and for rosters with remarks or documents.
        """
        self.community = community
        places = Place.objects.within(scope).filter(community=community)
        self._inside = None if scope.everywhere else set(places.values_list("pk", flat=True))
        self.register = Register(self._inside)
        facts = list(facts)
        self.households: dict[HouseholdKey, int] = {}
        self.new_households: list[HouseholdKey] = []
        self.added: list[Person] = []
        self.before: dict[int, dict[str, Any]] = {}
        self._stored: dict[int, Resident] = {}
        self._load_households({one.home for one in facts})
        self._load_people(facts)
        self._fresh_ids: Iterator[int] = iter(())

    @property
    def known(self) -> dict[int, Person]:
        """Return all people by primary key."""
        return self.register.known

    def _load_households(self, homes: set[HouseholdKey]) -> None:
        found = Household.objects.filter(building__in={building_id for building_id, _, _ in homes})
        rows = found.values_list("pk", "building_id", "entrance", "room")
        for pk, building_id, entrance, room in rows.iterator():
            home = (building_id, entrance, room)
            if home in homes:
                self.households[home] = pk

    def _load_people(self, facts: Sequence[PersonFacts]) -> None:
        residents = Resident.objects.unscoped("an import reads the whole community").filter(
            community=self.community, erased_at=None
        )
        ids = {digest for one in facts for digest in digest_candidates(one.id_digest)}
        documents = {digest for one in facts for digest in digest_candidates(one.document_digest)}
        self._load(residents.filter(id_number_digest__in=ids))
        if documents:
            self._load(residents.filter(document_digest__in=documents))
        self._load(residents.filter(name__in={one.name for one in facts}))
        if any(one.notes or one.outside_address or one.document_number for one in facts):
            self._stored = residents.only("uid", "phone", *_TEXTS).in_bulk(list(self.known))

    def _load(self, residents: Any) -> None:
        columns = (
            "pk", "name", "household__building_id", "household__entrance", "household__room",
            "id_number_digest", "phone_digest", "gender", "born_on", "document_digest", "left_on",
        )  # fmt: skip
        for pk, name, *home, id_digest, phone, gender, born_on, document, left_on in residents.order_by(
            "pk"
        ).values_list(*columns):
            if pk not in self.known:
                digests = [bytes(digest) if digest else None for digest in (id_digest, phone, document)]
                self.register.take(
                    Person(
                        pk, name, (home[0], home[1], home[2]), digests[0], digests[1], gender, born_on, digests[2],
                        left_on,
                    )
                )  # fmt: skip

    def find_or_add(self, facts: PersonFacts) -> Person:
        """Return the person of a row; see `enter`."""
        return self.enter(facts).person

    def enter(self, facts: PersonFacts) -> Match:
        """Return the person of a row, registered or new, with what the row changes.

        Raises PersonConflictError where the row contradicts what is registered or an earlier row of the file.
        """
        found = self.register.find(facts)
        if found is None:
            return self._add(facts)
        person, key = found
        if self._inside is not None and person.home[0] not in self._inside:
            raise PersonConflictError(
                "id_number",
                "out of scope",
                "这位居民登记在您的工作范围之外，请联系社区管理员办理迁入。",
            )
        match = Match(person, key)
        if person.is_new:
            self._fill(person, facts)
        else:
            self._compare(match, facts)
        return match

    def _add(self, facts: PersonFacts) -> Match:
        person = Person(
            self._next_id(), facts.name, facts.home, facts.id_digest, facts.phone_digest, facts.gender,
            facts.born_on, facts.document_digest, facts=facts, said_home=facts.home,
        )  # fmt: skip
        match = Match(person, None)
        if self.register.namesake_born_the_same_day(facts):
            match.remarks.append(
                Remark(
                    "id_number",
                    "namesake",
                    "本社区已有同名、同一天出生而身份证号不同的居民，已按两个人登记，请核对身份证号。",
                )
            )
        self.added.append(person)
        self.register.take(person)
        return match

    def _next_id(self) -> int:
        """Return a new id; they are taken from the sequence by the hundred."""
        pk = next(self._fresh_ids, None)
        if pk is None:
            self._fresh_ids = iter(ids_take(Resident, 500))
            pk = next(self._fresh_ids)
        return pk

    def _fill(self, person: Person, facts: PersonFacts) -> None:
        """Fill in blanks of a new person from a second row of the file; the first row's values stay."""
        if person.facts is None:
            raise ValueError("only new people are filled in")
        home = self._home_of(person, facts)
        missing = {
            name: value
            for name in _FILLED
            if (value := getattr(facts, name)) and not getattr(person.facts, name)
        }
        if person.facts.document_number and "document_kind" in missing:
            del missing["document_kind"]
        if missing or home != person.home:
            person.facts = replace(person.facts, home=home, **missing)
            person.home = home
        self._learn(person, person.facts)

    def _learn(self, person: Person, facts: PersonFacts) -> None:
        """Keep what identifies a person, so that later rows find them by it."""
        person.id_digest = person.id_digest or facts.id_digest
        person.document_digest = person.document_digest or facts.document_digest
        person.phone_digest = person.phone_digest or facts.phone_digest
        person.gender = person.gender or facts.gender
        person.born_on = person.born_on or facts.born_on
        self.register.take(person)

    def _home_of(self, person: Person, facts: PersonFacts) -> HouseholdKey:
        """Return a person's home by all rows of the file. Raises PersonConflictError for two flats in one file."""
        said = person.said_home
        if said is None or flat_is_coarser(said, facts.home):
            person.said_home = said = facts.home
        elif said != facts.home and not flat_is_coarser(facts.home, said):
            raise PersonConflictError(
                "address",
                "two homes",
                "这份名册前面已有这个人，住址不同，请核对哪一处是对的；这一行没有采用。",
            )
        # an address less specific than the registered one is no move
        return person.home if flat_is_coarser(said, person.home) else said

    def _compare(self, match: Match, facts: PersonFacts) -> None:
        """Add to the match what a row changes of a registered person. A blank cell changes nothing."""
        person = match.person
        home = self._home_of(person, facts)
        changes = self._changes(person, facts)
        if person.left_on and (changes or home != person.home):
            raise PersonConflictError(
                "name",
                "has left",
                "这位居民已登记离开（搬离或去世）。如已搬回或登记有误，请先在居民页面更正离开日期，再导入。",
            )
        match.changes = {name: value for name, value in changes.items() if person.changes.get(name) != value}
        person.changes |= changes
        if home != person.lives_in:
            match.moved_from = person.home
            person.moves_to = home
            self._remark_on_move(match, home)
        if facts.gender and person.gender and facts.gender != person.gender:
            match.remarks.append(
                Remark(
                    "gender",
                    "gender differs",
                    "性别与本社区已登记的不符，登记的没有改动，请核对哪一处是对的。",
                )
            )
        if match.key is Key.BUILDING:
            match.remarks.append(
                Remark("address", "recognised", "住址没有写到室，按同一楼栋的同名居民认作同一人，请核对。")
            )
        self._learn(person, facts)

    def _remark_on_move(self, match: Match, home: HouseholdKey) -> None:
        """Warn where a person identified without a number is in another flat: moved, or another person."""
        if match.key in (Key.BIRTHDAY, Key.PHONE) and not flat_is_coarser(match.person.home, home):
            match.remarks.append(
                Remark("address", "move", f"按{match.key}认作同一人，住址不同，已按迁居处理，请核对。")
            )

    def _changes(self, person: Person, facts: PersonFacts) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if facts.id_digest and person.id_digest is None:
            changes["id_number"] = facts.id_number
        if facts.gender and not person.gender:
            changes["gender"] = facts.gender
        if facts.born_on and not person.born_on and (facts.birthday_is_said or "id_number" in changes):
            changes["born_on"] = facts.born_on
        if self._has_another_phone(person, facts):
            changes["phone"] = facts.phone
        if facts.document_number and not _says_the_same(
            self._texts_of(person), facts, ("document_kind", "document_number")
        ):
            changes |= {"document_kind": facts.document_kind, "document_number": facts.document_number}
        for name in ("outside_address", "notes"):
            if getattr(facts, name) and not _says_the_same(self._texts_of(person), facts, (name,)):
                changes[name] = getattr(facts, name)
        return changes

    def _has_another_phone(self, person: Person, facts: PersonFacts) -> bool:
        if not facts.phone or person.phone_digest in digest_candidates(facts.phone_digest):
            return False
        return _phone_as_read(self._texts_of(person).phone) != facts.phone

    def _texts_of(self, person: Person) -> Resident:
        """Return a registered person's row with sealed columns; read one by one only where a phone has changed."""
        if person.pk not in self._stored:
            self._stored[person.pk] = (
                Resident.objects.unscoped("an import reads the whole community")
                .only("uid", "phone", *_TEXTS)
                .get(pk=person.pk)
            )
        return self._stored[person.pk]

    def keep_added(self, pks: Collection[int]) -> None:
        """Keep only these of the new people: a row that is refused in the end registers no one."""
        self.added = [person for person in self.added if person.pk in pks]

    def write(self, now: datetime) -> None:
        """Create new rows and update changed ones; moves are left to the caller (`moves_to`)."""
        self._write_households()
        rows_copy(Resident, _RESIDENT_COLUMNS, (self._columns(person, now) for person in self.added))
        changed = [person for person in self.known.values() if person.changes]
        residents = Resident.objects.unscoped("an import reads the whole community").in_bulk(
            [person.pk for person in changed]
        )
        for person in changed:
            resident = residents[person.pk]
            self.before[person.pk] = {name: getattr(resident, name) for name in person.changes}
            resident_change(resident=resident, **person.changes)

    def _write_households(self) -> None:
        wanted = [person.home for person in self.added]
        wanted += [person.moves_to for person in self.known.values() if person.moves_to]
        missing = [home for home in dict.fromkeys(wanted) if home not in self.households]
        for home, pk in zip(missing, ids_take(Household, len(missing)), strict=True):
            self.households[home] = pk
        rows_copy(
            Household,
            ("id", "building_id", "entrance", "room"),
            ((self.households[home], *home) for home in missing),
        )
        self.new_households += missing

    def _columns(self, person: Person, now: datetime) -> Sequence[Any]:
        facts = person.facts
        if facts is None:
            raise ValueError("only new people are inserted")
        uid = uuid4()
        return (
            person.pk, uid, self.community.pk, self.households[person.home], person.name, pinyin_initials(person.name),
            facts.gender, facts.born_on, _sealed("id_number", uid, facts.id_number), person.id_digest,
            facts.document_kind, _sealed("document_number", uid, facts.document_number), facts.document_digest,
            _sealed("phone", uid, facts.phone), person.phone_digest,
            _sealed("outside_address", uid, facts.outside_address), _sealed("notes", uid, facts.notes), None, now,
        )  # fmt: skip


def _sealed(field_name: str, uid: UUID, text: str) -> bytes:
    return seal_value(Resident, field_name, uid, text)


def _phone_as_read(stored: str) -> str:
    """Return a stored phone as the import would read it: one typed into a form may have other separators."""
    try:
        return parse_phone(str(stored))
    except CellError:
        return str(stored)


def _says_the_same(resident: Resident, facts: PersonFacts, names: Sequence[str]) -> bool:
    """Return whether these columns equal the row's, but for white space, which spreadsheets change."""
    return all(
        "".join(getattr(resident, name).split()) == "".join(getattr(facts, name).split()) for name in names
    )
