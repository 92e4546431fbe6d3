"""One order, and all that may be done about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import may_write, sees_people
from audit.revealing import sealed_reveal
from buildings.scope import Scope
from buildings.viewer import ViewerRequest
from cadres.ladder import Ladder
from duties.rows import duties_listed, duty_rows
from duties.visibility import disclosure_for
from repairs.choices import Actor, StepKind
from repairs.forms import cadre_of, form_for
from repairs.models import Consent, RepairOrder, RepairPicture, RepairRating, RepairStep
from repairs.permissions import CONSENT, MERGE, Powers, powers_on
from repairs.rules import PICTURES_OF_A_REPORT
from repairs.selectors import (
    course_of,
    finished_by,
    orders_within,
    rows_of,
)
from repairs.services import (
    picture_add,
    picture_look,
    picture_release,
    repair_step_void,
)

WORDS = "报修页面点“看情况”"


def people_alone(request: ViewerRequest) -> Scope:
    """Return the scope of a user who works with people. Raises PermissionDenied for any other."""
    if not sees_people(request.viewer.user):
        raise PermissionDenied
    return request.viewer.scope


def is_office(request: ViewerRequest) -> bool:
    """Return whether the user writes repairs as the office does."""
    return may_write(request.viewer.user, "repairs.repairorder")


def find_order(request: ViewerRequest, pk: int, *, writable: bool = False) -> RepairOrder:
    """Return an order of the scope. Raises Http404 for any other, and for one that may be read in an emergency alone."""
    scope = people_alone(request)
    order = (
        orders_within(scope.writable() if writable else scope).select_related("clock").filter(pk=pk).first()
    )
    if order is None:
        raise Http404
    return order


def powers_of(request: ViewerRequest, order: RepairOrder) -> Powers:
    """Return what the user is to the order; nothing where the order may be read in an emergency alone."""
    scope = request.viewer.scope.writable()
    is_inside = scope.covers(order.building.path)
    found = powers_on(
        [order],
        ladder=Ladder.load([order.building_id]),
        cadre_id=scope.cadre_id if is_inside else None,
        is_office=is_office(request) and is_inside,
        today=request.viewer.today,
    )
    return found[order.pk]


def _who(request: ViewerRequest) -> dict[str, Any]:
    viewer = request.viewer
    return {
        "by": viewer.user,
        "cadre": cadre_of(viewer.scope),
        "is_office": is_office(request),
        "now": viewer.now,
    }


@login_required
@require_safe
def order_page(request: ViewerRequest, pk: int) -> HttpResponse:
    """Show an order: where it stands, its duties, its steps and what the user may do: `/affairs/repairs/<pk>/`."""
    order = find_order(request, pk)
    return render(request, "repairs/order.html", _order_context(request, order))


def _order_context(request: ViewerRequest, order: RepairOrder) -> dict[str, Any]:
    now, powers = request.viewer.now, powers_of(request, order)
    steps = RepairStep.objects.unscoped("of the order in hand").filter(order=order)
    duties = list(
        duties_listed(request.viewer.scope).filter(clock=order.clock_id).order_by("opened_on", "pk")
    )
    disclosure = disclosure_for(request.viewer, {duty.accountable for duty in duties})
    pictures = RepairPicture.objects.unscoped("of the order in hand").filter(order=order)
    follow = RepairOrder.objects.within(request.viewer.scope)
    return {
        "order": order,
        "row": rows_of([order], now)[0],
        "course": course_of(order, now),
        "steps": steps.select_related("by_cadre", "by_user").order_by("at", "pk"),
        "consents": Consent.objects.unscoped("of the order in hand").filter(order=order),
        "rating": RepairRating.objects.unscoped("of the order in hand").filter(order=order).first(),
        "duties": duty_rows(duties, disclosure, now),
        "offered": _offered(order, powers),
        "pictures": list(pictures.defer("sealed")) if powers.actors else [],
        "powers": powers,
        "may_look": bool(powers.actors),
        "may_call": may_call(order, powers),
        "is_office": Actor.OFFICE in powers.actors,
        "followed_by": follow.filter(follows=order),
        "follows": follow.filter(pk=order.follows_id).first() if order.follows_id else None,
    }


def _offered(order: RepairOrder, powers: Powers) -> list[tuple[str, str]]:
    """Return what the user may do now, (word of the address, label), the likeliest first."""
    found = [(kind.value, str(kind.label)) for kind in powers.offered(order, finished_by(order))]
    if powers.may(CONSENT, order):
        found.insert(0, ("consent", "登记商议结果"))
    if powers.may(MERGE, order):
        found.append(("merge", "并案"))
    return found


def may_call(order: RepairOrder, powers: Powers) -> bool:
    """Return whether the user may ask for the reporter's number: the steward only where the reporter has ticked it."""
    if order.reporter_phone == "":
        return False
    if powers.actors & {Actor.OFFICE, Actor.TRIAGE}:
        return True
    return Actor.STEWARD in powers.actors and order.shares_phone_with_property


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: ViewerRequest, pk: int, what: str) -> HttpResponse:
    """Do one thing to an order, then return to it: `/affairs/repairs/<pk>/<what>/`."""
    order = find_order(request, pk, writable=True)
    powers = powers_of(request, order)
    if not powers.actors:
        raise Http404
    form = form_for(what, order, request.POST if request.method == "POST" else None)
    if form is None:
        raise Http404
    if request.method == "POST" and form.act(_who(request)):
        messages.success(request, f"已登记：{form.title}。")
        _photos(request, order)
        return HttpResponseRedirect(_back(request, order))
    refusal = powers.refusal(order, what, finished_by(order)) if what in StepKind.values else ""
    context = {
        "form": form,
        "order": order,
        "title": form.title,
        "refusal": refusal,
        "back": _back(request, order),
    }
    return render(request, "repairs/form.html", context)


def _photos(request: ViewerRequest, order: RepairOrder) -> None:
    """Keep the photos that came with a form; what is none is said, and the step stays."""
    for sent in request.FILES.getlist("photo")[:PICTURES_OF_A_REPORT]:
        try:
            picture_add(order=order, data=sent.read(), now=request.viewer.now)
        except ValidationError as error:
            messages.error(request, "；".join(error.messages))


def _back(request: ViewerRequest, order: RepairOrder) -> str:
    """Return the page from which a form was sent, if it is one of ours; else that of the order."""
    sent = request.POST.get("next", "") or request.GET.get("next", "")
    ours = sent.startswith("/") and url_has_allowed_host_and_scheme(sent, {request.get_host()})
    return sent if ours else reverse("repairs:order", args=[order.pk])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def void(request: ViewerRequest, pk: int) -> HttpResponse:
    """Void a mistaken step with a reason: `/affairs/repairs/steps/<pk>/void/`."""
    scope = people_alone(request).writable()
    step = RepairStep.objects.within(scope).select_related("order__building").filter(pk=pk).first()
    if step is None or not is_office(request):
        raise Http404
    refusal = ""
    if request.method == "POST":
        try:
            repair_step_void(
                step=step,
                reason=request.POST.get("reason", ""),
                by=request.viewer.user,
                now=request.viewer.now,
                is_office=True,
            )
        except ValidationError as error:
            refusal = "；".join(error.messages)
        else:
            messages.success(request, "已作废这一步，各环节已重新计时。")
            return redirect("repairs:order", step.order_id)
    return render(request, "repairs/void.html", {"step": step, "order": step.order, "refusal": refusal})


@login_required
@require_POST
def look(request: ViewerRequest, pk: int) -> HttpResponse:
    """Show what was written of an order, on the record: `/affairs/repairs/<pk>/look/`."""
    order = find_order(request, pk, writable=True)
    powers = powers_of(request, order)
    if not powers.actors:
        raise Http404
    context = _order_context(request, order)
    try:
        said = sealed_reveal(
            row=order, fields=["summary"], reason=WORDS, user=request.viewer.user, now=request.viewer.now
        )
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
        return redirect("repairs:order", order.pk)
    context |= {"summary": said["summary"], "is_read": True}
    return render(request, "repairs/order.html", context)


@login_required
@require_POST
def call(request: ViewerRequest, pk: int) -> HttpResponse:
    """Show the reporter's name and number, with a reason and on the record: `/affairs/repairs/<pk>/call/`."""
    order = find_order(request, pk, writable=True)
    powers = powers_of(request, order)
    if not may_call(order, powers):
        raise Http404
    context = _order_context(request, order)
    try:
        context["reporter"] = sealed_reveal(
            row=order,
            fields=["reporter_name", "reporter_phone"],
            reason=request.POST.get("reason", ""),
            user=request.viewer.user,
            now=request.viewer.now,
        )
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
        return redirect("repairs:order", order.pk)
    return render(request, "repairs/order.html", context)


def _find_picture(request: ViewerRequest, uid: UUID) -> RepairPicture:
    scope = people_alone(request).writable()
    picture = (
        RepairPicture.objects.within(scope).select_related("order__rule", "order__building").filter(uid=uid)
    )
    found = picture.first()
    if found is None or not powers_of(request, found.order).actors:
        raise Http404
    return found


@login_required
@require_safe
def picture(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """Return a picture to whoever works on its order, on the record: `/affairs/repairs/pictures/<uid>/`."""
    found = _find_picture(request, uid)
    try:
        data = picture_look(picture=found, user=request.viewer.user, now=request.viewer.now)
    except ValidationError as error:
        return HttpResponse("；".join(error.messages), status=429, content_type="text/plain; charset=utf-8")
    return HttpResponse(data, content_type="image/jpeg")


@login_required
@require_POST
def release(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """Show a picture on the public page, or take it back: `/affairs/repairs/pictures/<uid>/release/`."""
    found = _find_picture(request, uid)
    if not is_office(request):
        raise Http404
    picture_release(picture=found, is_released=request.POST.get("act") == "show", now=request.viewer.now)
    messages.success(request, "已放到公开页面。" if found.is_released else "已从公开页面撤下。")
    return redirect("repairs:order", found.order_id)


@login_required
@require_POST
def add_picture(request: ViewerRequest, pk: int) -> HttpResponse:
    """Add a picture to an order: `/affairs/repairs/<pk>/pictures/`."""
    order = find_order(request, pk, writable=True)
    if not powers_of(request, order).actors:
        raise Http404
    sent = request.FILES.get("photo")
    try:
        if sent is None:
            raise ValidationError("请先选择一张照片。")
        picture_add(order=order, data=sent.read(), now=request.viewer.now)
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    else:
        messages.success(request, "照片已保存。")
    return HttpResponseRedirect(_back(request, order))


@login_required
@require_POST
def slip(request: ViewerRequest, pk: int) -> HttpResponse:
    """Show the 派工单 to print, with what was reported, on the record: `/affairs/repairs/<pk>/slip/`."""
    order = find_order(request, pk, writable=True)
    powers = powers_of(request, order)
    if not powers.actors:
        raise Http404
    try:
        said = sealed_reveal(
            row=order,
            fields=["summary"],
            reason="打印派工单",
            user=request.viewer.user,
            now=request.viewer.now,
        )
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
        return redirect("repairs:order", order.pk)
    steps = RepairStep.objects.unscoped("of the order in hand").filter(
        order=order, kind=StepKind.HANDED, voided_at=None
    )
    context = {
        "order": order,
        "summary": said["summary"],
        "row": rows_of([order], request.viewer.now)[0],
        "handed": steps.order_by("-at", "-pk").first(),
        "steward": powers.steward,
    }
    return render(request, "repairs/slip.html", context)
