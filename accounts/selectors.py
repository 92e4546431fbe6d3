"""Queries on accounts."""

from __future__ import annotations

from django.db.models import Q

from accounts.rules import phone_digest
from baibuting.common.crypto import digest_candidates


def account_called(typed: str) -> Q:
    """Return the condition for the account with a typed name or phone."""
    return Q(username=typed) | Q(phone_digest__in=digest_candidates(phone_digest(typed)))
