"""What boards tell the pages of others."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from boards.selectors import OwnContact, cadre_of, own_contact


def own_number(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `own_contact` of whoever is signed in, asked for only by a page that shows it."""
    return {"own_contact": SimpleLazyObject(lambda: _own_contact(request))}


def _own_contact(request: HttpRequest) -> OwnContact | None:
    cadre = cadre_of(request.user.pk)
    return own_contact(cadre) if cadre else None
