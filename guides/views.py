"""The guides at a desk: which there are, and one of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from guides.rules import GUIDES
from guides.selectors import page_of


def index(request: HttpRequest) -> HttpResponse:
    """Show all guides. They can be read before signing in: who sets up a portal has no account yet."""
    return render(request, "guides/index.html", {"guides": GUIDES.values()})


def guide(request: HttpRequest, name: str) -> HttpResponse:
    """Show one guide. Raises Http404 for a name that none has."""
    if name not in GUIDES:
        raise Http404
    context = {"guide": GUIDES[name], "page": page_of(name), "guides": GUIDES.values()}
    return render(request, "guides/guide.html", context)
