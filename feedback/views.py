"""意见建议: the form at the foot of every page, and what became of what one wrote."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods

from buildings.viewer import ViewerRequest
from feedback.forms import OpinionForm
from feedback.selectors import community_of, own_opinions
from feedback.services import opinion_write

PAGE = re.compile(r"[a-z_]{1,30}:[a-z_-]{1,49}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: ViewerRequest) -> HttpResponse:
    """`/feedback/?page=desk:home`: the form, and one's own opinions with their answers."""
    viewer = request.viewer
    community = community_of(viewer.scope)
    if community is None:
        raise PermissionDenied
    page = request.GET.get("page", "")
    page = page if PAGE.fullmatch(page) else ""
    form = OpinionForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            opinion_write(
                uid=_uid(request.POST.get("uid", "")),
                community=community,
                text=form.cleaned_data["text"],
                page=page,
                writer=viewer.user,
                now=viewer.now,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "已发给社区办，答复会写在这一页。")
            return redirect(request.get_full_path())
    context = {
        "form": form,
        "uid": uuid4(),
        "opinions": own_opinions(viewer.user.pk),
        "back": _back(page),
    }
    return render(request, "feedback/write.html", context, status=422 if form.errors else 200)


def _uid(sent: str) -> UUID:
    try:
        return UUID(sent)
    except ValueError:
        return uuid4()


def _back(page: str) -> str:
    """Return the address of the page one came from where its name says it all, else the first page."""
    try:
        return reverse(page) if page else "/"
    except NoReverseMatch:
        return "/m/" if page.startswith("phone:") else "/"
