"""The canonical bytes of an audit row, the stamp that proves who wrote it, and the links of the chain. No database."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

from audit.models import AuditEvent
from baibuting.common.crypto import KeyMissingError, stamp, stamp_holds

_PURPOSE = "audit"
NO_LINK = bytes(32)  # before the first


def content_of(event: AuditEvent) -> bytes:
    """Return a row's content in canonical JSON; without its id, which is only known once it is written."""
    said = [
        event.uid.hex,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.user_id,
        event.role,
        event.action,
        event.object_type,
        event.object_id,
        event.community_id,
        event.fields,
        event.reason,
        event.row_count,
    ]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def stamp_of(event: AuditEvent) -> bytes:
    """Return proof that the portal wrote this row: a MAC under the current key of sealed columns."""
    return stamp(content_of(event), purpose=_PURPOSE)


def is_genuine(event: AuditEvent) -> bool:
    """Return whether the row's stamp is valid. False too where its key is gone: rows are sealed long before that."""
    try:
        return stamp_holds(bytes(event.stamp), content_of(event), purpose=_PURPOSE)
    except KeyMissingError:
        return False


def row_hash(event: AuditEvent) -> bytes:
    """Return the hash of a row's content and stamp that the chain keeps (SHA-256, 32 bytes)."""
    return hashlib.sha256(content_of(event) + bytes(event.stamp)).digest()


def link_of(before: bytes, number: int, event_id: int, row: bytes, was_genuine: bool) -> bytes:
    """Return the link that binds a row to all before it (SHA-256, 32 bytes)."""
    return hashlib.sha256(before + b"%d|%d|%d|" % (number, event_id, was_genuine) + row).digest()
