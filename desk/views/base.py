"""What the desk's pages share: the day they show, the breadcrumbs, the address of a person's page."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator

from baibuting.common.list_pages import page_size
from buildings.models import Place
from buildings.selectors import ancestors
from buildings.viewer import ViewerRequest
from desk.page_day import AS_OF, NOT_KEPT, PageDay, page_day_read
from residents.models import Resident


def page_day_of(request: ViewerRequest) -> PageDay:
    """Return the day that a page should show. An invalid one is removed from the address, so that no link keeps it."""
    page_day = page_day_read(request.GET, request.viewer.now)
    if page_day.refusal:
        params = request.GET.copy()
        del params[AS_OF]
        request.GET = params  # type: ignore[assignment]
    return page_day


def shown_day(request: ViewerRequest, page_day: PageDay) -> dict[str, Any]:
    """Return the context of every page that shows a day: the day, and the parameters that links to other days keep."""
    kept = [(name, request.GET[name]) for name in request.GET if name not in NOT_KEPT]
    return {"page_day": page_day, "kept": kept}


def paged(request: ViewerRequest, rows: Any, count: int | None = None) -> Page[Any]:
    """Return the page of a list that the address names; `count` where the number of rows is known already."""
    paginator = Paginator(rows, page_size(request.GET))
    if count is not None:
        paginator.count = count
    return paginator.get_page(request.GET.get("page"))


def crumbs(
    request: ViewerRequest, page_day: PageDay, place: Place, *, itself: bool = False
) -> list[tuple[str, str]]:
    """Return the breadcrumbs of a place as (name, address); places above the scope have no address. One query."""
    scope = request.viewer.scope
    way = [*ancestors(place), *([place] if itself else [])]
    found = [("总览", page_day.url("desk:home"))]
    return found + [
        (above.name, page_day.url("desk:place", above.pk) if scope.covers(above.path) else "")
        for above in way
    ]


def person_url(page_day: PageDay, resident: Resident) -> str:
    """Return the address of a person's page; of who was erased, and has none, that of their building."""
    if resident.erased_at is not None:
        return page_day.url("desk:place", resident.household.building_id)
    return page_day.url("desk:person", resident.pk)
