"""The service worker, served under /m/ because its scope is limited to pages below its own address."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

WORKER = settings.BASE_DIR / "static" / "js" / "phone" / "sw.js"


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Return the script; browsers revalidate it each time and never take an old one from a cache."""
    response = HttpResponse(WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
