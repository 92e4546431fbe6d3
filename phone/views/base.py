"""What every page of the phone shares: a viewer who holds a post, the request's moment, and the page's frame."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts.sessions import TRUSTED
from buildings.viewer import ViewerRequest
from cadres.viewer import PostHolder, post_holder
from duties.alarms import phone_alarm
from duties.bell import notices_unseen
from phone.rules import entry_choices
from phone.selectors import epoch

Rest = ParamSpec("Rest")
LARGE_COOKIE = "large"


def for_post_holders(
    view: Callable[Concatenate[ViewerRequest, PostHolder, Rest], HttpResponse],
) -> Callable[Concatenate[ViewerRequest, Rest], HttpResponse]:
    """Limit a page to holders of a post: others are asked to sign in, or shown why there is nothing for them.

    A phone's long session ends with the user's last post.
    """

    @functools.wraps(view)
    def page(request: ViewerRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        viewer = post_holder(request.viewer)
        if viewer is not None:
            return view(request, viewer, *args, **kwargs)
        if request.user.is_authenticated and not request.session.get(TRUSTED):
            return render(request, "phone/no_post.html", {"title": "没有任职"}, status=403)
        logout(request)
        back = request.path if request.method == "GET" else reverse("phone:today")
        return HttpResponseRedirect(f"{reverse('phone:sign_in')}?{urlencode({'next': back})}")

    return page


def show(
    request: ViewerRequest,
    viewer: PostHolder,
    template: str,
    context: dict[str, Any],
    *,
    tab: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page inside the frame."""
    return render(request, f"phone/{template}", {**framed(viewer, tab), **context}, status=status)


def framed(viewer: PostHolder, tab: str = "") -> dict[str, Any]:
    """Return the context of `phone/base.html`, also for pages of other apps. Three queries."""
    return {
        "viewer": viewer,
        "tab": tab,
        "unseen": notices_unseen(viewer.scope),
        "alarm": phone_alarm(viewer.now),
        "epoch": epoch(),
        "entry_labels": json.dumps(dict(entry_choices()), ensure_ascii=False),
    }


def say(request: ViewerRequest, sentence: str, *, is_error: bool = False) -> None:
    """Show a sentence at the top of the next page."""
    messages.add_message(request, messages.ERROR if is_error else messages.SUCCESS, sentence)
