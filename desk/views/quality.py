"""`/quality/`: what is missing in the data, each number with its list."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.rules import sees_people
from buildings.viewer import ViewerRequest
from desk.quality import gap_groups


@login_required
@require_GET
def quality(request: ViewerRequest) -> HttpResponse:
    """Show the numbers; 404 to whoever works with no people."""
    if not sees_people(request.viewer.user):
        raise Http404
    groups = gap_groups(request.viewer, request.viewer.scope)
    missing = sum(1 for group in groups for gap in group.gaps if gap.count)
    return render(request, "desk/quality.html", {"groups": groups, "missing": missing})
