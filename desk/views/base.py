"""What the desk's pages share: the day they show, the way back, where somebody's page lies."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.urls import reverse

from buildings.models import Place
from buildings.selectors import ancestors
from buildings.viewer import ViewerRequest
from desk.page_day import AS_OF, NOT_KEPT, PageDay, page_day_read
from residents.models import Resident

PER_PAGE = 50


def page_day_of(request: ViewerRequest) -> PageDay:
    """Return the day a page is asked to show. One that cannot be shown is dropped, so that no link carries it on."""
    page_day = page_day_read(request.GET, request.viewer.now)
    if page_day.refusal:
        params = request.GET.copy()
        del params[AS_OF]
        request.GET = params  # type: ignore[assignment]
    return page_day


def shown_day(request: ViewerRequest, page_day: PageDay) -> dict[str, Any]:
    """Return what every page that shows a day tells its template: the look, and the way to other days."""
    kept = [(name, request.GET[name]) for name in request.GET if name not in NOT_KEPT]
    return {"page_day": page_day, "kept": kept}


def paged(request: ViewerRequest, rows: Any) -> Page[Any]:
    """Return the page of a list that the address asks for."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def crumbs(
    request: ViewerRequest, page_day: PageDay, place: Place, *, itself: bool = False
) -> list[tuple[str, str]]:
    """Return the way down to a place as (name, address); what lies above the scope has no address. One query."""
    scope = request.viewer.scope
    way = [*ancestors(place), *([place] if itself else [])]
    found = [("总览", page_day.url("desk:home"))]
    return found + [
        (above.name, page_day.url("desk:place", above.pk) if scope.covers(above.path) else "")
        for above in way
    ]


def person_url(request: ViewerRequest, page_day: PageDay, resident: Resident) -> str:
    """Somebody's page: in the admin for the office, which keeps it; the portal's own for everybody else."""
    if request.user.has_perm("residents.view_resident"):
        return reverse("admin:residents_resident_change", args=[resident.pk])
    return page_day.url("desk:person", resident.pk)
