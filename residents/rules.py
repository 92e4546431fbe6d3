"""Digests for looking residents up exactly, without reading sealed columns; who has a say in an erasure;
and the order in which one walks through a building."""

from __future__ import annotations

from accounts.choices import Role
from accounts.rules import Person, may_write
from baibuting.common.crypto import lookup_digest
from buildings.rules import natural_key
from residents.choices import SHARED_DOCUMENTS


def id_number_digest(id_number: str) -> bytes | None:
    """Return the look-up digest of an ID number; None for an empty one."""
    return lookup_digest(id_number.upper(), purpose="resident.id_number") if id_number else None


def document_digest(kind: str, number: str) -> bytes | None:
    """Return the look-up digest of a document other than the ID card; None where its number is shared."""
    if not kind or not number or kind in SHARED_DOCUMENTS:
        return None
    return lookup_digest(f"{kind} {number.upper()}", purpose="resident.document")


def may_propose_erasure(person: Person) -> bool:
    """Return whether an account may propose that a person's information be erased: the office, which knows them."""
    return person.role == Role.OFFICE and may_write(person, "residents.resident")


def may_confirm_erasure(person: Person) -> bool:
    """Return whether an account may confirm or refuse what another has proposed: the 安全管理员, who reads no name."""
    return person.role == Role.SECURITY_ADMIN and may_write(person, "residents.erasure")


def walking_order(entrance: str, room: str) -> tuple[str, int, str]:
    """Return the key that sorts flats of a building as one walks: by 单元, then by floor (103 before 1003)."""
    return natural_key(entrance), floor_of(room) or 0, natural_key(room)


def floor_of(room: str) -> int | None:
    """Return the floor in a room's number, which its last two digits follow: 3 for 301, 10 for 1003; None without."""
    digits = room[: len(room) - len(room.lstrip("0123456789"))]
    return int(digits[:-2]) if len(digits) > 2 else None
