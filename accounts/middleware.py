"""Ends sessions that have expired or whose account is disabled, and redirects to what must be done first."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone

from accounts.sessions import ENDED, Ended, Must, must_first, session_note, session_over, wants_json

BY_ITSELF = "X-By-Itself"  # what a page asks without a click is no activity (docs/adr/0139)
# addresses open to users who still have something to do first
ALWAYS_OPEN = ("accounts:logout",)
PAGES_OF = {
    Must.VERIFY: ("accounts:second_step",),
    Must.CHANGE_PASSWORD: ("accounts:password",),
    Must.ENROL: ("accounts:second_step_enrol", "accounts:second_step_qr"),
}


class SessionMiddleware:
    """Checks every request right after Django's own authentication, those of the phone and the API included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY not in request.session:
            return self.get_response(request)
        if not request.user.is_authenticated:  # disabled, deleted, or its password was changed elsewhere
            session_end(request, Ended.SHUT)
            return self.get_response(request)
        over = session_over(request.session, timezone.now())
        if over is not None:
            session_end(request, over)
            return self.get_response(request)
        if BY_ITSELF not in request.headers:
            session_note(request.session, timezone.now())
        must = must_first(request.user, request.session)
        if must is not None and not _is_open(request, must):
            return _lead_to(request, must)
        return self.get_response(request)


def session_end(request: HttpRequest, why: Ended) -> None:
    """Sign out and record why, for the sign-in page. The request goes on as an anonymous one."""
    logout(request)
    request.session[ENDED] = why.value


def _is_open(request: HttpRequest, must: Must) -> bool:
    return request.path in {reverse(name) for name in (*ALWAYS_OPEN, *PAGES_OF[must])}


def _lead_to(request: HttpRequest, must: Must) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"detail": "请先在网页上完成登录。"}, status=401)
    query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponseRedirect(reverse(must.value) + (f"?{query}" if query else ""))
