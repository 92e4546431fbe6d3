"""Lock-out after wrong passwords, on every sign-in page: django-axes calls this for every attempt.

Of a failed one it keeps a keyed digest of the account's name, the address, how often and when; neither what was typed
nor the browser. Rows are deleted a day after the last failure. They are counted twice: by account and address together,
and by the account alone, which browsers that have signed in to it before need not wait for (adr/0117).
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.device_cookies import is_known_device
from accounts.models import User
from accounts.rules import tries_digest, wait_after, wait_after_anywhere
from accounts.sessions import session_begin, wants_json
from audit.choices import Action
from audit.services import audit_event_record

FORGOTTEN_AFTER = timedelta(days=1)
ALARM_AT = 50  # wrong passwords in a day for one account from anywhere, or from one address for any account
COUNTED, TOLD = (
    "",
    "alarm",
)  # in the column of the browser, which is never kept: a count, or that an alarm was raised
NO_ADDRESS = "0.0.0.0"  # noqa: S104 - nobody's: of a peer without one, or of a row about an account alone


class SignInHandler(AxesDatabaseHandler):
    """Counts wrong passwords by account and address, so that one clerk cannot lock out the office; and by account."""

    def is_locked(self, request: Any, credentials: Any = None) -> bool:
        return waits_until(request, credentials) > request.axes_attempt_time

    def user_login_failed(self, sender: Any, credentials: Any, request: Any = None, **more: Any) -> None:
        if request is None:
            return
        request.axes_credentials = credentials
        self.clean_expired_user_attempts(request, credentials)
        was_locked = request.axes_locked_out
        with transaction.atomic():
            if not was_locked:
                _count(request, credentials)
                _raise_alarm(request, credentials)
                request.axes_locked_out = self.is_locked(request, credentials)
            _audit(request, credentials, Action.LOCK if request.axes_locked_out else Action.REFUSE)

    def user_logged_in(self, sender: Any, request: Any, user: Any, **more: Any) -> None:
        self.clean_expired_user_attempts(request)
        self.reset_user_attempts(request, {"username": user.username})
        session_begin(request, request.axes_attempt_time)

    def user_logged_out(self, sender: Any, request: Any, user: Any, **more: Any) -> None:
        """Do nothing: sign-outs are not recorded."""


def _count(request: Any, credentials: Any) -> None:
    row, _ = AccessAttempt.objects.select_for_update().get_or_create(
        username=client_name(request, credentials),
        ip_address=request.axes_ip_address,
        user_agent=COUNTED,
        defaults={"failures_since_start": 0},
    )
    row.failures_since_start += 1
    row.attempt_time = request.axes_attempt_time
    row.save(update_fields=["failures_since_start", "attempt_time"])


def _tries(request: Any) -> QuerySet[AccessAttempt]:
    """Return the counts of the last day."""
    since = request.axes_attempt_time - FORGOTTEN_AFTER
    return AccessAttempt.objects.filter(user_agent=COUNTED, attempt_time__gt=since)


def _raise_alarm(request: Any, credentials: Any) -> None:
    """Notify the auditor of attempts spread over addresses or accounts: once a day for each account and address.

    Of tries at one time none sees the others, so that no single one need meet the limit exactly.
    """
    account, address = client_name(request, credentials), request.axes_ip_address
    of_account, of_address = {"username": account}, {"ip_address": address}
    for which, kept in (
        (of_account, {"username": account, "ip_address": NO_ADDRESS}),
        (of_address, {"username": "", "ip_address": address}),
    ):
        count = _tries(request).filter(**which).aggregate(sum=Sum("failures_since_start"))["sum"] or 0
        if count >= ALARM_AT and _is_first(kept):
            _audit(request, credentials, Action.ALARM, row_count=count)


def _is_first(of: dict[str, str]) -> bool:
    """Put down that an alarm is raised; return whether none was in the last day."""
    _, is_first = AccessAttempt.objects.get_or_create(
        **of, user_agent=TOLD, defaults={"failures_since_start": 0}
    )
    return is_first


def waits_until(request: Any, credentials: Any) -> datetime:
    """Return until when no one may sign in to this account from this address; the attempt's time where anyone may."""
    now: datetime = request.axes_attempt_time
    account = client_name(request, credentials)
    here = Q(ip_address=request.axes_ip_address)
    found = _tries(request).filter(username=account).aggregate(
        here=Sum("failures_since_start", filter=here), here_last=Max("attempt_time", filter=here),
        anywhere=Sum("failures_since_start"), anywhere_last=Max("attempt_time"),
    )  # fmt: skip
    until = now
    if found["here"]:
        until = max(until, found["here_last"] + wait_after(found["here"]))
    if found["anywhere"] and not is_known_device(request, account):
        until = max(until, found["anywhere_last"] + wait_after_anywhere(found["anywhere"]))
    return until


def client_name(request: HttpRequest, credentials: Any) -> str:
    """Return the key under which attempts are counted: a digest of the account's name, whether it exists or not."""
    typed = str((credentials or {}).get("username") or "")
    return tries_digest(typed)


def client_address(request: HttpRequest) -> str:
    """Return the client's address: the peer's, or the one that our outermost proxy reports (PROXY_COUNT).

    Entries further left in X-Forwarded-For come from the client itself and are ignored.
    """
    peer = str(request.META.get("REMOTE_ADDR") or "") or NO_ADDRESS  # a socket without an address
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    count: int = settings.PROXY_COUNT
    return told[-count] if count and len(told) >= count and _is_address(told[-count]) else peer


def _is_address(text: str) -> bool:
    return len(text) <= 45 and all(character in "0123456789abcdefABCDEF.:" for character in text)


def client_label(*_: Any) -> str:
    """Return how django-axes names a client in the log: without anything about it."""
    return "one client"


def locked_page(request: Any, original: Any = None, credentials: Any = None) -> HttpResponse:
    """Return the page that says how long to wait; the same for accounts that do not exist."""
    left = waits_until(request, credentials) - request.axes_attempt_time
    minutes = max(1, math.ceil(left.total_seconds() / 60))
    if wants_json(request):
        answer: HttpResponse = JsonResponse(
            {"detail": f"填错次数太多，请在 {minutes} 分钟后再试。"}, status=429
        )
    else:
        answer = render(request, "accounts/locked.html", {"minutes": minutes}, status=429)
    answer.headers["Retry-After"] = str(minutes * 60)
    return answer


def _audit(request: Any, credentials: Any, action: Action, row_count: int = 1) -> None:
    """Write one audit row, with the key of the account that was tried where it exists."""
    name = str((credentials or {}).get("username") or "")
    pk = User.objects.filter(username=name).values_list("pk", flat=True).first()
    audit_event_record(
        now=request.axes_attempt_time,
        user=None,
        action=action,
        object_type=User._meta.label_lower,
        object_id="" if pk is None else str(pk),
        row_count=row_count,
    )
