"""Likely duplicates among residents: the list, two side by side, merging them, and undoing that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import may_write
from baibuting.common.masking import mask_id_number, mask_phone
from buildings.scope import Scope
from buildings.viewer import ViewerRequest
from cadres.ladder import Accountable
from duties.visibility import disclosure_for
from residents.doubles import community_ids_of, likely_doubles, merge_refusal, reason_of, reasons_for
from residents.models import CareRecord, Resident, ResidentMerge
from visits.models import Visit
from visits.selectors import record_posts
from visits.services import residents_merge, residents_merge_undo
from visits.services.merging import UNDO_WITHIN

PER_PAGE = 50


def _scope_to_merge_in(request: ViewerRequest) -> Scope:
    """Return where the user may change residents. Raises Http404 for a user who may not."""
    if not may_write(request.viewer.user, "residents.resident"):
        raise Http404
    return request.viewer.scope.writable()


@login_required
@require_GET
def doubles_list(request: ViewerRequest) -> HttpResponse:
    """Show likely duplicates with the reason, and what was merged within a day: `/doubles/`."""
    scope = _scope_to_merge_in(request)
    pairs = likely_doubles(community_ids_of(scope), scope)
    since = request.viewer.now - UNDO_WITHIN
    merges = ResidentMerge.objects.within(scope).filter(undone_at=None, merged_at__gte=since)
    context = {
        "page": Paginator(pairs, PER_PAGE).get_page(request.GET.get("page")),
        "merges": merges.select_related("kept__household__building__parent__parent", "merged_by"),
    }
    return render(request, "visits/doubles.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def doubles_pair(request: ViewerRequest, kept: int, gone: int) -> HttpResponse:
    """Show two registrations side by side; on POST merge the second into the first: `/doubles/<kept>/<gone>/`."""
    scope = _scope_to_merge_in(request)
    if request.method == "POST" and ResidentMerge.objects.within(scope).filter(
        kept=kept, gone_id=gone, undone_at=None
    ):
        messages.info(request, "这两条已经合并过，没有再做改动。")
        return HttpResponseRedirect(reverse("visits:doubles"))
    stays, goes = (_resident(scope, pk) for pk in (kept, gone))
    refusal = merge_refusal(stays, goes)
    if request.method == "POST" and not refusal:
        try:
            residents_merge(kept=stays, gone=goes, now=request.viewer.now, user=request.viewer.user)
        except ValidationError as error:
            refusal = "".join(error.messages)
        else:
            messages.success(request, f"{stays.name}的两条登记已合并为一条；一天之内可以撤销。")
            return HttpResponseRedirect(reverse("visits:doubles"))
    context = {
        "sides": _sides(request, [stays, goes], scope),
        "facts": _facts(stays, goes),
        "kept": stays,
        "gone": goes,
        "reason": reason_of(reasons_for(stays, goes)),
        "refusal": refusal,
    }
    return render(
        request, "visits/doubles_pair.html", context, status=422 if request.method == "POST" else 200
    )


@login_required
@require_POST
def doubles_undo(request: ViewerRequest, pk: int) -> HttpResponse:
    """Undo a merge: `/doubles/<merge>/undo/`."""
    scope = _scope_to_merge_in(request)
    merge = ResidentMerge.objects.within(scope).filter(pk=pk).first()
    if merge is None:
        raise Http404
    try:
        back = residents_merge_undo(merge=merge, now=request.viewer.now, user=request.viewer.user)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
    else:
        messages.success(request, f"已撤销合并，{back.name}恢复为两条登记。")
    return HttpResponseRedirect(reverse("visits:doubles"))


def _resident(scope: Scope, pk: int) -> Resident:
    found = Resident.objects.within(scope).select_related("household__building__parent__parent")
    resident = found.filter(pk=pk).first()
    if resident is None:
        raise Http404
    return resident


@dataclass(frozen=True, slots=True)
class Side:
    """One of two registrations, as the user may read it."""

    resident: Resident
    records: list[tuple[str, CareRecord]]
    visits: int
    last_visit: Any


def _sides(request: ViewerRequest, residents: list[Resident], scope: Scope) -> list[Side]:
    today = request.viewer.today
    rows = CareRecord.objects.within(scope).filter(resident__in=residents).select_related("category")
    records = list(rows.order_by("-started_on", "-pk"))
    posts = record_posts(records, today)
    disclosure = disclosure_for(request.viewer, {record.building_id for record in records})
    named = [
        (
            disclosure.category(record.category, Accountable(record.building_id, posts.get(record.pk, ""))),
            record,
        )
        for record in records
    ]
    return [
        _side(resident, [one for one in named if one[1].resident_id == resident.pk], scope)
        for resident in residents
    ]


def _side(resident: Resident, records: list[tuple[str, CareRecord]], scope: Scope) -> Side:
    visits = Visit.objects.within(scope).filter(resident=resident, voided_at=None)
    return Side(resident, records, visits.count(), visits.order_by("-visited_at").first())


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the comparison; `differs` where both have a value and not the same."""

    label: str
    kept: str
    gone: str
    differs: bool


def _facts(kept: Resident, gone: Resident) -> list[Fact]:
    """Return the data of both, line by line. Hidden values are compared all the same: two numbers may share a mask."""
    return [
        Fact(label, mine, other, differs=bool(my_value and other_value and my_value != other_value))
        for (label, mine, my_value), (_, other, other_value) in zip(_told(kept), _told(gone), strict=True)
    ]


def _told(resident: Resident) -> list[tuple[str, str, Any]]:
    """Return labels, readable text (numbers masked and texts hidden as on the resident's own page), and values."""
    flat = resident.household
    document = f"{resident.get_document_kind_display()} {mask_id_number(resident.document_number)}".strip()
    return [
        ("住址", f"{flat.building.full_name} {flat.short}", flat.pk),
        ("性别", resident.get_gender_display() if resident.gender else "—", resident.gender),
        ("出生日期", _day(resident.born_on), resident.born_on),
        ("身份证号", mask_id_number(resident.id_number) or "—", resident.id_number),
        ("其他证件", document if resident.document_kind else "—", resident.document_number),
        ("联系电话", mask_phone(resident.phone) or "—", resident.phone),
        ("社区外住址", _hidden(resident.outside_address), resident.outside_address),
        ("备注", _hidden(resident.notes), resident.notes),
        ("离开日期", _day(resident.left_on), resident.left_on),
    ]


def _hidden(text: str) -> str:
    return "已填写，内容已隐藏" if text else "—"


def _day(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else "—"
