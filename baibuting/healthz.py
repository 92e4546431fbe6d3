"""What machines ask: `GET /livez`, whether the process answers, and `GET /healthz`, whether database and sweep are well.

Nothing personal, no sign-in, no session.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg2
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from baibuting.common.database_probe import write_try
from duties.models import SweepRun, WriteProbe
from duties.selectors import last_progress_at

logger = logging.getLogger(__name__)

PATIENCE = 2.5  # seconds for the database's answer; whoever asks waits five
PADDING = 7000  # bytes, so that a row takes a page and a full disk is noticed
MACHINES = frozenset({"/healthz", "/livez", "/metrics"})


class MachinesMiddleware:
    """Drops the cookies of requests to `MACHINES`: their answers depend on no session, and must not wait for one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in MACHINES:
            request.META.pop("HTTP_COOKIE", None)
        return self.get_response(request)


def health(*, now: datetime, running_for: float) -> dict[str, Any]:
    """Return the response of `/healthz`; ages are whole seconds.

    `status` is "ok", "starting", "sweep_stale", "clocks_differ" (the sweep refuses to judge, see `sweep_by_the_clock`),
    "database_gone", or "database_cannot_write". A sweep that got nothing done for SWEEP_STALE_AFTER is stale. Where
    none ever did, the process has that long (`running_for`, seconds) for the first.
    """
    limit: int = settings.SWEEP_STALE_AFTER
    answer: dict[str, Any] = {
        "status": "ok",
        "database": "ok",
        "sweep_age_seconds": None,
        "sweep_stale_after": limit,
    }
    try:
        write_try(WriteProbe._meta.db_table, "padding", size=PADDING, seconds=PATIENCE)
        swept_at = last_progress_at(now=now)
        refused = SweepRun.objects.order_by("-pk").values_list("is_refused", flat=True).first()
    except (psycopg2.Error, DatabaseError) as error:
        logger.error("healthz: the database does not answer: %s", type(error).__name__)
        connection.close()
        # a code is the server's own answer: it is there
        trouble = "cannot_write" if getattr(error, "pgcode", None) else "gone"
        return answer | {"status": f"database_{trouble}", "database": trouble}
    stale = "clocks_differ" if refused else "sweep_stale"
    if swept_at is None:
        return answer | {"status": "starting" if running_for <= limit else stale}
    age = int((now - swept_at).total_seconds())
    return answer | {"sweep_age_seconds": age, "status": "ok" if age <= limit else stale}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while healthy or starting, else 503."""
    answer = health(now=timezone.now(), running_for=time.time() - settings.STARTED_AT)
    return JsonResponse(answer, status=200 if answer["status"] in ("ok", "starting") else 503)


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Answer 200 without asking the database: what watches processes must not end them because it is away."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")
