"""By what a resident is looked up exactly, without reading sealed columns."""

from __future__ import annotations

from baibuting.common.crypto import lookup_digest
from residents.choices import SHARED_DOCUMENTS


def id_number_digest(id_number: str) -> bytes | None:
    """Return what an ID number is looked up by; None for an empty one."""
    return lookup_digest(id_number.upper(), purpose="resident.id_number") if id_number else None


def document_digest(kind: str, number: str) -> bytes | None:
    """Return what a document other than the ID card is looked up by; None where its number does not tell one person."""
    if not kind or not number or kind in SHARED_DOCUMENTS:
        return None
    return lookup_digest(f"{kind} {number.upper()}", purpose="resident.document")
