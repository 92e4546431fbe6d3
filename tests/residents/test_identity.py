"""Who is the same person: a table of what is registered, what a roster says, and whom it means."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.persons import phone_digest
from residents.identity import (
    Key,
    Person,
    PersonConflictError,
    PersonFacts,
    Register,
)
from residents.rules import document_digest, id_number_digest

HOME, OTHER = (1, "2", "601"), (7, "1", "1203")
ONE, TWO = "429999195001014018", "429999195101014023"
PHONE = "19907454063"


def person(pk: int = 1, home: tuple[int, str, str] = HOME, **told: str) -> Person:
    born = told.get("born")
    return Person(
        pk, told.get("name", "尉迟素贞"), home, id_number_digest(told.get("id", "")), phone_digest(told.get("phone", ""), of="resident"),
        told.get("gender", ""), date.fromisoformat(born) if born else None,
        document_digest("passport", told.get("passport", "")),
    )  # fmt: skip


def facts(home: tuple[int, str, str] = HOME, **told: str) -> PersonFacts:
    born, passport = told.get("born"), told.get("passport", "")
    return PersonFacts(
        told.get("name", "尉迟素贞"), home, told.get("id", ""), told.get("phone", ""), told.get("gender", ""),
        date.fromisoformat(born) if born else None, document_kind="passport" if passport else "", document_number=passport,
    )  # fmt: skip


def found(said: PersonFacts, *known: Person) -> tuple[int, Key] | str | None:
    """Whom a row means, or the reason it is refused for."""
    register = Register()
    for one in known:
        register.take(one)
    try:
        match = register.find(said)
    except PersonConflictError as error:
        return str(error)
    return (match[0].pk, match[1]) if match else None


def test_it_works() -> None:
    assert found(facts(OTHER, id=ONE), person(id=ONE)) == (1, Key.NUMBER)


@pytest.mark.parametrize(
    ("said", "known", "expected"),
    [
        # the surest key first
        (facts(OTHER, passport="E12345678"), [person(passport="E12345678")], (1, Key.NUMBER)),
        (facts(OTHER, born="1950-06-01"), [person(born="1950-06-01")], (1, Key.BIRTHDAY)),
        (facts(OTHER, phone=PHONE), [person(phone=PHONE)], (1, Key.PHONE)),
        (facts(OTHER, phone=f"19900000001；{PHONE}"), [person(phone=PHONE)], (1, Key.PHONE)),
        (facts(OTHER, phone=PHONE), [person(phone=PHONE, id=ONE)], (1, Key.PHONE)),
        (facts(), [person()], (1, Key.FLAT)),
        (facts((1, "", "")), [person()], (1, Key.BUILDING)),
        (facts(), [person(home=(1, "", ""))], (1, Key.BUILDING)),
        # somebody new
        (facts(OTHER), [person()], None),
        (facts(name="尉迟素珍", phone=PHONE), [person(phone=PHONE)], None),  # a family's phone
        (facts(id=TWO), [person(id=ONE)], None),
        (facts(id=TWO, phone=PHONE, born="1950-06-01"), [person(id=ONE, phone=PHONE, born="1950-06-01")], None),
        (facts(born="1985-06-01"), [person(born="1950-06-01")], None),  # mother and daughter-in-law
        # contradictions
        (facts(OTHER, phone=PHONE, born="1985-06-01"), [person(phone=PHONE, born="1950-06-01")], "birthday differs"),
        (facts(OTHER, phone=PHONE, gender="male"), [person(phone=PHONE, gender="female")], "gender differs"),
        (facts(gender="male"), [person(gender="female")], "gender differs"),
        (facts(born="1950-06-01", gender="male"), [person(born="1950-06-01", gender="female")], "gender differs"),
        (facts(id=ONE, name="别人"), [person(id=ONE)], "id number taken"),
        (facts(passport="E12345678", name="别人"), [person(passport="E12345678")], "id number taken"),
        (facts(id=ONE, born="1951-06-01"), [person(id=ONE, born="1950-01-01")], "birthday differs"),
        (facts(id=TWO, passport="E12345678"), [person(id=ONE, passport="E12345678")], "id number differs"),
        (facts(id=ONE, passport="E1234567"), [person(id=ONE), person(2, passport="E1234567")], "document taken"),
        # several
        (facts(), [person(born="1950-06-01"), person(2, born="1985-06-01")], "ambiguous person"),
        (facts(OTHER, phone=PHONE), [person(phone=PHONE), person(2, home=(3, "", "5"), phone=PHONE)], "ambiguous person"),
        (facts(phone=PHONE), [person(phone=PHONE), person(2, home=OTHER, phone=PHONE)], (1, Key.PHONE)),
        (facts(born="1985-06-01"), [person(born="1950-06-01"), person(2, born="1985-06-01")], (2, Key.BIRTHDAY)),
    ],
)  # fmt: skip
def test_whom_a_row_means(said: PersonFacts, known: list[Person], expected: object) -> None:
    assert found(said, *known) == expected


def test_outside_the_area_only_a_number_tells_who_somebody_is() -> None:
    """Else whoever may see one quarter could ask for people of another by name and birthday."""
    register = Register(inside={7})
    register.take(person(phone=PHONE, id=ONE))
    assert register.find(facts(OTHER, phone=PHONE)) is None
    match = register.find(facts(OTHER, id=ONE))
    assert match is not None
    assert match[1] is Key.NUMBER


BITS = st.sampled_from(["", "1", "2"])
HOMES = st.tuples(st.sampled_from([1, 7]), BITS, BITS)
TOLD = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["", ONE, TWO]),
        "phone": st.sampled_from(["", PHONE, "19900000001"]),
        "gender": st.sampled_from(["", "male", "female"]),
        "born": st.sampled_from(["", "1950-06-01", "1985-06-01"]),
    }
)


@given(HOMES, TOLD, st.lists(st.tuples(HOMES, TOLD), max_size=4))
def test_nobody_is_taken_for_somebody_who_contradicts(
    home: tuple[int, str, str],
    told: dict[str, str],
    others: list[tuple[tuple[int, str, str], dict[str, str]]],
) -> None:
    said = facts(home, **told)
    known = [person(pk, place, **other) for pk, (place, other) in enumerate(others)]
    match = found(said, *known)
    if not isinstance(match, tuple):
        return
    one = known[match[0]]
    assert not (said.id_digest and one.id_digest and said.id_digest != one.id_digest)
    assert not (said.born_on and one.born_on and said.born_on != one.born_on)
    if match[1] is not Key.NUMBER:
        assert not (said.gender and one.gender and said.gender != one.gender)
