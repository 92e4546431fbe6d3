"""`GET /metrics`: totals of the installation for Prometheus, read from the database at the moment they are asked for.

No number is kept in a process, so it does not matter which of the web's processes answers.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from baibuting.common.portal import Measure, Portal, collected

PREFIX = "baibuting_"


@collected
def measures(portals: Mapping[str, Portal]) -> list[Measure]:
    """Return the measures of all portals, lowest floor first."""
    return [measure for portal in portals.values() for measure in portal.measures]


class _Totals(Collector):
    """All measures at one moment."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for measure in measures():
            found = measure.read(self._now)
            for name, says in measure.names.items():
                if name in found:
                    yield GaugeMetricFamily(PREFIX + name, says, value=float(found[name]))


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer to whoever shows METRICS_TOKEN; to everybody else, and where there is none, this address does not exist."""
    shown = request.headers.get("Authorization", "")
    token: str = settings.METRICS_TOKEN
    if not token or not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Totals(timezone.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
