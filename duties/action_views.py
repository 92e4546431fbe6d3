"""Acting on a duty at the desk, and reading what was written about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.rules import may_write
from audit.revealing import sealed_reveal
from buildings.viewer import Viewer, ViewerRequest
from cadres.choices import BUILDING_POSTS
from cadres.models import Cadre
from duties.action_forms import FORMS, DutyActionForm
from duties.models import Duty, DutyAction
from duties.permissions import DutyPermissions, duty_permissions
from duties.rows import duty_rows
from duties.selectors import Disclosure
from duties.views import duty_context, find_duty
from duties.visibility import disclosure_for, office_scope

WORDS = "责任页面点“看内容”"


def case_of(viewer: Viewer, duty: Duty, disclosure: Disclosure) -> DutyPermissions:
    """Return what the viewer may do about the duty."""
    found = duty_permissions(
        [duty],
        ladder=disclosure.ladder,
        cadre_id=disclosure.cadre_id,
        office=office_scope(viewer),
        today=disclosure.today,
    )
    return found[duty.pk]


def form_for(kind: str, duty: Duty, request: ViewerRequest) -> DutyActionForm:
    """Return the form of a kind, bound on POST. Raises Http404 for an unknown kind."""
    if kind not in FORMS:
        raise Http404
    data = request.POST if request.method == "POST" else None
    return FORMS[kind](data, duty=duty, today=request.viewer.today)


def handle(request: ViewerRequest, duty: Duty, form: DutyActionForm) -> bool:
    """Carry out the form as the user of the request. Return whether the action was recorded.

    Raises Http404 for a user who may read in an emergency but not write.
    """
    scope = request.viewer.scope
    if not scope.writable().covers(duty.place.path):
        raise Http404
    cadre = (
        Cadre.objects.unscoped("the viewer himself").get(pk=scope.cadre_id)
        if scope.cadre_id is not None
        else None
    )
    return form.act(by=request.viewer.user, cadre=cadre, now=request.viewer.now)


def way_back(request: ViewerRequest, otherwise: str, *, below: str = "/") -> str:
    """Return where the user came from, as the form or link says; only pages of this portal."""
    wanted = str(request.POST.get("back", "") or request.GET.get("back", ""))
    is_ours = wanted.startswith(below) and url_has_allowed_host_and_scheme(wanted, {request.get_host()})
    return wanted if is_ours else otherwise


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def duty_handle(request: ViewerRequest, pk: int, kind: str) -> HttpResponse:
    """Record one action on a duty, then return to the page before: `/duties/<id>/handle/<kind>/`."""
    duty = find_duty(request, pk)
    form = form_for(kind, duty, request)
    back = way_back(request, reverse("duties:duty", args=[duty.pk]))
    now = request.viewer.now
    if request.method == "POST" and handle(request, duty, form):
        messages.success(request, form.done)
        return HttpResponseRedirect(back)
    disclosure = disclosure_for(request.viewer, {duty.accountable})
    case = case_of(request.viewer, duty, disclosure)
    context = {
        "row": duty_rows([duty], disclosure, now)[0],
        "duty": duty,
        "form": form,
        "refusal": case.refusal(form.kind),
        "vacant_url": _vacant_url(request, case) if case.lacks_a_holder else "",
        "back": back,
    }
    return render(request, "duties/handle.html", context, status=422 if form.errors else 200)


def _vacant_url(request: ViewerRequest, case: DutyPermissions) -> str:
    """Return where the vacant post is filled, for those who may fill it."""
    is_building_post = case.duty.accountable_post in BUILDING_POSTS
    model = "cadres.buildingstaff" if is_building_post else "cadres.appointment"
    if not may_write(request.user, model):
        return ""
    if is_building_post:
        return reverse("admin:cadres_buildingstaff_change", args=[case.duty.place_id])
    return reverse("admin:cadres_appointment_add")


@login_required
@require_POST
def duty_words(request: ViewerRequest, pk: int) -> HttpResponse:
    """Show what was written about a duty to those accountable for the person, audited: `/duties/<id>/words/`."""
    now = request.viewer.now
    duty = find_duty(request, pk)
    disclosure = disclosure_for(request.viewer, {duty.accountable})
    context = {**duty_context(request, duty, disclosure, now), **opened_words(request, duty, disclosure)}
    return render(request, "duties/duty.html", context)


def opened_words(request: ViewerRequest, duty: Duty, disclosure: Disclosure) -> dict[str, Any]:
    """Return the words asked for, or the refusal. Raises Http404 for a viewer not accountable for the duty."""
    asked = str(request.POST.get("action", ""))
    if not disclosure.answers_for(duty.accountable) or not asked.isascii():
        raise Http404
    rows = DutyAction.objects.within(request.viewer.scope).filter(duty=duty, place=duty.place_id)
    row = rows.filter(pk=int(asked)).first() if asked.isdigit() else None
    if row is None:
        raise Http404
    try:
        found = sealed_reveal(
            row=row, fields=["words"], reason=WORDS, user=request.viewer.user, now=request.viewer.now
        )
    except ValidationError as refusal:
        return {"opened": row.pk, "opened_refusal": "".join(refusal.messages)}
    return {"opened": row.pk, "opened_words": found["words"]}
