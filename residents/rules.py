"""Digests for looking residents up exactly, without reading sealed columns; and who has a say in an erasure."""

from __future__ import annotations

from accounts.choices import Role
from accounts.rules import Person, may_write
from baibuting.common.crypto import lookup_digest
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
