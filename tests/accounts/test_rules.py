"""The one table of who may open and write what."""

from __future__ import annotations

import pytest

from accounts.choices import Role
from accounts.models import User
from accounts.rules import access_table, may_open_admin, may_view, may_write

PEOPLE = (
    "residents.resident",
    "residents.carerecord",
    "visits.visit",
    "cadres.cadre",
    "volunteers.volunteer",
)


def test_it_works() -> None:
    office = User(role=Role.OFFICE)
    assert may_write(office, "residents.resident")
    assert may_view(office, "buildings.administrativeunit")
    assert not may_write(office, "buildings.administrativeunit")
    assert not may_view(office, "accounts.user")


def test_every_role_stands_in_the_table() -> None:
    assert set(access_table()) == set(Role)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OFFICE])
@pytest.mark.parametrize("label", PEOPLE)
def test_only_the_office_sees_people_in_the_admin(role: Role, label: str) -> None:
    assert not may_view(User(role=role), label)


@pytest.mark.parametrize("role", Role)
def test_only_the_auditor_reads_the_trail_and_nobody_writes_it(role: Role) -> None:
    assert may_view(User(role=role), "audit.auditevent") == (role == Role.AUDITOR)
    assert not may_write(User(role=role), "audit.auditevent")


def test_an_unknown_role_and_a_shut_account_have_nothing() -> None:
    assert not may_open_admin(User(role="janitor"))
    shut = User(role=Role.OFFICE, is_active=False, is_superuser=True)
    assert not may_open_admin(shut)
    assert not may_view(shut, "residents.resident")
    assert not may_write(shut, "residents.resident")
