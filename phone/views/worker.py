"""The service worker: served under /m/, because it may only look after pages below its own address."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

WORKER = settings.BASE_DIR / "static" / "js" / "phone" / "sw.js"


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """ReportRequest for anew by every browser at least daily; never an old one out of a cache."""
    response = HttpResponse(WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
