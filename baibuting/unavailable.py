"""What is answered instead of a page that failed: 503 where the database did not answer, else 500."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

from accounts.sessions import wants_json

RETRY_AFTER = 30  # seconds


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer the request whose exception is being handled; Django calls this for whatever no view has caught.

    A database that is away, full, hanging or too busy is no fault of the page, and passes: phones keep what they
    could not send and programs come back after Retry-After.
    """
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return defaults.server_error(request)
    if wants_json(request):
        answer: HttpResponse = JsonResponse({"detail": "系统暂时用不了，请过半分钟再试。"}, status=503)
    else:
        # without the request: what a page shows around itself asks the database
        again = request.get_full_path() if request.method in ("GET", "HEAD") else ""
        answer = HttpResponse(render_to_string("503.html", {"again": again}), status=503)
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer
