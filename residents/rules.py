"""Digests for looking residents up exactly, without reading sealed columns."""

from __future__ import annotations

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
