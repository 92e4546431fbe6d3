"""The lists behind the desk's numbers, today's and those of past days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page
from django.db.models import Case, Value, When
from django.db.models.expressions import Combinable
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from baibuting.common.list_filters import ListFilter
from baibuting.common.list_pages import size_choices
from baibuting.common.list_sorting import Sorting
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER
from buildings.viewer import ViewerRequest
from cadres.choices import Post
from cadres.ladder import Accountable, Ladder
from cadres.selectors import vacancies
from desk.filters import AREA, area_filter, area_named, conditions_of, duty_filters, narrowed
from desk.page_day import PageDay
from desk.selectors import (
    as_they_stood,
    duties_at,
    load_order,
    load_rows,
    loads_at,
)
from desk.views.base import page_day_of, paged, person_url, shown_day
from desk.views.overview import linked_loads
from duties.rows import BY_PERSON, by_person, duties_counted, duties_of_people, person_rows
from duties.visibility import disclosure_for
from residents.models import CareRecord
from residents.selectors import address_key
from visits.models import Incident
from visits.selectors import flat_address, incident_rows, incidents_running_at, never_seen_at, record_posts


def _asked(request: ViewerRequest) -> tuple[Scope, Place | None]:
    """Return the part of the scope that a list is narrowed to, and its place."""
    scope, value = request.viewer.scope, request.GET.get(AREA, "")
    area = area_named(scope, value)
    return narrowed(scope, value, area), area


def _list(
    request: ViewerRequest,
    page_day: PageDay,
    area: Place | None,
    page: Page[Any],
    sorting: Sorting,
    filters: list[ListFilter] | None = None,
) -> dict[str, Any]:
    """Return the context that every list shares: the day, the filters, the place, the order and the size of its page."""
    if filters is None:
        filters = [area_filter(request.viewer.scope, area)]
    chips = [found.chip(request.GET) for found in filters]
    return {
        **shown_day(request, page_day),
        "chips": chips,
        "page": page,
        "sorting": sorting,
        "sizes": size_choices(request.GET, page.paginator.count),
        "area": area,
        "area_url": page_day.url("desk:place", area.pk) if area else "",
        "home_url": page_day.url("desk:home"),
    }


@login_required
@require_GET
def duty_list(request: ViewerRequest) -> HttpResponse:
    """`/duties/`: duties of the scope, running ones unless filtered otherwise; the address holds the filters."""
    page_day, (scope, area) = page_day_of(request), _asked(request)
    filters = duty_filters(request.viewer.scope, page_day.moment, area)
    params = request.GET.copy()
    if "state" not in params:
        params["state"] = "running"
    found = duties_at(scope, page_day.moment).filter(conditions_of(filters, params.dict()))
    counted = duties_counted(found)
    sorting = Sorting(BY_PERSON, request.GET)
    page = paged(request, by_person(found, sorting.order()), counted["rows"])
    duties = duties_of_people(found, list(page.object_list))
    disclosure = disclosure_for(request.viewer, {duty.accountable for duty in duties})
    context = {
        **_list(request, page_day, area, page, sorting, filters),
        "chips": [one.chip(params) for one in filters],
        "people": counted["rows"] - counted["alone"],
        "alone": counted["alone"],
        "total": counted["total"],
        "rows": person_rows(as_they_stood(duties, page_day.moment), disclosure, page_day.moment.at),
    }
    return render(request, "desk/duties.html", context)


@login_required
@require_GET
def never_seen_list(request: ViewerRequest) -> HttpResponse:
    """`/never-seen/`: people not visited since their record began, the longest waiting first."""
    page_day, (scope, area) = page_day_of(request), _asked(request)
    sorting = Sorting(
        {
            "address": (address_key("building", "resident__household"),),
            "started_on": ("started_on",),
        },
        request.GET,
    )
    found = CareRecord.objects.within(scope).filter(never_seen_at(page_day.moment))
    found = found.order_by(*sorting.order("started_on", "id"))
    page = paged(request, found.select_related("building__parent__parent", "category", "resident__household"))
    records: list[CareRecord] = list(page.object_list)
    disclosure = disclosure_for(request.viewer, {record.building_id for record in records})
    posts = record_posts(records, page_day.today)
    whose = {one.pk: Accountable(one.building_id, posts.get(one.pk, "")) for one in records}
    rows = [
        {
            "record": record,
            "url": person_url(page_day, record.resident),
            "person": disclosure.person(record.resident, whose[record.pk]),
            "category": disclosure.category(record.category, whose[record.pk]),
            "address": flat_address(record.building, record.resident.household),
            "post_label": Post(posts[record.pk]).label if record.pk in posts else "",
            "days": (page_day.moment.day - record.started_on).days,
        }
        for record in records
    ]
    context = {**_list(request, page_day, area, page, sorting), "rows": rows}
    return render(request, "desk/never_seen.html", context)


@login_required
@require_GET
def vacancy_list(request: ViewerRequest) -> HttpResponse:
    """`/vacancies/`: buildings with vacant posts."""
    page_day, (scope, area) = page_day_of(request), _asked(request)
    vacant: dict[int, list[str]] = {}
    for row in vacancies(scope, page_day.moment.day):
        vacant.setdefault(row.building_id, []).append(Post(row.post).label)
    sorting = Sorting({"address": ("sort_path",), "count": (_count_of(vacant),)}, request.GET)
    places = Place.objects.within(scope).filter(pk__in=vacant).select_related("parent__parent")
    page = paged(request, places.order_by(*sorting.order(*TREE_ORDER)))
    rows = [
        {
            "place": place,
            "posts": vacant[place.pk],
            "url": page_day.url("desk:place", place.pk),
            "fill_url": _posts_url(request, page_day, place),
        }
        for place in page.object_list
    ]
    total = sum(len(posts) for posts in vacant.values())
    context = {**_list(request, page_day, area, page, sorting), "rows": rows, "total": total}
    return render(request, "desk/vacancies.html", context)


def _count_of(vacant: Mapping[int, Sequence[str]]) -> Combinable:
    """Return the number of vacant posts as something to order buildings by."""
    counts = [When(pk=pk, then=Value(len(posts))) for pk, posts in vacant.items()]
    return Case(*counts, default=Value(0))


def _posts_url(request: ViewerRequest, page_day: PageDay, place: Place) -> str:
    """Return the building's address in the admin, where its six posts are filled; none on a past day."""
    if page_day.is_past or not request.user.has_perm("cadres.change_buildingstaff"):
        return ""
    return reverse("admin:cadres_buildingstaff_posts", args=[place.pk])


@login_required
@require_GET
def incident_list(request: ViewerRequest) -> HttpResponse:
    """`/incidents/`: incidents not closed, with who had arrived and who had not."""
    page_day, (scope, area) = page_day_of(request), _asked(request)
    found = Incident.objects.within(scope).filter(incidents_running_at(page_day.moment))
    sorting = Sorting({"address": ("building__sort_path",), "occurred_at": ("occurred_at",)}, request.GET)
    shown = found.select_related("building__parent__parent", "rule")
    page = paged(request, shown.order_by(*sorting.order("-occurred_at", "-pk")))
    rows = incident_rows(list(page.object_list), page_day.moment.at, page_day.moment)
    context = {**_list(request, page_day, area, page, sorting), "rows": rows}
    return render(request, "desk/incidents.html", context)


@login_required
@require_GET
def load_list(request: ViewerRequest) -> HttpResponse:
    """`/load/`: what falls due in the next days by building, the heaviest first, and who is accountable."""
    page_day, (scope, area) = page_day_of(request), _asked(request)
    found = loads_at(scope, page_day.moment)
    sorting = Sorting({"count": ()}, request.GET)
    is_lightest = bool(sorting.column) and not sorting.is_descending
    page = paged(request, load_order(found, lightest=is_lightest))
    shown = list(page.object_list)
    rows = load_rows(scope, found, shown, Ladder.load(shown), page_day.moment)
    context = {
        **_list(request, page_day, area, page, sorting),
        "rows": linked_loads(rows, page_day),
        "total": sum(load.count for load in found),
    }
    return render(request, "desk/load.html", context)
