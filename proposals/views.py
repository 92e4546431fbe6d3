"""The box of proposals at the desk: the list, one proposal, accepting it, declining it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.rules import may_write
from adminkit.pages import add_refusal
from audit.revealing import sealed_reveal
from baibuting.common.list_filters import ListFilter
from buildings.scope import Scope
from buildings.viewer import ViewerRequest
from proposals.choices import Change, State
from proposals.forms import AcceptForm, DeclineForm
from proposals.models import Proposal
from proposals.selectors import proposals_listed
from proposals.services import proposal_accept, proposal_decline

PER_PAGE = 50
LOOKED = "变更上报页面点“看内容”"
STATES = ListFilter("state", "状态", State.choices, lambda word: Q(state=word))
CHANGES = ListFilter("change", "变更", Change.choices, lambda word: Q(change=word))
CHIPS = {State.WAITING: "today", State.ACCEPTED: "done", State.DECLINED: "plain"}


def _scope(request: ViewerRequest) -> Scope:
    """Return where the user may decide. Raises Http404 for who is no office."""
    if not may_write(request.viewer.user, "residents.resident"):
        raise Http404
    return request.viewer.scope.writable()


@login_required
@require_GET
def box(request: ViewerRequest) -> HttpResponse:
    """`/proposals/`: what cadres have reported, what waits unless filtered otherwise, the oldest of that first."""
    params = request.GET.copy()
    params.setdefault("state", State.WAITING)
    found = proposals_listed(_scope(request))
    for one in (STATES, CHANGES):
        if params.get(one.name):
            found = found.filter(one.condition(str(params[one.name])))
    if params["state"] == State.WAITING:
        found = found.order_by("received_at", "pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    proposals: list[Proposal] = list(page.object_list)
    context = {
        "page": page,
        "rows": [_row(one) for one in proposals],
        "chips": [one.chip(params) for one in (STATES, CHANGES)],
    }
    return render(request, "proposals/box.html", context)


def _row(proposal: Proposal) -> dict[str, Any]:
    resident = proposal.resident
    return {
        "proposal": proposal,
        "person": resident.name if resident else proposal.values.name,
        "chip": CHIPS[State(proposal.state)],
    }


def _find(request: ViewerRequest, pk: int) -> Proposal:
    proposal = proposals_listed(_scope(request)).filter(pk=pk).first()
    if proposal is None:
        raise Http404
    return proposal


@login_required
@require_GET
def proposal(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/proposals/<id>/`: one proposal with its form filled in."""
    return _page(request, _find(request, pk))


def _page(
    request: ViewerRequest,
    found: Proposal,
    *,
    form: AcceptForm | None = None,
    decline: DeclineForm | None = None,
    read: dict[str, str] | None = None,
    refusal: str = "",
) -> HttpResponse:
    is_waiting = found.state == State.WAITING
    context = {
        **_row(found),
        "said": found.values,
        "form": (form or AcceptForm(proposal=found)) if is_waiting else None,
        "decline": (decline or DeclineForm()) if is_waiting else None,
        "read": read,
        "refusal": refusal,
    }
    status = 422 if form is not None or decline is not None or refusal else 200
    return render(request, "proposals/proposal.html", context, status=status)


@login_required
@require_POST
def accept(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/proposals/<id>/accept/`: 采纳."""
    found = _find(request, pk)
    form = AcceptForm(request.POST, proposal=found)
    if not form.is_valid():
        return _page(request, found, form=form)
    try:
        proposal_accept(proposal=found, changes=form.changes, by=request.viewer.user, now=request.viewer.now)
    except ValidationError as refusal:
        if _find(request, pk).state != State.WAITING:
            return _page(request, _find(request, pk), refusal="".join(refusal.messages))
        add_refusal(form, refusal, {"left_on": "on", "started_on": "on", "ended_on": "on"})
        return _page(request, found, form=form)
    messages.success(request, f"已采纳（{found.change_label}），上报人会看到。")
    return redirect("proposals:index")


@login_required
@require_POST
def decline(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/proposals/<id>/decline/`: 不采纳, with words."""
    found = _find(request, pk)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, found, decline=form)
    try:
        proposal_decline(
            proposal=found, answer=form.cleaned_data["answer"], by=request.viewer.user, now=request.viewer.now
        )
    except ValidationError as refusal:
        return _page(request, _find(request, pk), refusal="".join(refusal.messages))
    messages.success(request, "已记下，上报人会看到原因。")
    return redirect("proposals:index")


@login_required
@require_POST
def words(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/proposals/<id>/words/`: number and remarks as they were said; audited."""
    found = _find(request, pk)
    try:
        sealed_reveal(
            row=found, fields=["said"], reason=LOOKED, user=request.viewer.user, now=request.viewer.now
        )
    except ValidationError as refusal:
        return _page(request, found, refusal="".join(refusal.messages))
    said = found.values
    return _page(request, found, read={"phone": said.phone, "words": said.words})
