"""The list of who is behind, and what the cards on the phone send."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.rules import may_write, sees_people
from adminkit.pages import add_refusal, say_what_is_wrong
from baibuting.common.entries import entry_typed
from buildings.models import Place
from buildings.viewer import ViewerRequest
from cadres.models import Cadre
from cadres.viewer import post_holder
from gatherings.forms import MakeUpForm
from gatherings.models import Gathering
from gatherings.payloads import ROLL, roll_read
from gatherings.selectors import behind_by_matter, coming, expected, to_call_over
from gatherings.services import make_up_plan, people_sign_up, person_sign_off, roll_take
from volunteers.services import volunteer_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def behind(request: ViewerRequest) -> HttpResponse:
    """Show who is behind with what, and plan a training for them: `/gatherings/behind/`."""
    viewer = request.viewer
    if not sees_people(viewer.user):
        raise Http404
    may_plan = may_write(viewer.user, "gatherings.gathering")
    groups = behind_by_matter(viewer.scope, viewer.now)
    training = next((one for one in groups if one.is_training), None)
    form = MakeUpForm(request.POST if request.method == "POST" else None)
    say_what_is_wrong(form)
    if request.method == "POST":
        if not may_plan:
            raise PermissionDenied
        if form.is_valid():
            try:
                held = [one.appointment for one in training.duties] if training else []
                made = make_up_plan(
                    community=_community(viewer.scope.writable()),
                    cadres=[one.cadre for one in held if one is not None],
                    now=viewer.now,
                    by=viewer.user,
                    **form.cleaned_data,
                )
                messages.success(request, f"已安排“{made.title}”，落下的人都已报名。")
                return redirect("gatherings:behind")
            except ValidationError as refusal:
                add_refusal(form, refusal)
    context = {"groups": groups, "form": form, "may_plan": may_plan and training is not None}
    return render(request, "gatherings/behind.html", context)


def _community(scope: Any) -> Place:
    """Return the community in which the viewer plans. Raises ValidationError where there are several."""
    found = scope.whole_communities() or []
    if len(found) != 1:
        raise ValidationError("请在“活动与培训”里选择社区安排。")
    return Place.objects.within(scope).get(pk=found[0])


def _holder(request: ViewerRequest) -> Cadre:
    """Return the cadre behind the account. Raises Http404 for an account that holds no post."""
    holder = post_holder(request.viewer)
    if holder is None:
        raise Http404
    return holder.cadre


def _back(request: ViewerRequest) -> HttpResponse:
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(asked if is_ours else "/")


@login_required
@require_POST
def sign_up(request: ViewerRequest, pk: int) -> HttpResponse:
    """Sign oneself up, or off again, from the card on the phone: `/gatherings/<id>/sign-up/`."""
    cadre, now = _holder(request), request.viewer.now
    found = coming(request.viewer.scope, now).filter(pk=pk).first()
    if found is None:
        raise Http404
    try:
        volunteer = volunteer_of(cadre=cadre)
        if "off" in request.POST:
            person_sign_off(gathering=found, volunteer=volunteer)
            messages.success(request, f"已取消报名：{found.title}。")
        else:
            people_sign_up(gathering=found, volunteers=[volunteer], now=now)
            messages.success(request, f"已报名：{found.title}。")
    except ValidationError as refusal:
        messages.error(request, "".join(refusal.messages))
    return _back(request)


@login_required
@require_POST
def roll(request: ViewerRequest, pk: int) -> HttpResponse:
    """Call the roll of a gathering one hosts, without JavaScript: `/gatherings/<id>/roll/`."""
    cadre, now = _holder(request), request.viewer.now
    found: Gathering | None = to_call_over(cadre.pk, now).filter(pk=pk).first()
    if found is None:
        raise Http404
    fields = {name: request.POST.getlist(name) for name in ("there", "others")}
    try:
        read = roll_read(entry_typed(uuid4(), ROLL, {**fields, "gathering": str(pk)}, now), now)
        there = list(expected(found).filter(pk__in=read.there))
        roll_take(gathering=found, there=there, others=read.others, now=now, by=request.viewer.user)
        messages.success(request, f"已点名：{found.title}，到场 {len(there) + read.others} 人。")
    except ValidationError as refusal:
        messages.error(request, "".join(refusal.messages))
    return _back(request)
