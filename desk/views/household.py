"""A flat: who lives in it, and what is due for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from buildings.viewer import ViewerRequest
from cadres.ladder import Accountable
from desk.views.base import crumbs, page_day_of
from duties.choices import RUNNING
from duties.rows import DutyRow, duties_listed, duty_rows
from duties.visibility import disclosure_for, reads_names
from residents.models import CareRecord, Household, Resident
from visits.selectors import record_posts


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """Somebody in a flat as far as disclosed; `duty` is the most pressing one, None where nothing is due."""

    resident: Resident
    name: str
    categories: list[str]
    duty: DutyRow | None


@login_required
@require_GET
def household(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/households/<id>/`: to the office everybody registered in a flat, to others those under care there."""
    flats = Household.objects.within(request.viewer.scope).select_related("building__parent__parent")
    flat = flats.filter(pk=pk).first()
    if flat is None:
        raise Http404
    people = inhabitants(request, flat)
    if not people and not reads_names(request.viewer):
        raise Http404
    context = {
        "flat": flat,
        "crumbs": crumbs(request, page_day_of(request), flat.building, itself=True),
        "people": people,
        "tools": _tools(request, flat),
    }
    return render(request, "desk/household.html", context)


def inhabitants(request: ViewerRequest, flat: Household) -> list[Inhabitant]:
    """Return who is registered in a flat, those who have left last; for whoever is not of the office those under care."""
    viewer, scope = request.viewer, request.viewer.scope
    records = CareRecord.objects.within(scope).filter(ended_on=None).select_related("category")
    people = Resident.objects.within(scope).filter(household=flat, erased_at=None).order_by("left_on", "pk")
    rows: list[Any] = list(people.prefetch_related(Prefetch("care_records", records, to_attr="open_records")))
    if not reads_names(viewer):
        rows = [row for row in rows if row.open_records]
    posts = record_posts([record for row in rows for record in row.open_records], viewer.today)
    running = duties_listed(scope).filter(care_record__resident__in=rows, outcome__in=RUNNING)
    duties = list(running.order_by("due_at", "pk"))
    disclosure = disclosure_for(viewer, {flat.building_id, *(duty.accountable for duty in duties)})
    whose_record = {record.pk: row.pk for row in rows for record in row.open_records}
    pressing: dict[int | None, DutyRow] = {}
    for shown in duty_rows(duties, disclosure, viewer.now):
        pressing.setdefault(whose_record.get(shown.duty.care_record_id or 0), shown)
    found = []
    for one in rows:
        whose = [Accountable(record.building_id, posts.get(record.pk, "")) for record in one.open_records]
        own = next((seat for seat in whose if seat.post and disclosure.answers_for(seat)), None)
        labels = [
            disclosure.category(record.category, seat)
            for record, seat in zip(one.open_records, whose, strict=True)
        ]
        name = disclosure.person(one, own or Accountable(flat.building_id, ""))
        found.append(Inhabitant(one, name, labels, pressing.get(one.pk)))
    return found


def _tools(request: ViewerRequest, flat: Household) -> list[tuple[str, str]]:
    if not request.user.has_perm("residents.add_resident") or flat.building.closed_on:
        return []
    return [("新增居民", reverse("admin:residents_resident_add") + f"?household={flat.pk}")]
