"""Signatures of webhooks by the open specification "Standard Webhooks", which has libraries for receivers."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

SECRET_START = "whsec_"  # noqa: S105 - how a secret begins, by the specification
TOLERANCE = 300  # seconds that a receiver should allow between time stamp and its own clock


def secret_make() -> str:
    """Return a new signing secret."""
    return SECRET_START + base64.b64encode(secrets.token_bytes(32)).decode()


def signed_headers(*, secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of a message: its id (the same at every attempt), time stamp, and `v1,<base64>`
    signature.
    """
    stamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature(secret=secret, message_id=message_id, stamp=stamp, body=body)}",
    }


def signature(*, secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of "id.timestamp.body" in base64."""
    key = base64.b64decode(secret.removeprefix(SECRET_START))
    signed = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, "sha256")
    return base64.b64encode(signed).decode()
