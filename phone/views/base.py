"""What every page of the phone has: somebody who holds a post, his moment, and the frame around the page."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.routing import account_of
from accounts.sessions import TRUSTED
from baibuting.common.days import local_day
from buildings.scope import Scope, scope_of
from cadres.models import Cadre
from duties.bell import notices_unseen
from duties.selectors import Sight
from duties.viewing import sight_for
from phone.rules import entry_choices
from phone.selectors import epoch

Rest = ParamSpec("Rest")
LARGE_COOKIE = "large"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: his account, what he holds, and when."""

    user: User
    cadre: Cadre
    scope: Scope
    now: datetime

    @property
    def today(self) -> date:
        return local_day(self.now)


def viewer_of(request: HttpRequest) -> Viewer | None:
    """Whoever is signed in and holds, or stands in for, a post today."""
    if not request.user.is_authenticated:
        return None
    scope = scope_of(request)
    if scope.cadre_id is None or not scope.paths:
        return None
    cadre = Cadre.objects.select_related("community").get(pk=scope.cadre_id)
    return Viewer(account_of(request), cadre, scope, timezone.now())


def for_post_holders(
    view: Callable[Concatenate[HttpRequest, Viewer, Rest], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """A page for those who hold a post: others are asked to sign in, or told why there is nothing for them.

    A phone's long session ends with the last post.
    """

    @functools.wraps(view)
    def page(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        viewer = viewer_of(request)
        if viewer is not None:
            return view(request, viewer, *args, **kwargs)
        if request.user.is_authenticated and not request.session.get(TRUSTED):
            return render(request, "phone/no_post.html", {"title": "没有任职"}, status=403)
        logout(request)
        back = request.path if request.method == "GET" else reverse("phone:today")
        return HttpResponseRedirect(f"{reverse('phone:sign_in')}?{urlencode({'next': back})}")

    return page


def sight_over(request: HttpRequest, viewer: Viewer, building_ids: Iterable[int]) -> Sight:
    """What the viewer may know of the people in some buildings."""
    return sight_for(request, building_ids, viewer.today)


def show(
    request: HttpRequest,
    viewer: Viewer,
    template: str,
    context: dict[str, Any],
    *,
    tab: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page inside the frame."""
    unseen = notices_unseen(viewer.scope)
    frame = {
        "viewer": viewer,
        "tab": tab,
        "unseen": unseen,
        "epoch": epoch(),
        "entry_labels": json.dumps(dict(entry_choices()), ensure_ascii=False),
    }
    return render(request, f"phone/{template}", {**frame, **context}, status=status)


def say(request: HttpRequest, sentence: str, *, is_error: bool = False) -> None:
    """A sentence at the top of the next page."""
    messages.add_message(request, messages.ERROR if is_error else messages.SUCCESS, sentence)
