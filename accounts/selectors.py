"""Reading accounts."""

from __future__ import annotations

from django.db.models import Q

from accounts.rules import phone_digest


def account_called(typed: str) -> Q:
    """The condition on the account of that name or phone; one person types the one, another the other."""
    digest = phone_digest(typed)
    return Q(username=typed) | Q(phone_digest=digest) if digest else Q(pk__in=())
