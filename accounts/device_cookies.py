"""Browsers that have signed in to an account before: what others try at that account does not make them wait.

The cookie holds keyed digests of the last accounts' names, signed; it is no session and lets nobody in.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.rules import tries_digest

SALT = "accounts.device"
KEPT_FOR = 180 * 86_400  # seconds, as long as a trusted phone's session
ACCOUNTS = 5  # of one browser: an office's PC is shared
DIGITS = 16  # of each digest


def device_remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Give the browser the cookie that it has signed in to this account."""
    mark = tries_digest(username)[:DIGITS]
    known = [mark, *(other for other in _accounts_of(request) if other != mark)][:ACCOUNTS]
    response.set_signed_cookie(
        settings.DEVICE_COOKIE_NAME, ".".join(known), salt=SALT, max_age=KEPT_FOR,
        secure=settings.HTTPS, httponly=True, samesite="Lax",
    )  # fmt: skip


def is_known_device(request: HttpRequest, account: str) -> bool:
    """Return whether this browser has signed in to an account before; `account` is the digest of its name."""
    return account[:DIGITS] in _accounts_of(request)


def _accounts_of(request: HttpRequest) -> list[str]:
    cookie = request.get_signed_cookie(settings.DEVICE_COOKIE_NAME, default="", salt=SALT, max_age=KEPT_FOR)
    return (cookie or "").split(".")
