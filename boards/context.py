"""What boards tell the pages of others."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from boards.selectors import OwnContact, own_contact
from cadres.models import Cadre


def own_number(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `own_contact` of whoever is signed in, asked for only by a page that shows it."""
    return {"own_contact": SimpleLazyObject(lambda: _own_contact(request))}


def _own_contact(request: HttpRequest) -> OwnContact | None:
    cadre = Cadre.objects.filter(user=request.user.pk).first() if request.user.pk else None
    return own_contact(cadre) if cadre else None
