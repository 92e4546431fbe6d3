"""What anybody may do who stands before a building's board, or has the code of an order: no account, no cookie."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from baibuting.common.public import STALE, answer, form_token, read_token
from buildings.models import Place
from buildings.viewer import viewer_of
from repairs.choices import Channel, Stage, StepKind, Urgency
from repairs.forms import PublicReportForm
from repairs.models import RepairOrder, RepairRating
from repairs.rules import FOLLOWS_WITHIN, SUMMARY
from repairs.selectors import (
    building_by_code,
    course_of,
    office_of,
    order_by_code,
    place_name,
    public_orders,
    released_pictures,
    turn_of,
)
from repairs.services import picture_add, repair_also, repair_rate, repair_report, repair_step_add

PURPOSE = "repair"


def _building(code: str) -> Place:
    building = building_by_code(code)
    if building is None:
        raise Http404
    return building


def _order(code: str) -> RepairOrder:
    order = order_by_code(code)
    if order is None:
        raise Http404
    return order


def _check(request: HttpRequest, payload: str) -> None:
    """Raise ValidationError unless the form is ours: sent from our page, with its dated token."""
    origin = request.headers.get("Origin", "")
    if origin and origin != "null" and urlsplit(origin).netloc != request.get_host():
        raise ValidationError(STALE)
    read_token(request.POST.get("token", ""), purpose=PURPOSE, payload=payload, now=viewer_of(request).now)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, code: str) -> HttpResponse:
    """Show what is open in the building, and take a report: `/b/<code>/repair/`."""
    building, now = _building(code), viewer_of(request).now
    form = PublicReportForm(request.POST, request.FILES) if request.method == "POST" else PublicReportForm()
    refusal = ""
    if request.method == "POST":
        try:
            _check(request, code)
            if "also" in request.POST:
                return _also(request, building)
            if form.is_valid():
                order = _report(building, form.cleaned_data, request)
                return HttpResponseRedirect(reverse("repairs:track", args=[order.code]) + "?new=1")
        except ValidationError as error:
            refusal = "；".join(error.messages)
    context = {
        "building": building,
        "name": place_name(building),
        "rows": public_orders(building, now),
        "form": form,
        "refusal": refusal,
        "code": code,
        "token": form_token(purpose=PURPOSE, payload=code, now=now),
        "longest": SUMMARY,
        "thanked": request.GET.get("thanked") == "1",
    }
    return answer("repairs/report.html", context, status=400 if refusal or form.errors else 200)


@transaction.atomic
def _report(building: Place, typed: dict[str, Any], request: HttpRequest) -> RepairOrder:
    """Make the order with its photos, or neither."""
    now = viewer_of(request).now
    order = repair_report(
        building=building,
        spot=typed["spot"],
        summary=typed["summary"],
        urgency=Urgency.URGENT if typed["is_urgent"] else Urgency.NORMAL,
        channel=Channel.CODE,
        reporter_phone=typed["phone"],
        shares_phone_with_property=typed["property_may_call"],
        now=now,
    )
    for data in typed["photos"]:
        picture_add(order=order, data=data, now=now)
    return order


def _also(request: HttpRequest, building: Place) -> HttpResponse:
    asked = request.POST.get("also", "")
    open_ones = RepairOrder.objects.unscoped("by the page of its building").filter(
        building=building, pk=int(asked[:18]) if asked.isdecimal() else 0
    )
    order = open_ones.first()
    if order is None:
        raise Http404
    repair_also(order=order, now=viewer_of(request).now)
    return HttpResponseRedirect(request.path + "?thanked=1")


@require_safe
def progress(request: HttpRequest, code: str) -> HttpResponse:
    """Show what is being mended in the building, and what was of late: `/b/<code>/repairs/`."""
    building, now = _building(code), viewer_of(request).now
    rows = public_orders(building, now, closed=True)
    context = {"name": place_name(building), "rows": rows, "code": code, "now": now}
    return answer("repairs/progress.html", context)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest, code: str) -> HttpResponse:
    """Show one order to whoever has its code, and take what they say of it: `/r/<code>/`."""
    order, now, refusal = _order(code), viewer_of(request).now, ""
    if request.method == "POST":
        try:
            _check(request, code)
            return _said(request, order)
        except ValidationError as error:
            refusal = "；".join(error.messages)
    is_rated = RepairRating.objects.unscoped("of the order in hand").filter(order=order).exists()
    is_fresh = order.closed_at is not None and now - order.closed_at <= FOLLOWS_WITHIN
    context = {
        "order": order,
        "name": place_name(order.building),
        "course": course_of(order, now),
        "turn": office_of(order) if order.is_running and order.stage != Stage.MENDING else turn_of(order),
        "pictures": released_pictures(order),
        "may_refuse": order.stage == Stage.CHECKING,
        "may_rate": not is_rated
        and (order.stage == Stage.CHECKING or (order.stage == Stage.PASSED and is_fresh)),
        "may_follow": order.stage == Stage.PASSED and is_fresh,
        "may_withdraw": order.stage in (Stage.REPORTED, Stage.AGREEING, Stage.AGREED, Stage.MENDING),
        "is_rated": is_rated,
        "refusal": refusal,
        "is_new": request.GET.get("new") == "1",
        "token": form_token(purpose=PURPOSE, payload=code, now=now),
        "stars": ((5, "很满意"), (4, "满意"), (3, "一般"), (2, "不满意"), (1, "很不满意")),
        "longest": SUMMARY,
    }
    return answer("repairs/track.html", context, status=400 if refusal else 200)


def _said(request: HttpRequest, order: RepairOrder) -> HttpResponse:
    """Do what the reporter asked for by a button. Raises ValidationError for what the services refuse."""
    now, asked = viewer_of(request).now, request.POST.get("act", "")
    words, back = request.POST.get("words", ""), reverse("repairs:track", args=[order.code])
    step: dict[str, Any] = {"order": order, "at": now, "now": now, "is_reporter": True, "words": words}
    if asked == "not_mended":
        repair_step_add(kind=StepKind.REFUSED, **step)
    elif asked == "withdraw":
        repair_step_add(kind=StepKind.WITHDRAWN, **step)
    elif asked == "again":
        follower = repair_report(
            building=order.building,
            spot=order.spot,
            summary=words,
            channel=Channel.CODE,
            now=now,
            follows=order,
        )
        back = reverse("repairs:track", args=[follower.code]) + "?new=1"
    elif asked == "rate":
        stars = request.POST.get("stars", "")
        solved = request.POST.get("solved", "yes") == "yes"
        number = int(stars) if stars.isdecimal() and len(stars) == 1 else 0
        repair_rate(order=order, solved=solved, stars=number, words=words, now=now)
    else:
        raise ValidationError("没有看懂这一步，请刷新页面再试。")
    return HttpResponseRedirect(back)


@require_safe
def picture(request: HttpRequest, code: str, uid: UUID) -> HttpResponse:
    """Return a picture that the office has released, to whoever has the order's code: `/r/<code>/pictures/<uid>/`."""
    found = next((one for one in released_pictures(_order(code)) if one.uid == uid), None)
    if found is None:
        raise Http404
    response = HttpResponse(found.content(), content_type="image/jpeg")
    response["X-Robots-Tag"] = "noindex"
    return response
