"""Pages of places: a place with its numbers, a building with its posts and people."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from buildings.choices import Level
from buildings.models import Place
from buildings.viewer import ViewerRequest
from desk.figures import at_place
from desk.page_day import PageDay
from desk.selectors import as_they_stood, duties_at, posts_of, records_at, rungs_above
from desk.views.base import crumbs, page_day_of, person_url, shown_day
from desk.views.overview import overview_context
from duties.as_of import duty_filter
from duties.filters import family_choices
from duties.models import Duty
from duties.rows import person_rows
from duties.selectors import Disclosure
from phone.selectors import under_care
from visits.models import Incident
from visits.selectors import incident_rows, incidents_running_at, record_posts

MOST_DUTIES = 50  # on a building's page; its numbers lead to all of them


@login_required
@require_GET
def place(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/places/<id>/`: the numbers of one place of the scope; a building's page names its people and posts."""
    found = Place.objects.within(request.viewer.scope).filter(pk=pk).select_related("parent__parent").first()
    if found is None:
        raise Http404
    page_day, is_building = page_day_of(request), found.level == Level.BUILDING
    duties = _running_at(request, page_day, found)
    named = [found.pk] if is_building else []
    context = {
        **shown_day(request, page_day),
        "place": found,
        "within": found.full_name,
        "crumbs": crumbs(request, page_day, found),
        "tools": _tools(request, found),
        **overview_context(request, page_day, found, [*named, *(duty.accountable for duty in duties)]),
    }
    shown, moment = as_they_stood(duties[:MOST_DUTIES], page_day.moment), page_day.moment
    context |= {
        "rows": person_rows(shown, context["sees"], moment.at),
        "has_more": len(duties) > MOST_DUTIES,
        "duties_url": page_day.url("desk:duties", area=found.pk, state="running"),
    }
    if is_building:
        inside = _inside(request, page_day, found, context["sees"])
        return render(request, "desk/building.html", {**context, **inside})
    return render(request, "desk/place.html", context)


def _running_at(request: ViewerRequest, page_day: PageDay, place: Place) -> list[Duty]:
    """Return the running duties of the place itself, one more than is shown. Visits are owed at buildings only."""
    if place.level != Level.BUILDING and not family_choices():
        return []
    # the community's id beside the scope suits an index
    running = duties_at(at_place(request.viewer.scope, place), page_day.moment).filter(
        duty_filter("running", page_day.moment), place=place, community=place.community_id
    )
    return list(running.order_by("due_at", "pk")[: MOST_DUTIES + 1])


def _inside(
    request: ViewerRequest, page_day: PageDay, building: Place, disclosure: Disclosure
) -> dict[str, Any]:
    """Return who holds the posts, who is under care, what is going on."""
    scope, moment = at_place(request.viewer.scope, building), page_day.moment
    records = list(records_at(scope, moment))
    people = under_care(records, building, record_posts(records, page_day.today), disclosure, moment.at)
    incidents = Incident.objects.within(scope).filter(incidents_running_at(moment)).select_related("rule")
    return {
        "posts": posts_of(building.pk, disclosure.ladder, moment),
        "above": rungs_above(building.pk, disclosure.ladder, moment),
        "may_call": request.user.has_perm("cadres.view_cadre"),
        "people": [(person_url(page_day, one.resident), one) for one in people],
        "incidents": incident_rows(list(incidents), moment.at, moment),
    }


def _tools(request: ViewerRequest, place: Place) -> list[tuple[str, str]]:
    """Return other pages about a building: (label, address). The office edits its posts."""
    if place.level != Level.BUILDING or place.closed_on:
        return []
    tools = [("公示牌", reverse("boards:board", args=[place.pk]))]
    if request.user.has_perm("cadres.change_buildingstaff"):
        tools.append(("登记两长四员", reverse("admin:cadres_buildingstaff_change", args=[place.pk])))
    return tools
