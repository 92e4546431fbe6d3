"""Filters that an account keeps for itself: above each list, and where they are kept and deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from buildings.viewer import ViewerRequest, viewer_of
from desk.models import SavedFilter
from desk.saved_filters import kept_query, list_named, own_filters
from desk.services import saved_filter_create, saved_filter_delete


def saved_filters(request: HttpRequest) -> dict[str, Any] | None:
    """Return the context of the card above a list: what is kept, and whether what is chosen now is not yet. One query."""
    listed = list_named(request.path)
    if not listed:
        return None
    now = kept_query(request.GET.urlencode())
    kept = list(own_filters(viewer_of(request).user, listed))
    return {
        "kept": [
            {"row": row, "url": f"{request.path}?{row.query}", "is_on": row.query == now} for row in kept
        ],
        # shown whatever the address says: a word of it that means nothing to a list changes nothing on its page
        "can_keep": all(row.query != now for row in kept),
        "list_path": request.path,
        "list_query": now,
    }


@login_required
@require_POST
def filter_create(request: ViewerRequest) -> HttpResponse:
    """`/filters/`: keep the conditions of a list under a name."""
    path, query = request.POST.get("list", ""), request.POST.get("query", "")
    listed = list_named(path)
    if not listed:
        raise Http404
    try:
        saved = saved_filter_create(
            user=request.viewer.user, listed=listed, query=query, name=request.POST.get("name", "")
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return HttpResponseRedirect(f"{reverse(listed)}?{kept_query(query)}")
    messages.success(request, f"已保存“{saved.name}”，以后在“常用筛选”里一点就到。")
    return HttpResponseRedirect(f"{reverse(listed)}?{saved.query}")


@login_required
@require_POST
def filter_delete(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/filters/<id>/delete/`: delete one of one's own."""
    found = get_object_or_404(SavedFilter, pk=pk, user=request.viewer.user)
    back = reverse(found.listed)
    saved_filter_delete(saved_filter=found)
    messages.success(request, "已删去这组常用筛选，列表里的资料没有变。")
    return HttpResponseRedirect(back)
