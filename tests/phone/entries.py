"""Short words for the tests of what phones send."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from baibuting.common.entries import entry_hash
from residents.models import Resident
from tests.visits.people import NOW


def visit_of(person: Resident, made_at: datetime | str | None = NOW, **fields: Any) -> dict[str, Any]:
    """A visit as the queue sends it, with everything as the form has chosen it."""
    chosen = {
        "resident": str(person.pk),
        "method": "home",
        "seen": "yes",
        "when": "now",
        "help": "",
        "notes": "",
        "help_text": "",
    }
    return made("visit", made_at, **{**chosen, **fields})


def made(kind: str, made_at: datetime | str | None = NOW, **fields: Any) -> dict[str, Any]:
    at = made_at.isoformat() if isinstance(made_at, datetime) else made_at
    return {"uid": str(uuid4()), "kind": kind, "fields": fields, "made_at": at}


def send(client: Client, entry: Any) -> tuple[int, dict[str, Any]]:
    """Status and answer; every echo is checked against what was sent."""
    response = client.post("/m/submit/", entry, content_type="application/json")
    answer = response.json()
    if answer.get("uid"):
        assert answer["uid"] == entry["uid"]
        assert answer["hash"] == entry_hash(entry)
    return response.status_code, answer


def picture(width: int = 40, height: int = 30, **options: Any) -> bytes:
    data = BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(data, "JPEG", **options)
    return data.getvalue()


def upload(data: bytes, name: str = "x.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/jpeg")
