"""诉求: reporting one, what became of those one has reported, and handling one that was given to the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.revealing import sealed_reveal
from baibuting.common.entries import TEXT, Entry
from baibuting.common.portal import Card
from buildings.models import Place
from buildings.viewer import ViewerRequest, viewer_of
from cadres.choices import Post
from cadres.ladder import Accountable
from cadres.viewer import PostHolder, post_holder
from concerns.choices import CLOSED, State, Subject, Urgency
from concerns.kinds import who_has
from concerns.models import Concern
from concerns.payloads import CONCERN
from concerns.selectors import (
    concerns_held,
    concerns_listed,
    concerns_of,
    concerns_reported,
    days_in_force,
)
from concerns.services import concern_close
from duties.selectors import Disclosure
from duties.visibility import disclosure_for
from phone.selectors import buildings_within, flat_label, own_buildings
from phone.views.base import for_post_holders, say, show
from phone.views.entries import take_typed, typed_entry
from phone.views.visit import sentences
from residents.models import Resident

LOOKED = "手机页面点“看内容”"
MOST_ON_A_PERSON = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A concern as lists on the phone show it; `answer` as far as the viewer may read it."""

    concern: Concern
    person: str
    who: str
    is_late: bool
    answer: str


def lines_of(concerns: Sequence[Concern], viewer: PostHolder) -> list[Line]:
    """Return the lines of some concerns. Five queries, and none for none."""
    if not concerns:
        return []
    disclosure = disclosure_for(viewer, {one.building_id for one in concerns})
    return [
        Line(
            one,
            disclosure.person(one.resident, _whose(one)) if one.resident else "",
            f"{who_has(one)}{f' {one.appointment.cadre.name}' if one.appointment else ''}",
            not one.is_closed and one.due_on < viewer.today,
            one.answer if one.is_closed and may_read(one, viewer, disclosure) else "",
        )
        for one in concerns
    ]


def _whose(concern: Concern) -> Accountable:
    return Accountable(concern.building_id, Post.BUILDING_HEAD)


def may_read(concern: Concern, viewer: PostHolder, disclosure: Disclosure) -> bool:
    """Return whether what was written is for the viewer: who reported it, has it, or answers for the building."""
    return (
        viewer.cadre.pk == concern.reporter_id
        or _has(concern, viewer)
        or disclosure.answers_for(_whose(concern))
    )


def _has(concern: Concern, viewer: PostHolder) -> bool:
    return concern.appointment is not None and concern.appointment.cadre_id == viewer.cadre.pk


def _buildings(viewer: PostHolder) -> list[Place]:
    return own_buildings(viewer.cadre.pk, viewer.today) or buildings_within(viewer.scope.writable())


def form_context(viewer: PostHolder, buildings: list[Place]) -> dict[str, Any]:
    """Return what the form to report a concern shows."""
    return {
        "subjects": Subject.choices,
        "urgencies": Urgency.choices,
        "buildings": buildings,
        "concern_uid": uuid4(),
        "chosen": {"urgency": Urgency.NORMAL.value},
        "longest": TEXT,
        "days": days_in_force(viewer.cadre.community_id)[0],
    }


@for_post_holders
@require_http_methods(["GET", "HEAD", "POST"])
def concerns(request: ViewerRequest, viewer: PostHolder) -> HttpResponse:
    """`/m/concerns/`: 诉求; by POST the entry is taken as the queue's are, but refused at once."""
    if request.method != "POST":
        return _list(request, viewer, None, {})
    entry = typed_entry(request, viewer, CONCERN)
    try:
        take_typed(request, viewer, entry)
    except ValidationError as refusal:
        return _list(request, viewer, entry, sentences(refusal))
    return redirect("phone:concerns")


def _list(
    request: ViewerRequest, viewer: PostHolder, entry: Entry | None, errors: dict[str, str]
) -> HttpResponse:
    person = _person(viewer, entry.text("resident") if entry else request.GET.get("resident", ""))
    context: dict[str, Any] = {
        "title": "诉求",
        **form_context(viewer, [person.household.building] if person else _buildings(viewer)),
        "resident": person,
        "flat": flat_label(person.household) if person else "",
        "held": lines_of(concerns_held(viewer.cadre.pk, viewer.scope), viewer),
        "reported": lines_of(concerns_reported(viewer.cadre.pk, viewer.scope), viewer),
        "errors": errors,
    }
    if entry is not None:
        context["concern_uid"] = entry.uid
        context["chosen"] = {name: entry.text(name) for name in ("building", "subject", "urgency", "words")}
    return show(request, viewer, "concerns.html", context, tab="incidents", status=422 if errors else 200)


def _person(viewer: PostHolder, value: str) -> Resident | None:
    if not value.isdecimal() or len(value) > 18:
        return None
    people = Resident.objects.within(viewer.scope.writable()).filter(erased_at=None, pk=value)
    return people.select_related("household__building__parent__parent").first()


def _find(viewer: PostHolder, pk: int) -> Concern:
    found = concerns_listed(viewer.scope).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@for_post_holders
@require_safe
def concern(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/concerns/<id>/`: where one concern stands, and what the viewer can do."""
    return _page(request, viewer, _find(viewer, pk))


def _page(
    request: ViewerRequest, viewer: PostHolder, found: Concern, *, read: str = "", refusal: str = ""
) -> HttpResponse:
    disclosure = disclosure_for(viewer, {found.building_id})
    is_own = viewer.cadre.pk == found.reporter_id
    context = {
        "title": found.get_subject_display(),
        "subtitle": found.building.full_name,
        "line": lines_of([found], viewer)[0],
        "concern": found,
        "words": found.words if is_own else read,
        "may_look": not is_own and not read and may_read(found, viewer, disclosure),
        "may_close": not found.is_closed and _has(found, viewer),
        "results": [(state.value, state.label) for state in CLOSED],
        "state": request.POST.get("state", State.DONE.value),
        "answer": request.POST.get("answer", ""),
        "refusal": refusal,
        "longest": TEXT,
    }
    return show(request, viewer, "concern.html", context, tab="incidents", status=422 if refusal else 200)


@for_post_holders
@require_POST
def words(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/concerns/<id>/words/`: what was said, for those who may read it; audited."""
    found = _find(viewer, pk)
    if not may_read(found, viewer, disclosure_for(viewer, {found.building_id})):
        raise Http404
    try:
        seen = sealed_reveal(row=found, fields=["words"], reason=LOOKED, user=viewer.user, now=viewer.now)
    except ValidationError as refusal:
        return _page(request, viewer, found, refusal="".join(refusal.messages))
    return _page(request, viewer, found, read=seen["words"])


@for_post_holders
@require_POST
def close(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/concerns/<id>/close/`: 已办 or 不办, by the cadre who has it."""
    found = _find(viewer, pk)
    if not _has(found, viewer) or not viewer.scope.writable().covers(found.building.path):
        raise Http404
    try:
        concern_close(
            concern=found,
            state=request.POST.get("state", ""),
            answer=request.POST.get("answer", "")[:TEXT],
            by=viewer.user,
            now=viewer.now,
        )
    except ValidationError as refusal:
        return _page(request, viewer, _find(viewer, pk), refusal="".join(refusal.messages))
    say(request, "已办结，反映人会看到结果。")
    return redirect("phone:concerns")


# --- cards on other pages of the phone ------------------------------------------------------------------------------
def _on_person(request: HttpRequest, resident: Resident) -> dict[str, Any] | None:
    """The person's last concerns, so that whoever goes there next can tell what became of them."""
    viewer = post_holder(viewer_of(request))
    if viewer is None:
        return None
    last = concerns_of(resident, viewer.scope)[:MOST_ON_A_PERSON]
    url = f"{reverse('phone:concerns')}?resident={resident.pk}"
    return {"lines": lines_of(last, viewer), "url": url}


def _on_incidents(request: HttpRequest) -> dict[str, Any] | None:
    viewer = post_holder(viewer_of(request))
    return None if viewer is None else form_context(viewer, _buildings(viewer))


def _on_mine(request: HttpRequest) -> dict[str, Any] | None:
    viewer = post_holder(viewer_of(request))
    if viewer is None:
        return None
    running = [one for one in concerns_reported(viewer.cadre.pk, viewer.scope) if not one.is_closed]
    return {"running": len(running), "held": len(concerns_held(viewer.cadre.pk, viewer.scope))}


CARDS = (
    Card("phone:visit", "phone/concern_answers.html", _on_person),
    Card("phone:person", "phone/concern_card.html", _on_person),
    Card("phone:incidents", "phone/concern_report.html", _on_incidents),
    Card("phone:mine", "phone/concern_mine.html", _on_mine),
)
