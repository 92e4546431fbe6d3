"""By what a volunteer is looked up exactly, without reading sealed columns."""

from __future__ import annotations

from baibuting.common.crypto import lookup_digest


def phone_digest(phone: str) -> bytes | None:
    """What a volunteer's phone is looked up by; None for an empty one."""
    return lookup_digest(phone, purpose="volunteer.phone") if phone else None
