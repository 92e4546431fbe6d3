"""三个必到: reporting an incident, arriving, closing it with a result."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.choices import Action
from audit.revealing import sealed_reveal
from audit.services import audit_event_record
from baibuting.common.entries import TEXT, Entry
from buildings.viewer import ViewerRequest
from cadres.selectors import posts_held_on
from cadres.viewer import PostHolder
from duties.selectors import is_counting
from phone.payloads import ARRIVAL, INCIDENT
from phone.selectors import answering_posts, buildings_within, own_buildings
from phone.views.base import for_post_holders, say, show
from phone.views.entries import take_typed, typed_entry
from phone.views.today import incident_cards
from phone.views.visit import sentences
from visits.choices import IncidentKind
from visits.models import Incident
from visits.selectors import attendance, incidents_of, incidents_running
from visits.services import incident_close

MOST_LISTED = 20
SUMMARY = "手机页面点“看情况”"


@for_post_holders
@require_http_methods(["GET", "HEAD", "POST"])
def incidents(request: ViewerRequest, viewer: PostHolder) -> HttpResponse:
    """`/m/incidents/`: the running incidents, and the form to report one."""
    if request.method != "POST":
        return _list(request, viewer, None, {})
    entry = typed_entry(request, viewer, INCIDENT)
    try:
        take_typed(request, viewer, entry)
    except ValidationError as refusal:
        return _list(request, viewer, entry, sentences(refusal))
    return redirect("phone:incidents")


def _list(
    request: ViewerRequest, viewer: PostHolder, entry: Entry | None, errors: dict[str, str]
) -> HttpResponse:
    mine = incidents_of(viewer.scope, viewer.today)
    running = incidents_running(viewer.scope).select_related("building__parent__parent", "rule")
    others = running.exclude(pk__in=[one.pk for one in mine]).order_by("-reported_at", "-pk")
    context: dict[str, Any] = {
        "title": "报事",
        "kinds": IncidentKind.choices,
        "buildings": own_buildings(viewer.cadre.pk, viewer.today)
        or buildings_within(viewer.scope.writable()),
        "incidents": incident_cards([*mine, *others[:MOST_LISTED]], viewer),
        "chosen": {
            name: entry.text(name) if entry else ""
            for name in ("incident_kind", "building", "occurred_time", "summary")
        },
        "uid": entry.uid if entry else uuid4(),
        "errors": errors,
        "longest": TEXT,
        "is_counting": is_counting(viewer.cadre.community_id, viewer.now),
    }
    return show(request, viewer, "incidents.html", context, tab="incidents", status=422 if errors else 200)


def _find(viewer: PostHolder, pk: int) -> Incident:
    found = Incident.objects.within(viewer.scope).select_related("building__parent__parent", "rule", "clock")
    incident = found.filter(pk=pk).first()
    if incident is None:
        raise Http404
    return incident


@for_post_holders
@require_safe
def incident(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/incidents/<id>/`: who has arrived, who is missing, and what the viewer can do."""
    return _page(request, viewer, _find(viewer, pk), "")


def _page(request: ViewerRequest, viewer: PostHolder, found: Incident, refusal: str) -> HttpResponse:
    rows = attendance(found, viewer.today, viewer.now)
    posts = posts_held_on(viewer.cadre, found.building, viewer.today)
    arrived = {row.post for row in rows if row.arrived_at}
    context = {
        "title": found.get_kind_display(),
        "subtitle": found.building.full_name,
        "incident": found,
        "rows": rows,
        "may_arrive": found.closed_at is None
        and any(post not in arrived for post in answering_posts(posts, found)),
        "me": viewer.cadre.pk,
        "has_summary": bool(found.__dict__["summary"]),
        "uid": uuid4(),
        "refusal": refusal,
        "result": request.POST.get("result", ""),
        "longest": TEXT,
    }
    return show(request, viewer, "incident.html", context, tab="incidents", status=422 if refusal else 200)


@for_post_holders
@require_POST
def arrive(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/incidents/<id>/arrive/`: 我已到场, without JavaScript."""
    found = _find(viewer, pk)
    try:
        take_typed(request, viewer, typed_entry(request, viewer, ARRIVAL))
    except ValidationError as refusal:
        say(request, "".join(refusal.messages), is_error=True)
    return redirect("phone:incident", pk=found.pk)


@for_post_holders
@require_POST
def close(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/incidents/<id>/close/`: 办结 with a result."""
    found = _find(viewer, pk)
    if not viewer.scope.writable().covers(found.building.path):
        raise Http404
    try:
        with transaction.atomic():
            incident_close(incident=found, result=request.POST.get("result", "")[:TEXT], now=viewer.now)
            audit_event_record(
                now=viewer.now,
                user=viewer.user,
                action=Action.CHANGE,
                object_type=Incident._meta.label_lower,
                object_id=str(found.pk),
                community_id=found.community_id,
                fields=["result"],
            )
    except ValidationError as refusal:
        return _page(request, viewer, found, "".join(refusal.messages))
    say(request, "已办结。")
    return redirect("phone:incidents")


@for_post_holders
@require_POST
def summary(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/incidents/<id>/summary/`: what was reported, in full; audited."""
    found = _find(viewer, pk)
    context = {
        "title": found.get_kind_display(),
        "back": reverse("phone:incident", args=[found.pk]),
        "text": "",
        "refusal": "",
    }
    try:
        seen = sealed_reveal(row=found, fields=["summary"], reason=SUMMARY, user=viewer.user, now=viewer.now)
        context["text"] = seen["summary"]
    except ValidationError as refusal:
        context["refusal"] = "".join(refusal.messages)
    return show(request, viewer, "summary.html", context, tab="incidents")
