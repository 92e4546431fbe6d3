"""`GET /healthz`: whether the database answers and the sweep still runs. Nothing personal, no sign-in."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from duties.models import SweepRun

logger = logging.getLogger(__name__)


def last_sweep_at() -> datetime | None:
    """Return when the newest completed sweep finished; None before the first."""
    finished = SweepRun.objects.filter(finished_at__isnull=False).order_by("-finished_at")
    return finished.values_list("finished_at", flat=True).first()


def health(*, now: datetime, running_for: float) -> dict[str, Any]:
    """Return the response: `status` is "ok", "starting", "sweep_stale" or "database_gone"; ages are whole seconds.

    A sweep that ended longer than SWEEP_STALE_AFTER ago is stale. Where none has ever ended, the process has that
    long (`running_for`, seconds) for the first.
    """
    limit: int = settings.SWEEP_STALE_AFTER
    answer: dict[str, Any] = {
        "status": "ok",
        "database": "ok",
        "sweep_age_seconds": None,
        "sweep_stale_after": limit,
    }
    try:
        swept_at = last_sweep_at()
    except DatabaseError as error:
        logger.error("healthz: the database does not answer: %s", type(error).__name__)
        connection.close()
        return answer | {"status": "database_gone", "database": "gone"}
    if swept_at is None:
        return answer | {"status": "starting" if running_for <= limit else "sweep_stale"}
    age = int((now - swept_at).total_seconds())
    return answer | {"sweep_age_seconds": age, "status": "ok" if age <= limit else "sweep_stale"}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while healthy or starting, else 503."""
    answer = health(now=timezone.now(), running_for=time.time() - settings.STARTED_AT)
    return JsonResponse(answer, status=200 if answer["status"] in ("ok", "starting") else 503)
