"""变更上报: saying that somebody died, moved, is in hospital, or that somebody new needs visits; what became of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from baibuting.common.entries import TEXT
from baibuting.common.portal import Card
from buildings.models import Place
from buildings.viewer import ViewerRequest, viewer_of
from cadres.choices import Post
from cadres.ladder import Accountable
from cadres.viewer import PostHolder, post_holder
from duties.visibility import disclosure_for
from phone.views.base import for_post_holders, show
from phone.views.entries import take_typed, typed_entry
from phone.views.visit import sentences
from proposals.choices import OF_A_PERSON, Change
from proposals.payloads import PROPOSAL
from proposals.selectors import proposals_of, waiting_about
from residents.models import Resident
from residents.selectors import category_choices


@for_post_holders
@require_http_methods(["GET", "HEAD", "POST"])
def proposals(request: ViewerRequest, viewer: PostHolder) -> HttpResponse:
    """`/m/proposals/`: 我上报的; by POST the entry is taken as the queue's are, but refused at once."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        entry = typed_entry(request, viewer, PROPOSAL)
        try:
            take_typed(request, viewer, entry)
        except ValidationError as refusal:
            errors = sentences(refusal)
        else:
            return redirect("phone:proposals")
    context = {"title": "变更上报", "rows": _rows(viewer), "errors": errors}
    return show(request, viewer, "proposals.html", context, tab="mine", status=422 if errors else 200)


def _rows(viewer: PostHolder) -> list[dict[str, Any]]:
    """Return what the viewer has reported: of whom, as far as he may read it by now, and what became of it."""
    own = proposals_of(viewer.cadre.pk)
    disclosure = disclosure_for(viewer, {one.building.pk for one in own})
    return [
        {
            "proposal": one,
            "person": disclosure.person(one.resident, Accountable(one.building.pk, Post.BUILDING_HEAD))
            if one.resident
            else "",
        }
        for one in own
    ]


# --- cards on other pages of the phone ------------------------------------------------------------------------------
def _of_person(request: HttpRequest, resident: Resident) -> dict[str, Any] | None:
    viewer = post_holder(viewer_of(request))
    if viewer is None:
        return None
    return {
        "resident": resident,
        "changes": [(change.value, change.label) for change in OF_A_PERSON],
        "pending": waiting_about([resident.pk]).get(resident.pk, ""),
        **_form(viewer),
    }


def _of_building(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    viewer = post_holder(viewer_of(request))
    if viewer is None or not viewer.scope.writable().covers(place.path):
        return None
    return {"place": place, "categories": category_choices(), "new": Change.NEW.value, **_form(viewer)}


def _form(viewer: PostHolder) -> dict[str, Any]:
    return {"proposal_uid": uuid4(), "today": viewer.today, "longest": TEXT}


def _on_mine(request: HttpRequest) -> dict[str, Any] | None:
    viewer = post_holder(viewer_of(request))
    if viewer is None:
        return None
    return {"waiting": sum(1 for one in proposals_of(viewer.cadre.pk) if one.decided_at is None)}


CARDS = (
    Card("phone:visit", "phone/proposal_card.html", _of_person),
    Card("phone:person", "phone/proposal_card.html", _of_person),
    Card("phone:building", "phone/proposal_new.html", _of_building),
    Card("phone:mine", "phone/proposal_mine.html", _on_mine),
)
