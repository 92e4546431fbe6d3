"""A person, and the numbers the viewer may call: shown on a tap, each disclosure audited."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from audit.revealing import sealed_reveal
from baibuting.common.days import local_day
from buildings.viewer import ViewerRequest
from cadres.choices import RUNG_POSTS
from cadres.ladder import Accountable
from cadres.models import Cadre
from cadres.viewer import PostHolder, post_holder
from duties.choices import RUNNING
from duties.kinds import kind_of
from duties.models import Duty
from duties.rows import duties_listed
from duties.selectors import Disclosure
from duties.story import status_label
from duties.visibility import disclosure_for, reads_names
from phone.models import Photo
from phone.selectors import day_label, flat_label, household_under_care, own_buildings
from phone.sent import photos_sent
from phone.services import photo_look
from phone.views.base import for_post_holders, show
from phone.views.visit import find_person, people_of
from residents.models import Resident
from visits.models import Visit
from visits.selectors import record_posts

CALL = "手机页面点“打电话”"
OWN_WORDS = "在手机上看自己上次写的"
LAST_VISITS = 10


def may_know(resident: Resident, viewer: PostHolder, disclosure: Disclosure) -> bool:
    """Return whether the viewer is accountable for a person: by the post of any of their open records, or above it."""
    records = [one for one in household_under_care(resident) if one.resident_id == resident.pk]
    posts = record_posts(records, viewer.today)
    whose = (Accountable(one.building_id, posts[one.pk]) for one in records if one.pk in posts)
    return any(disclosure.answers_for(one) for one in whose)


@for_post_holders
@require_safe
def person(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/people/<id>/`: what is due for a person and when they were last seen, without the visitors' notes."""
    resident = find_person(viewer, pk)
    building = resident.household.building
    running = duties_listed(viewer.scope).filter(care_record__resident=resident, outcome__in=RUNNING)
    duties = list(running.order_by("due_at", "pk"))
    disclosure = disclosure_for(viewer, {building.pk, *(one.accountable for one in duties)})
    records = household_under_care(resident)
    posts = record_posts(records, viewer.today)
    people = {one.resident.pk: one for one in people_of(records, posts, disclosure)}
    himself = people.get(resident.pk)
    # a person who has moved leaves the past behind: visits in another building are not in this scope
    visits = Visit.objects.within(viewer.scope).filter(resident=resident, voided_at=None)
    photos = photos_sent(resident, viewer.user.pk)
    lately = list(visits.select_related("visitor").order_by("-visited_at", "-pk")[:LAST_VISITS])
    context = {
        "title": himself.name if himself else str(resident),
        "subtitle": f"{building.name} {flat_label(resident.household)}",
        "chips": himself.chips if himself else [],
        "resident": resident,
        "is_under_care": himself is not None,
        "may_call": bool(resident.__dict__["phone"]) and may_know(resident, viewer, disclosure),
        "duties": [
            (
                rounds[0],
                kind_of(rounds[0]).category(rounds[0], disclosure),
                status_label(rounds[0], viewer.now),
                rounds[1:],
            )
            for rounds in _by_record(duties)
        ],
        "visits": [(_visited(one, viewer), one) for one in lately],
        "has_own_words": _last_written(lately, viewer) is not None,
        "photos": photos,
        "housemates": [one for key, one in people.items() if key != resident.pk],
    }
    return show(request, viewer, "person.html", context, tab="building")


def _last_written(visits: Iterable[Visit], viewer: PostHolder) -> Visit | None:
    """Return the first of the visits after which the viewer wrote something."""
    own = (one for one in visits if one.visitor_id == viewer.cadre.pk)
    return next((one for one in own if one.__dict__["notes"]), None)


@for_post_holders
@require_POST
def own_words(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/people/<id>/words/`: what the viewer wrote after the last visit; audited as every reading of notes."""
    resident = find_person(viewer, pk)
    visits = Visit.objects.within(viewer.scope).filter(resident=resident, voided_at=None)
    found = _last_written(visits.order_by("-visited_at", "-pk")[:LAST_VISITS], viewer)
    if found is None:
        raise Http404
    context = {
        "title": "我上次写的",
        "subtitle": day_label(local_day(found.visited_at), viewer.today),
        "back": reverse("phone:person", args=[resident.pk]),
        "text": "",
        "refusal": "",
    }
    try:
        read = sealed_reveal(row=found, fields=["notes"], reason=OWN_WORDS, user=viewer.user, now=viewer.now)
        context["text"] = read["notes"]
    except ValidationError as refusal:
        context["refusal"] = "".join(refusal.messages)
    return show(request, viewer, "summary.html", context, tab="building")


def _by_record(duties: list[Duty]) -> list[list[Duty]]:
    """Return the running rounds of each record, the most pressing first."""
    found: dict[int, list[Duty]] = {}
    for duty in duties:
        found.setdefault(duty.clock_id, []).append(duty)
    return list(found.values())


def _visited(visit: Visit, viewer: PostHolder) -> str:
    who = visit.visitor.name if visit.visitor else visit.visitor_name
    post = visit.get_visitor_post_display() if visit.visitor_post else ""
    seen = "见到本人" if visit.seen else "没见到"
    day = day_label(local_day(visit.visited_at), viewer.today)
    return f"{day} {post}{who}{visit.get_method_display()}，{seen}"


@for_post_holders
@require_POST
def call_person(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/people/<id>/call/`: the number, for those accountable for the person; audited."""
    resident = find_person(viewer, pk)
    disclosure = disclosure_for(viewer, {resident.household.building_id})
    if not may_know(resident, viewer, disclosure):
        raise Http404
    back = reverse("phone:person", args=[resident.pk])
    return _number(request, viewer, resident, resident.name, back)


@for_post_holders
@require_POST
def call_cadre(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/cadres/<id>/call/`: the number of a cadre within the scope, or on a rung above the viewer's buildings."""
    cadre = Cadre.objects.within(viewer.scope).filter(pk=pk).first() or _above(request, viewer, pk)
    if cadre is None:
        raise Http404
    return _number(request, viewer, cadre, cadre.name, reverse("phone:building"))


def _above(request: ViewerRequest, viewer: PostHolder, pk: int) -> Cadre | None:
    buildings = {place.pk for place in own_buildings(viewer.cadre.pk, viewer.today)}
    disclosure = disclosure_for(viewer, buildings)
    holders = (
        disclosure.ladder.rung_holder(building, rung, viewer.today)
        for building in buildings
        for rung in RUNG_POSTS
    )
    if any(holder is not None and holder.cadre_id == pk for holder in holders):
        return Cadre.objects.unscoped("who answers above one of the viewer's buildings").get(pk=pk)
    return None


def _number(
    request: ViewerRequest, viewer: PostHolder, row: models.Model, name: str, back: str
) -> HttpResponse:
    context = {"title": name, "back": back, "number": "", "refusal": ""}
    try:
        found = sealed_reveal(row=row, fields=["phone"], reason=CALL, user=viewer.user, now=viewer.now)
        context["number"] = found["phone"]
    except ValidationError as refusal:
        context["refusal"] = "".join(refusal.messages)
    return show(request, viewer, "call.html", context)


@login_required
@require_safe
def photo(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """`/m/photos/<uid>/`: a photo, for its sender, the office, and those accountable for the person; audited.

    429 with a sentence where the viewer has looked at too many people within an hour.
    """
    found = Photo.objects.within(request.viewer.scope).select_related("submission")
    picture = found.filter(uid=uid).first()
    if picture is None or not _may_see(request, picture):
        raise Http404
    try:
        data = photo_look(photo=picture, user=request.viewer.user, now=request.viewer.now)
    except ValidationError as refusal:
        return HttpResponse("".join(refusal.messages), status=429, content_type="text/plain; charset=utf-8")
    return picture_response(data)


def _may_see(request: ViewerRequest, picture: Photo) -> bool:
    submission = picture.submission
    if submission.sender_id == request.user.pk or reads_names(request.viewer):
        return True
    viewer, visit = post_holder(request.viewer), submission.made()
    if viewer is None or not isinstance(visit, Visit):
        return False
    disclosure = disclosure_for(viewer, {visit.building_id})
    return may_know(visit.resident, viewer, disclosure)


def picture_response(data: bytes) -> HttpResponse:
    """Return a JPEG response that no browser caches or takes for another type."""
    response = HttpResponse(data, content_type="image/jpeg")
    response["Content-Disposition"] = 'inline; filename="photo.jpg"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
