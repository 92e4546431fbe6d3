"""A person under care, for those responsible for an area who do not use the admin."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from baibuting.common.days import local_day
from buildings.viewer import ViewerRequest
from cadres.ladder import Accountable
from desk.selectors import as_they_stood, duties_at, records_at, visits_until
from desk.views.base import crumbs, page_day_of, shown_day
from duties.rows import duty_rows
from duties.selectors import Disclosure
from duties.visibility import disclosure_for
from residents.models import CareRecord, Resident
from visits.models import Visit
from visits.selectors import flat_address, record_posts

LAST_VISITS, LAST_DUTIES = 10, 20


@login_required
@require_GET
def person(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/people/<id>/`: what is due for a person, and when they were visited, without the visitors' notes.

    Only people who were under care in the scope have a page; the office has its own in the admin.
    """
    scope, page_day = request.viewer.scope, page_day_of(request)
    living = Resident.objects.within(scope).filter(erased_at=None)
    known = CareRecord.objects.within(scope).filter(resident=pk, resident__in=living)
    if not known.exists():
        raise Http404
    if request.user.has_perm("residents.view_resident"):
        return redirect("admin:residents_resident_change", pk)
    resident = Resident.objects.within(scope).select_related("household__building__parent__parent").get(pk=pk)
    building, moment = resident.household.building, page_day.moment
    records = list(records_at(scope, moment).filter(resident=resident))
    posts = record_posts(records, page_day.today)
    duties = list(
        duties_at(scope, moment)
        .filter(care_record__resident=resident, opened_on__lte=moment.day, place=building)
        .order_by("-opened_on", "-pk")[:LAST_DUTIES]
    )
    disclosure = disclosure_for(request.viewer, {building.pk, *(duty.accountable for duty in duties)})
    visits = visits_until(scope, resident, moment)[:LAST_VISITS]
    context = {
        **shown_day(request, page_day),
        "crumbs": crumbs(request, page_day, building, itself=True),
        "resident": resident,
        "name": _name(resident, records, posts, disclosure),
        "address": flat_address(building, resident.household),
        "records": [
            (
                disclosure.category(
                    record.category, Accountable(record.building_id, posts.get(record.pk, ""))
                ),
                record,
            )
            for record in records
        ],
        "rows": duty_rows(as_they_stood(duties, moment), disclosure, moment.at),
        "visits": [_visited(visit) for visit in visits],
    }
    return render(request, "desk/person.html", context)


def _name(
    resident: Resident, records: list[CareRecord], posts: dict[int, str], disclosure: Disclosure
) -> str:
    """Return the name: in full for those accountable by any of the person's records, or above them."""
    building = resident.household.building_id
    own = [posts[record.pk] for record in records if record.pk in posts]
    whose = [Accountable(building, post) for post in own]
    return disclosure.person(
        resident, next((one for one in whose if disclosure.answers_for(one)), Accountable(building, ""))
    )


def _visited(visit: Visit) -> dict[str, Any]:
    who = visit.visitor.name if visit.visitor else visit.visitor_name
    return {
        "day": local_day(visit.visited_at),
        "who": f"{visit.get_visitor_post_display() if visit.visitor_post else ''}{who}",
        "method": visit.get_method_display(),
        "seen": visit.seen,
    }
