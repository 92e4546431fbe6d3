"""Pages that anyone may read or fill in: nothing about the reader is stored, neither in a session nor in a cookie."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.http import HttpResponse
from django.template.loader import render_to_string

YOUNGEST = timedelta(seconds=3)  # nobody reads and fills in a form faster
OLDEST = timedelta(hours=2)
STALE = "页面已经失效，请刷新后重新填写。"
TOO_FAST = "提交得太快了，请核对内容后再提交一次。"


def answer(template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a public page without the request: no session is opened, no token made, no bar drawn.

    No browser or proxy keeps it, no search engine lists it, and no site that it links to learns its address.
    """
    response = HttpResponse(render_to_string(template, dict(context)), status=status)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def form_token(*, purpose: str, payload: str, now: datetime) -> str:
    """Return the signed, dated value that a public form holds in place of a session; it names no person.

    `payload` is what the form is about, such as the code in its address.
    """
    return Signer(salt=f"public.{purpose}").sign_object({"at": now.timestamp(), "for": payload})


def read_token(
    token: str,
    *,
    purpose: str,
    payload: str,
    now: datetime,
    oldest: timedelta = OLDEST,
    youngest: timedelta = YOUNGEST,
) -> None:
    """Check the token of a submitted form.

    Raises ValidationError, with what to do, where the token is not one of ours for this purpose and payload, or is
    older than `OLDEST` or younger than `YOUNGEST`.
    """
    try:
        found = Signer(salt=f"public.{purpose}").unsign_object(token)
    except (BadSignature, ValueError) as error:  # ValueError: signed by us, but no object of ours
        raise ValidationError(STALE, code="stale") from error
    age = timedelta(seconds=now.timestamp() - found["at"])
    if found["for"] != payload or not timedelta(0) <= age <= oldest:
        raise ValidationError(STALE, code="stale")
    if age < youngest:
        raise ValidationError(TOO_FAST, code="too_fast")
