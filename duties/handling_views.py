"""Doing something about a duty at the desk, and reading what was written about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.routing import account_of
from accounts.rules import may_write
from audit.revealing import sealed_reveal
from baibuting.common.days import local_day
from buildings.scope import scope_of
from cadres.models import Cadre
from duties.handling_forms import FORMS, HandlingForm
from duties.models import Duty, Handling
from duties.powers import Case, cases
from duties.rows import duty_rows
from duties.selectors import Sight
from duties.viewing import office_scope, sight_for
from duties.views import duty_context, find_duty

WORDS = "责任页面点“看内容”"


def case_of(request: HttpRequest, duty: Duty, sees: Sight) -> Case:
    """The duty as it lies before the account behind a request."""
    found = cases(
        [duty],
        ladder=sees.ladder,
        cadre_id=sees.cadre_id,
        office=office_scope(request),
        today=sees.today,
    )
    return found[duty.pk]


def form_for(kind: str, duty: Duty, request: HttpRequest) -> HandlingForm:
    """The form of a kind, bound where it was sent. Raises Http404 for no kind."""
    if kind not in FORMS:
        raise Http404
    data = request.POST if request.method == "POST" else None
    return FORMS[kind](data, duty=duty, today=local_day(timezone.now()))


def handle(request: HttpRequest, duty: Duty, form: HandlingForm) -> bool:
    """Do what the form says, as the account behind the request; whether it was done.

    Raises Http404 where one may look in an emergency, and not write.
    """
    scope = scope_of(request)
    if not scope.writable().covers(duty.building.path):
        raise Http404
    cadre = Cadre.objects.get(pk=scope.cadre_id) if scope.cadre_id is not None else None
    return form.act(by=account_of(request), cadre=cadre, now=timezone.now())


def way_back(request: HttpRequest, otherwise: str, *, below: str = "/") -> str:
    """Where somebody came from, as his form or link says; only pages of this portal."""
    wanted = str(request.POST.get("back", "") or request.GET.get("back", ""))
    is_ours = wanted.startswith(below) and url_has_allowed_host_and_scheme(wanted, {request.get_host()})
    return wanted if is_ours else otherwise


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def duty_handle(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """`/duties/<id>/handle/<kind>/`: one thing that can be done about a duty; then back to where one was."""
    duty = find_duty(request, pk)
    form = form_for(kind, duty, request)
    back = way_back(request, reverse("duty", args=[duty.pk]))
    now = timezone.now()
    if request.method == "POST" and handle(request, duty, form):
        messages.success(request, form.done)
        return HttpResponseRedirect(back)
    sees = sight_for(request, {duty.building_id}, local_day(now))
    case = case_of(request, duty, sees)
    context = {
        "row": duty_rows([duty], sees, now)[0],
        "duty": duty,
        "form": form,
        "refusal": case.refusal(form.kind),
        "vacant_url": _vacant_url(request, case) if case.lacks_a_holder else "",
        "back": back,
    }
    return render(request, "duties/handle.html", context, status=422 if form.errors else 200)


def _vacant_url(request: HttpRequest, case: Case) -> str:
    """Where the vacant post is filled, for those who may."""
    if not may_write(request.user, "cadres.buildingstaff"):  # type: ignore[arg-type]
        return ""
    return reverse("admin:cadres_buildingstaff_change", args=[case.duty.building_id])


@login_required
@require_POST
def duty_words(request: HttpRequest, pk: int) -> HttpResponse:
    """`/duties/<id>/words/`: what somebody wrote about a duty, for those who answer for the person; audited."""
    now = timezone.now()
    duty = find_duty(request, pk)
    sees = sight_for(request, {duty.building_id}, local_day(now))
    context = {**duty_context(request, duty, sees, now), **opened_words(request, duty, sees)}
    return render(request, "duties/duty.html", context)


def opened_words(request: HttpRequest, duty: Duty, sees: Sight) -> dict[str, Any]:
    """The words asked for, or why not, for the page of a duty. Raises Http404 for whoever does not answer for it."""
    asked = str(request.POST.get("handling", ""))
    if not sees.answers_for(duty.building_id, duty.accountable_post) or not asked.isascii():
        raise Http404
    rows = Handling.objects.within(scope_of(request)).filter(duty=duty, building=duty.building_id)
    row = rows.filter(pk=int(asked)).first() if asked.isdigit() else None
    if row is None:
        raise Http404
    try:
        found = sealed_reveal(
            row=row, fields=["words"], reason=WORDS, user=account_of(request), now=timezone.now()
        )
    except ValidationError as refusal:
        return {"opened": row.pk, "opened_refusal": "".join(refusal.messages)}
    return {"opened": row.pk, "opened_words": found["words"]}
