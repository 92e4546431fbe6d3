"""The search at a desk and on a phone. What is typed comes by POST: names and numbers of people never stand in an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.rules import may_view, sees_people
from buildings.viewer import Viewer, ViewerRequest
from cadres.viewer import PostHolder
from phone.views.base import for_post_holders, framed
from search.rules import Asked, asked
from search.selectors import Group, found_by_words
from search.services import number_look_up

DESK = {"resident": "desk:person", "flat": "desk:household", "place": "desk:place"}
OFFICE = DESK | {"cadre": "admin:cadres_cadre_change"}
PHONE = {"resident": "phone:person", "building": "phone:one_building"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: ViewerRequest) -> HttpResponse:
    """`/search/`: what a search finds, by group; as a part of a page where it is asked for while typing (`typing`)."""
    if not sees_people(request.user):
        raise Http404
    is_typing = "typing" in request.POST
    pages = OFFICE if may_view(request.user, "cadres.cadre") else DESK
    context = _answer(request, request.viewer, pages, is_typing=is_typing)
    return render(request, "search/results.html" if is_typing else "search/page.html", context)


@for_post_holders
@require_http_methods(["GET", "HEAD", "POST"])
def phone_search(request: ViewerRequest, viewer: PostHolder) -> HttpResponse:
    """`/m/search/`: the same on a phone."""
    context = _answer(request, request.viewer, PHONE, is_typing=False)
    return render(request, "search/phone.html", {**framed(viewer), **context, "title": "查找"})


def _answer(
    request: ViewerRequest, viewer: Viewer, pages: Mapping[str, str], *, is_typing: bool
) -> dict[str, Any]:
    """Return what the pages show. While typing no number is looked up: each look-up is recorded, and should be meant."""
    wanted = asked(request.POST.get("q", ""))
    shown: dict[str, Any] = {"text": wanted.text, "groups": [], "refusal": "", "waits": False}
    if not wanted.text:
        return shown
    if wanted.is_number and is_typing:
        return {**shown, "waits": True}
    try:
        groups = _found(wanted, viewer)
    except ValidationError as refusal:
        return {**shown, "refusal": "".join(refusal.messages)}
    return {**shown, "groups": [_linked(group, pages) for group in groups]}


def _found(wanted: Asked, viewer: Viewer) -> list[Group]:
    if not viewer.scope.everywhere and not viewer.scope.paths:
        return []
    return number_look_up(asked=wanted, viewer=viewer) if wanted.is_number else found_by_words(wanted, viewer)


def _linked(group: Group, pages: Mapping[str, str]) -> dict[str, Any]:
    """Return a group with the address of each row's page; "" where the viewer's pages have none for its kind."""
    rows = []
    for hit in group.hits:
        page = pages.get(hit.kind) or pages.get(group.code, "")
        rows.append((reverse(page, args=[hit.key]) if page else "", hit))
    return {"group": group, "rows": rows}
