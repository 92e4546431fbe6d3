"""Reading accounts."""

from __future__ import annotations

from django.db.models import Q

from accounts.rules import phone_digest
from baibuting.common.crypto import digest_candidates


def account_called(typed: str) -> Q:
    """Return the condition on the account of that name or phone; one person types the one, another the other."""
    return Q(username=typed) | Q(phone_digest__in=digest_candidates(phone_digest(typed)))
