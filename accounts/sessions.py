"""How long a user stays signed in, and what they must do before going on. Plain rules over a session's keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from accounts.rules import needs_second_step

TRUSTED = "trusted_phone"  # set by the phone's own sign-in page
SIGNED_IN_AT, SEEN_AT, VERIFIED, ENDED = "signed_in_at", "seen_at", "verified", "ended"
TRUSTED_FOR = timedelta(days=180)
NOTED_EVERY = 60  # seconds; so that not every request writes to the session


class Ended(StrEnum):
    """Why a session ended, as the sign-in page explains it."""

    IDLE = "idle"
    LONG = "long"
    SHUT = "shut"
    NO_WORK = "no_work"


WHY_ENDED = {
    Ended.IDLE: "您有一段时间没有操作，为保护居民信息已自动退出，请重新登录。",
    Ended.LONG: "本次登录已到最长时间，请重新登录。",
    Ended.SHUT: "登录已失效，请重新登录；仍不能登录请联系系统管理员。",
    Ended.NO_WORK: "您目前没有在任的职务或工作范围，已退出登录。如有疑问请联系社区办公室。",
}


class Must(StrEnum):
    """What has to be done before any other page opens; the value is that page's name."""

    VERIFY = "accounts:second_step"
    CHANGE_PASSWORD = "accounts:password"  # noqa: S105 - the name of a page
    ENROL = "accounts:second_step_enrol"


def session_begin(request: HttpRequest, now: datetime) -> None:
    """Record the time of sign-in in a session, and drop the marks of an earlier sign-in."""
    for mark in (VERIFIED, ENDED, TRUSTED):
        request.session.pop(mark, None)
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = int(now.timestamp())


def session_over(session: Any, now: datetime) -> Ended | None:
    """Return why a session has expired; None while it has not."""
    moment = now.timestamp()
    age = moment - session.get(SIGNED_IN_AT, moment)
    if session.get(TRUSTED):
        return Ended.LONG if age > TRUSTED_FOR.total_seconds() else None
    if age > settings.SESSION_ABSOLUTE:
        return Ended.LONG
    return Ended.IDLE if moment - session.get(SEEN_AT, moment) > settings.SESSION_IDLE else None


def session_note(session: Any, now: datetime) -> None:
    """Record that the user is active; written once a minute at most."""
    moment = int(now.timestamp())
    session.setdefault(SIGNED_IN_AT, moment)
    if moment - session.get(SEEN_AT, 0) >= NOTED_EVERY:
        session[SEEN_AT] = moment


def verified_mark(account: User) -> str:
    """Return the mark of a session that has taken the second step with the account's present factor."""
    return f"{account.pk} {account.second_factor_since}"


def must_first(account: User, session: Any) -> Must | None:
    """Return what the user has to do before any other page; None for nothing."""
    has_factor = account.second_factor_since is not None
    if has_factor and session.get(VERIFIED) != verified_mark(account):
        return Must.VERIFY
    if account.must_change_password:
        return Must.CHANGE_PASSWORD
    if settings.TOTP_REQUIRED and not has_factor and needs_second_step(account):
        return Must.ENROL
    return None


def wants_json(request: HttpRequest) -> bool:
    """Return whether a request expects JSON, for which a sign-in page is no answer."""
    accepts = request.headers.get("Accept", "")
    sends = request.headers.get("Content-Type", "")
    return "text/html" not in accepts and ("json" in accepts or "json" in sends)
