"""The page of benches."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from sample.models import Bench

from buildings.viewer import viewer_of


@login_required
@require_safe
def benches(request: HttpRequest) -> HttpResponse:
    """All benches of the scope."""
    return render(request, "sample/benches.html", {"benches": Bench.objects.within(viewer_of(request).scope)})
