"""The way down: a place with its numbers, a building with its posts and people."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from buildings.choices import Level
from buildings.models import Place
from buildings.scope import scope_of
from desk.figures import at_place
from desk.selectors import as_they_stood, duties_at, posts_of, records_at, rungs_above
from desk.viewing import Look
from desk.views.base import crumbs, look_of, person_url, shown_day
from desk.views.overview import overview_context
from duties.rows import duty_rows
from duties.selectors import Sight
from duties.standing import duty_condition
from phone.selectors import under_care
from visits.models import Incident
from visits.selectors import incident_rows, incidents_running_at, record_posts

MOST_DUTIES = 50  # on a building's page; all of them stand behind its numbers


@login_required
@require_GET
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """`/places/<id>/`: the numbers of one place of the scope; a building's page names its people and posts."""
    found = Place.objects.within(scope_of(request)).filter(pk=pk).select_related("parent__parent").first()
    if found is None:
        raise Http404
    look = look_of(request)
    context = {
        **shown_day(request, look),
        "place": found,
        "crumbs": crumbs(request, look, found),
        "tools": _tools(request, found),
        **overview_context(request, look, found, [found.pk] if found.level == Level.BUILDING else []),
    }
    if found.level == Level.BUILDING:
        inside = _inside(request, look, found, context["sees"])
        return render(request, "desk/building.html", {**context, **inside})
    return render(request, "desk/place.html", context)


def _inside(request: HttpRequest, look: Look, building: Place, sees: Sight) -> dict[str, Any]:
    """Who holds the posts, who is under care, what is to be done, what is going on."""
    scope, moment = at_place(scope_of(request), building), look.moment
    records = list(records_at(scope, moment))
    people = under_care(records, building, record_posts(records, look.today), sees, moment.at)
    # the ids beside the scope: an index knows them
    running = duties_at(scope, moment).filter(
        duty_condition("running", moment), building=building, community=building.community_id
    )
    duties = list(running.order_by("due_at", "pk")[: MOST_DUTIES + 1])
    incidents = Incident.objects.within(scope).filter(incidents_running_at(moment)).select_related("rule")
    return {
        "posts": posts_of(building.pk, sees.ladder, moment),
        "above": rungs_above(building.pk, sees.ladder, moment),
        "people": [(person_url(request, look, one.resident), one) for one in people],
        "rows": duty_rows(as_they_stood(duties[:MOST_DUTIES], moment), sees, moment.at),
        "has_more": len(duties) > MOST_DUTIES,
        "duties_url": look.url("desk:duties", area=building.pk, state="running"),
        "incidents": incident_rows(list(incidents), moment.at, moment),
    }


def _tools(request: HttpRequest, place: Place) -> list[tuple[str, str]]:
    """What else there is of a building: (words, address). The office writes its posts."""
    if place.level != Level.BUILDING or place.closed_on:
        return []
    tools = [("公示牌", reverse("boards:board", args=[place.pk]))]
    if request.user.has_perm("cadres.change_buildingstaff"):
        tools.append(("登记两长四员", reverse("admin:cadres_buildingstaff_change", args=[place.pk])))
    return tools
