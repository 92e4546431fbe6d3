"""One-time codes: given out on slips, used once at sign-in; and the one by which the first account is made.

A code is returned by the function that issues it and exists nowhere else: the database keeps a keyed digest.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction

from accounts.models import OneTimeCode, User
from accounts.rules import FIRST_CODE_FOR, code_digest, code_draw, code_read, tries_digest
from baibuting.common.crypto import digest_candidates

FIRST = "first account"  # what the code for making it is bound to


@transaction.atomic
def codes_issue(*, accounts: Sequence[User], now: datetime) -> Mapping[int, str]:
    """Give each account a new one-time code; returns the codes by account id.

    Former codes and passwords stop working, sessions end, a lock-out ends, and signing in leads to the choice of a
    password. The caller has locked the accounts and writes the trail. Five queries, whatever the number.
    """
    codes = {account.pk: code_draw() for account in accounts}
    for account in accounts:
        account.set_unusable_password()
        account.must_change_password = True
    User.objects.bulk_update(accounts, ["password", "must_change_password"])
    OneTimeCode.objects.filter(user__in=codes).delete()
    until = now + timedelta(days=settings.ACCOUNT_CODE_DAYS)
    OneTimeCode.objects.bulk_create(
        OneTimeCode(
            user=account,
            digest=code_digest(codes[account.pk], of=account.uid.hex),
            made_at=now,
            expires_at=until,
        )
        for account in accounts
    )
    AccessAttempt.objects.filter(
        username__in=[tries_digest(account.username) for account in accounts]
    ).delete()
    return codes


@transaction.atomic
def code_use(*, username: str, typed: str, now: datetime) -> User | None:
    """Use an account's code; returns the account, None for a code that is wrong, expired or used, or no active account.

    Of two at the same moment one succeeds.
    """
    code = code_read(typed)
    found = OneTimeCode.objects.select_for_update(of=("self",)).select_related("user")
    row = found.filter(user__username=username, user__is_active=True).first() if code else None
    if row is None or row.user is None or not _is(row, code) or row.used_at or row.expires_at <= now:
        return None
    row.used_at = now
    row.save(update_fields=["used_at"])
    return row.user


def code_is_over(*, username: str, typed: str, now: datetime) -> bool:
    """Return whether what was typed is the account's own code, which has expired or been used."""
    code = code_read(typed)
    row = OneTimeCode.objects.select_related("user").filter(user__username=username).first() if code else None
    return row is not None and _is(row, code) and (row.used_at is not None or row.expires_at <= now)


def is_code_of(account: User, typed: str) -> bool:
    """Return whether what was typed is the code with which the account was opened."""
    code = code_read(typed)
    row = OneTimeCode.objects.filter(user=account).first() if code else None
    return row is not None and _is(row, code)


def code_drop(*, account: User) -> None:
    """Delete an account's code, used or not: it has a password now."""
    OneTimeCode.objects.filter(user=account).delete()


@transaction.atomic
def first_code_issue(*, now: datetime) -> str:
    """Return a new code for making the first account; a former one stops working."""
    OneTimeCode.objects.filter(user=None).delete()
    code = code_draw()
    OneTimeCode.objects.create(
        digest=code_digest(code, of=FIRST), made_at=now, expires_at=now + FIRST_CODE_FOR
    )
    return code


def first_code_spend(*, typed: str, now: datetime) -> bool:
    """Use the code for making the first account; returns whether it was right. In the caller's transaction."""
    code = code_read(typed)
    row = OneTimeCode.objects.select_for_update(of=("self",)).filter(user=None, expires_at__gt=now).first()
    if row is None or not code or not _is(row, code):
        return False
    row.delete()
    return True


def first_code_waits(now: datetime) -> bool:
    """Return whether there is a valid code for making the first account."""
    return OneTimeCode.objects.filter(user=None, expires_at__gt=now).exists()


def _is(row: OneTimeCode, code: str) -> bool:
    of = row.user.uid.hex if row.user else FIRST
    kept = bytes(row.digest)
    return any(hmac.compare_digest(kept, one) for one in digest_candidates(code_digest(code, of=of)))
