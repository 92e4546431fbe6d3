"""Identity of people: a roster's rows are matched with registered residents. No database.

In this order: ID number or document; name with birthday; name with phone; name in the same flat; name in the same
building where one side has no flat. Contradictions are refused with a sentence, never overwritten and never merged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from baibuting.common.crypto import digest_candidates, found_by
from baibuting.common.persons import phone_digest
from baibuting.common.tabular.meaning import Fate
from buildings.addresses import flat_is_coarser
from residents.rules import document_digest, id_number_digest

HouseholdKey = tuple[int, str, str]
"""(building id, entrance, room)"""
SEVERAL_NUMBERS = "；"  # between the numbers of a phone column


class PersonConflictError(Exception):
    """A person contradicts a registered one. `column` is the field at fault, `message` a Chinese sentence."""

    def __init__(self, column: str, reason: str, message: str) -> None:
        super().__init__(reason)
        self.column, self.reason, self.message = column, reason, message


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What a roster says of a person; "" and None where it says nothing.

    `birthday_is_said`: it has a column of its own, and was not read from the ID number. `fate` is from a remark after
    the name: 王五（已故）.
    """

    name: str
    home: HouseholdKey
    id_number: str = ""
    phone: str = ""
    gender: str = ""
    born_on: date | None = None
    outside_address: str = ""
    notes: str = ""
    document_kind: str = ""
    document_number: str = ""
    birthday_is_said: bool = True
    fate: Fate | None = None
    id_digest: bytes | None = field(init=False)
    document_digest: bytes | None = field(init=False)
    phone_digest: bytes | None = field(init=False)
    phone_digests: tuple[bytes, ...] = field(init=False)  # of the whole cell and of each number in it

    def __post_init__(self) -> None:
        parts = self.phone.split(SEVERAL_NUMBERS) if SEVERAL_NUMBERS in self.phone else []
        whole, *others = (phone_digest(number, of="resident") for number in (self.phone, *parts))
        digests = tuple(digest for one in (whole, *others) for digest in digest_candidates(one))
        object.__setattr__(self, "id_digest", id_number_digest(self.id_number))
        object.__setattr__(self, "document_digest", document_digest(self.document_kind, self.document_number))
        object.__setattr__(self, "phone_digest", whole)
        object.__setattr__(self, "phone_digests", digests)


@dataclass(slots=True)
class Person:
    """A resident, registered or about to be. `moves_to` is set where a roster gives a registered one another flat.

    `said_home` is the flat in a row of this file.
    """

    pk: int
    name: str
    home: HouseholdKey
    id_digest: bytes | None
    phone_digest: bytes | None
    gender: str
    born_on: date | None
    document_digest: bytes | None = None
    left_on: date | None = None
    facts: PersonFacts | None = None
    moves_to: HouseholdKey | None = None
    said_home: HouseholdKey | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.facts is not None

    @property
    def is_changed(self) -> bool:
        return bool(self.changes or self.moves_to)

    @property
    def lives_in(self) -> HouseholdKey:
        """Return the flat after the import."""
        return self.moves_to or self.home


class Key(StrEnum):
    """What identified a person, the surest first."""

    NUMBER = "证件号码"
    BIRTHDAY = "姓名和出生日期"
    PHONE = "姓名和联系电话"
    FLAT = "姓名和住址"
    BUILDING = "姓名和楼栋"


def is_another(person: Person, facts: PersonFacts) -> bool:
    """Return whether different ID numbers prove two people."""
    return bool(
        facts.id_digest and person.id_digest and person.id_digest not in digest_candidates(facts.id_digest)
    )


def contradiction(person: Person, facts: PersonFacts) -> PersonConflictError | None:
    """Return the contradiction between a row and a person, another birthday or sex; None for none."""
    if facts.born_on and person.born_on and facts.born_on != person.born_on:
        return PersonConflictError(
            "born_on",
            "birthday differs",
            "出生日期与本社区已登记的同一人不符，请核对；如是另一位同名的人，请写全身份证号。",
        )
    if facts.gender and person.gender and facts.gender != person.gender:
        return PersonConflictError(
            "gender",
            "gender differs",
            "性别与本社区已登记的同一人不符，请核对；如是另一位同名的人，请写全身份证号。",
        )
    return None


def _same_birthday(person: Person, facts: PersonFacts) -> bool:
    return facts.born_on is not None and person.born_on == facts.born_on


def _same_phone(person: Person, facts: PersonFacts) -> bool:
    return person.phone_digest is not None and person.phone_digest in facts.phone_digests


def _same_flat(person: Person, facts: PersonFacts) -> bool:
    return person.lives_in == facts.home and not _born_otherwise(person, facts)


def _same_building(person: Person, facts: PersonFacts) -> bool:
    home = person.lives_in
    is_open = flat_is_coarser(facts.home, home) or flat_is_coarser(home, facts.home)
    return is_open and not _born_otherwise(person, facts)


def _born_otherwise(person: Person, facts: PersonFacts) -> bool:
    """Return whether birthdays differ: two women of one name may share a flat as mother and daughter-in-law."""
    return bool(facts.born_on and person.born_on and facts.born_on != person.born_on)


_BY_NAME: tuple[tuple[Key, Callable[[Person, PersonFacts], bool]], ...] = (
    (Key.BIRTHDAY, _same_birthday),
    (Key.PHONE, _same_phone),
    (Key.FLAT, _same_flat),
    (Key.BUILDING, _same_building),
)


class Register:
    """People by everything that identifies them."""

    def __init__(self, inside: Collection[int] | None = None) -> None:
        """Take `inside`, the buildings whose people may be identified without a number; None for all of them."""
        self._inside = inside
        self.known: dict[int, Person] = {}
        self._by_id: dict[bytes, Person] = {}
        self._by_document: dict[bytes, Person] = {}
        self._by_name: dict[str, list[Person]] = {}

    def take(self, person: Person) -> None:
        """Add a person, or what has become known of them."""
        if person.id_digest:
            self._by_id[person.id_digest] = person
        if person.document_digest:
            self._by_document[person.document_digest] = person
        if person.pk not in self.known:
            self.known[person.pk] = person
            self._by_name.setdefault(person.name, []).append(person)

    def find(self, facts: PersonFacts) -> tuple[Person, Key] | None:
        """Return the person of a row and what identified them; None for a new person. Raises PersonConflictError."""
        by_number = self._by_number(facts)
        if by_number is not None:
            return by_number, Key.NUMBER
        alike = [one for one in self._by_name.get(facts.name, ()) if self._may_be_named(one)]
        alike = [one for one in alike if not is_another(one, facts)]
        for key, matches in _BY_NAME:
            found = [one for one in alike if matches(one, facts)]
            person = _the_one(found, facts) if found else None
            if person is not None:
                return person, key
        return None

    def namesake_born_the_same_day(self, facts: PersonFacts) -> bool:
        """Return whether a person of that name and birthday is registered under another ID number."""
        return any(
            _same_birthday(one, facts) and is_another(one, facts) and self._may_be_named(one)
            for one in self._by_name.get(facts.name, ())
        )

    def _may_be_named(self, person: Person) -> bool:
        return self._inside is None or person.home[0] in self._inside

    def _by_number(self, facts: PersonFacts) -> Person | None:
        by_id = found_by(self._by_id, facts.id_digest)
        by_document = found_by(self._by_document, facts.document_digest)
        person = by_id or by_document
        if person is None:
            return None
        column = "id_number" if by_id else "document_number"
        if by_id and by_document and by_id is not by_document:
            raise PersonConflictError(
                "document_number",
                "document taken",
                "这个证件号码在本社区已登记给另一位居民，请核对是哪一位填错了。",
            )
        if person.name != facts.name:
            said = "身份证号" if by_id else "证件号码"
            raise PersonConflictError(
                column, "id number taken", f"本社区已有同一{said}、姓名不同的居民，请核对是哪一位填错了。"
            )
        if is_another(person, facts):
            raise PersonConflictError(
                "id_number", "id number differs", "身份证号与本社区已登记的同一证件的人不符，请核对。"
            )
        if facts.birthday_is_said and _born_otherwise(person, facts):
            raise PersonConflictError(
                "born_on", "birthday differs", "出生日期与本社区已登记的同一人不符，请核对哪一处是对的。"
            )
        return person


def _the_one(found: Sequence[Person], facts: PersonFacts) -> Person:
    """Return the one of several namesakes whom nothing contradicts, distinguished by flat or phone."""
    agreeing = [one for one in found if contradiction(one, facts) is None]
    for matches in (_same_flat, _same_phone):
        if len(agreeing) > 1:
            agreeing = [one for one in agreeing if matches(one, facts)] or agreeing
    if len(agreeing) == 1:
        return agreeing[0]
    if agreeing:
        raise PersonConflictError(
            "name", "ambiguous person", "本社区有几位同名的居民，看不出是哪一位，请写全身份证号。"
        )
    against = contradiction(found[0], facts)
    if against is None:
        raise AssertionError("whoever does not agree contradicts")
    raise against
