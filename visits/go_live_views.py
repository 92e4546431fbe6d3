"""The page 启用: from which day a community counts, shown before it is confirmed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from adminkit.pages import add_refusal
from buildings.choices import Level
from buildings.models import Place
from buildings.viewer import Viewer, ViewerRequest
from cadres.choices import Post
from cadres.ladder import Ladder
from duties.models import GoLive
from visits.go_live_forms import GoLiveForm
from visits.going_live import StartPlan
from visits.selectors import may_go_live
from visits.services import go_live_confirm, go_live_preview

DAYS_SHOWN, BUILDINGS_SHOWN = 31, 12
BAR_WIDTH = 360  # of the fullest day, in the units of its SVG


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def go_live(request: ViewerRequest) -> HttpResponse:
    """Show what a go-live would bring, and on confirming exactly that, do it: `/go-live/`."""
    communities = communities_to_start(request.viewer)
    community = _community_asked(request, communities)
    live = GoLive.objects.filter(community=community).select_related("confirmed_by").first()
    now = request.viewer.now
    context: dict[str, Any] = {"community": community, "live": live, "communities": communities}
    if live is not None and live.begins_at <= now:
        return render(request, "visits/go_live.html", {**context, "is_live": True})
    if request.method != "POST":
        first = GoLiveForm.first_values(community, request.viewer.today + timedelta(days=1))
        form = GoLiveForm(communities=communities, initial=first)
        return render(request, "visits/go_live.html", {**context, "form": form})
    form = GoLiveForm(request.POST, communities=communities)
    plan = _previewed(request, form) if form.is_valid() else None
    if plan is None:
        return render(request, "visits/go_live.html", {**context, "form": form}, status=422)
    seen = fingerprint(plan)
    if "confirm" in request.POST and request.POST.get("previewed") == seen:
        return _confirm(request, form)
    shown = {
        "form": form,
        "plan": plan,
        "preview": preview_of(plan),
        "previewed": seen,
        "has_changed": "confirm" in request.POST,
    }
    return render(request, "visits/go_live.html", context | shown)


def communities_to_start(viewer: Viewer) -> QuerySet[Place]:
    """Return the communities whose day the viewer may choose: wholly theirs, as the office or as its secretary.

    Raises Http404 where there is none.
    """
    if not may_go_live(viewer):
        raise Http404
    found = Place.objects.within(viewer.scope.writable()).active().filter(level=Level.COMMUNITY)
    if not found.exists():
        raise Http404
    return found.select_related("go_live").order_by("sort_path")


def _community_asked(request: ViewerRequest, communities: QuerySet[Place]) -> Place:
    """Return the community of the form or of the address, the first one without either. Raises Http404 for another."""
    asked = str(request.POST.get("community", "") or request.GET.get("community", ""))
    if not asked:
        first = communities.first()
        if first is None:
            raise Http404
        return first
    found = communities.filter(pk=int(asked)).first() if asked.isascii() and asked.isdigit() else None
    if found is None:
        raise Http404
    return found


def _previewed(request: ViewerRequest, form: GoLiveForm) -> StartPlan | None:
    """Return what confirming would do; None where it is refused, in words at the form."""
    try:
        return go_live_preview(now=request.viewer.now, **form.asked)
    except ValidationError as refusal:
        add_refusal(form, refusal)
        return None


def _confirm(request: ViewerRequest, form: GoLiveForm) -> HttpResponse:
    plan = go_live_confirm(now=request.viewer.now, by=request.viewer.user, **form.asked)
    day = f"{plan.counts_from:%Y-%m-%d}"
    messages.success(
        request, f"{plan.community.name}自 {day} 起计时，必访 {plan.people} 人，逾期 {plan.overdue} 人。"
    )
    return HttpResponseRedirect(reverse("visits:go_live") + f"?community={plan.community.pk}")


def fingerprint(plan: StartPlan) -> str:
    """Return a digest of what is shown: a plan is confirmed only as it was seen."""
    dues = sorted((due.person_id, due.due_on.isoformat()) for due in plan.dues)
    plain = json.dumps(
        [plan.community.pk, plan.on.isoformat(), plan.counts_from.isoformat(), plan.spread_days, dues]
    )
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day with how many people fall due first on it, and the width of its bar."""

    day: date
    people: int
    width: int


@dataclass(frozen=True, slots=True)
class BuildingRow:
    """A building, who answers for it, and its fullest day."""

    place: Place
    holder: str
    people: int
    most: int
    most_on: date


@dataclass(frozen=True, slots=True)
class Preview:
    """What the page shows of a plan; what comes after the days and buildings shown is only counted."""

    bars: list[DayBar]
    later_days: int
    later_people: int
    most: int
    buildings: list[BuildingRow]
    more_buildings: int
    starts_late: bool


def preview_of(plan: StartPlan) -> Preview:
    """Return the days and the buildings of a plan, the fullest buildings first. Six queries."""
    by_day = list(plan.due_by_day.items())
    most = max(plan.due_by_day.values(), default=0)
    bars = [DayBar(day, people, max(2, people * BAR_WIDTH // most)) for day, people in by_day[:DAYS_SHOWN]]
    later, loads = by_day[DAYS_SHOWN:], plan.loads[:BUILDINGS_SHOWN]
    places = Place.objects.filter(community=plan.community).select_related("parent__parent")
    found = places.in_bulk([load.building_id for load in loads])
    ladder = Ladder.load(set(found))
    rows = []
    for load in loads:
        holder = ladder.holder(load.building_id, Post.BUILDING_HEAD, plan.counts_from)
        name = holder.cadre_name if holder else ""
        rows.append(BuildingRow(found[load.building_id], name, load.people, load.most, load.most_on))
    return Preview(
        bars,
        len(later),
        sum(people for _, people in later),
        most,
        rows,
        max(0, len(plan.loads) - len(rows)),
        plan.counts_from > plan.on,
    )
