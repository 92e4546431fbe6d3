"""A person on one page: what is due, who answers, who lives in the flat, and what was found at visits for a reason."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from audit.revealing import reveal_note, sealed_reveal
from baibuting.common.days import local_day
from baibuting.common.masking import mask_phone
from buildings.models import Place
from buildings.viewer import ViewerRequest
from cadres.choices import Post
from cadres.ladder import Accountable
from cadres.models import Cadre
from desk.page_day import PageDay
from desk.selectors import Held, as_they_stood, duties_at, records_at, rungs_above, visits_until
from desk.views.base import crumbs, page_day_of, shown_day
from desk.views.household import inhabitants
from duties.rows import duty_rows
from duties.selectors import Disclosure
from duties.visibility import disclosure_for, reads_names
from residents.models import CareRecord, Resident
from visits.models import Visit
from visits.selectors import flat_address, record_posts

LAST_VISITS, LAST_DUTIES = 10, 20
CALL = "电脑页面点“打电话”"
WORDS = ("visit_notes", "visit_request")  # what the trail calls the visitors' notes and what was asked for


@login_required
@require_GET
def person(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/people/<id>/`: everything about a person, without what visitors wrote.

    To the office everybody of its scope; to others those who were under care there.
    """
    resident = _find(request, pk)
    page_day = page_day_of(request)
    return render(request, "desk/person.html", _page(request, page_day, resident))


@login_required
@require_POST
def words(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/people/<id>/words/`: the page with what was written at each of its visits; one reason, one row of the trail."""
    resident = _find(request, pk)
    if not request.user.has_perm("visits.change_visit"):
        raise Http404
    page_day = page_day_of(request)
    context = _page(request, page_day, resident)
    reason = request.POST.get("reason", "")[:200]
    try:
        reveal_note(row=resident, fields=WORDS, reason=reason, user=request.user, now=request.viewer.now)
    except ValidationError as refusal:
        return render(
            request, "desk/person.html", {**context, "refusal": "".join(refusal.messages), "reason": reason}
        )
    for shown in context["visits"]:
        shown["words"] = [text for text in (shown["visit"].notes, shown["visit"].request) if text]
    return render(request, "desk/person.html", {**context, "is_revealed": True})


@login_required
@require_POST
def call_cadre(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/cadres/<id>/call/`: the number of a cadre of the scope, for the office; audited."""
    cadre = Cadre.objects.within(request.viewer.scope).filter(pk=pk).first()
    if cadre is None or not request.user.has_perm("cadres.view_cadre"):
        raise Http404
    context: dict[str, Any] = {"cadre": cadre, "number": "", "refusal": ""}
    try:
        found = sealed_reveal(
            row=cadre, fields=["phone"], reason=CALL, user=request.user, now=request.viewer.now
        )
        context["number"] = found["phone"]
    except ValidationError as refusal:
        context["refusal"] = "".join(refusal.messages)
    return render(request, "desk/call.html", context)


def _find(request: ViewerRequest, pk: int) -> Resident:
    """Return a person who has a page for the viewer; raises Http404 for others."""
    scope = request.viewer.scope
    people = Resident.objects.within(scope).filter(pk=pk, erased_at=None)
    resident = people.select_related("household__building__parent__parent").first()
    if resident is None:
        raise Http404
    if not reads_names(request.viewer) and not CareRecord.objects.within(scope).filter(resident=pk).exists():
        raise Http404
    return resident


def _page(request: ViewerRequest, page_day: PageDay, resident: Resident) -> dict[str, Any]:
    scope = request.viewer.scope
    building, moment = resident.household.building, page_day.moment
    records = list(records_at(scope, moment).filter(resident=resident))
    posts = record_posts(records, page_day.today)
    duties = list(
        duties_at(scope, moment)
        .filter(care_record__resident=resident, opened_on__lte=moment.day, place=building)
        .order_by("-opened_on", "-pk")[:LAST_DUTIES]
    )
    disclosure = disclosure_for(request.viewer, {building.pk, *(duty.accountable for duty in duties)})
    is_office = reads_names(request.viewer)
    return {
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
        "visits": [_visited(visit) for visit in visits_until(scope, resident, moment)[:LAST_VISITS]],
        "answering": _answering(building, posts, disclosure, page_day),
        "family": [one for one in inhabitants(request, resident.household) if one.resident.pk != resident.pk],
        "is_office": is_office,
        "phone": mask_phone(resident.phone) if is_office else "",
        "tools": _tools(request, resident) if is_office and not page_day.is_past else [],
        "may_reveal": request.user.has_perm("visits.change_visit") and not page_day.is_past,
        "may_call": request.user.has_perm("cadres.view_cadre"),
        "may_correct": request.user.has_perm("visits.change_visit"),
    }


def _answering(
    building: Place, posts: dict[int, str], disclosure: Disclosure, page_day: PageDay
) -> list[Held]:
    """Return who answers for a person: the holders of the accountable posts, and the rungs above. No query."""
    day, ladder = page_day.moment.day, disclosure.ladder
    own = [
        Held(Post(post).label, "", ladder.holder(building.pk, post, day))
        for post in sorted(set(posts.values()))
        if post
    ]
    return [*own, *rungs_above(building.pk, ladder, page_day.moment)]


def _tools(request: ViewerRequest, resident: Resident) -> list[tuple[str, str]]:
    """Return what the office does with a person: (label, address)."""
    query = f"?resident={resident.pk}"
    tools = [("全部资料与修改", reverse("admin:residents_resident_change", args=[resident.pk]))]
    if resident.left_on is None and request.user.has_perm("residents.add_carerecord"):
        tools.append(("纳入必访", reverse("admin:residents_carerecord_add") + query))
        tools.append(("迁出/去世", reverse("admin:residents_resident_leave", args=[resident.pk])))
    return tools


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
        "visit": visit,
        "day": local_day(visit.visited_at),
        "who": f"{visit.get_visitor_post_display() if visit.visitor_post else ''}{who}",
        "method": visit.get_method_display(),
        "seen": visit.seen,
    }
