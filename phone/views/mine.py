"""我的: posts, leave, handing over, larger type, sent entries, help."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from adminkit.pages import add_refusal
from buildings.viewer import ViewerRequest
from cadres.choices import Post
from cadres.models import Appointment, Cover
from cadres.selectors import in_force, neighbours
from cadres.viewer import PostHolder
from duties.choices import RUNNING
from duties.models import Duty
from phone.forms import HandOverForm, LeaveForm
from phone.selectors import covering_for, own_appointments
from phone.sent import sent_lately
from phone.services import leave_begin, leave_end, post_hand_over
from phone.views.base import LARGE_COOKIE, for_post_holders, say, show

YEAR = 365 * 24 * 3600  # seconds


@for_post_holders
@require_safe
def mine(request: ViewerRequest, viewer: PostHolder) -> HttpResponse:
    """`/m/mine/`: the viewer's posts, and everything about the phone itself."""
    context = {
        "title": "我的",
        "subtitle": viewer.cadre.name,
        "appointments": own_appointments(viewer.cadre.pk, viewer.today),
        "covering": covering_for(viewer.cadre.pk, viewer.today),
        "sent": sent_lately(viewer.user.pk, viewer.now),
    }
    return show(request, viewer, "mine.html", context, tab="mine")


@require_POST
def large(request: ViewerRequest) -> HttpResponse:
    """`/m/mine/large/`: 长辈版 on or off, for this phone."""
    answer = redirect("phone:mine")
    if request.COOKIES.get(LARGE_COOKIE):
        answer.delete_cookie(LARGE_COOKIE, path="/m/")
    else:
        answer.set_cookie(
            LARGE_COOKIE,
            "1",
            max_age=YEAR,
            path="/m/",
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return answer


def _own(viewer: PostHolder, pk: int) -> Appointment:
    held = Appointment.objects.unscoped("the viewer's own").filter(
        in_force(viewer.today), cadre=viewer.cadre, pk=pk
    )
    appointment = held.select_related("place__parent__parent", "cadre", "organisation").first()
    if appointment is None:
        raise Http404
    return appointment


@for_post_holders
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/mine/leave/<appointment>/`: 请假 with a stand-in."""
    appointment = _own(viewer, pk)
    choices = neighbours(appointment, viewer.today).select_related("cadre", "place")
    start = {"from_on": viewer.today, "until_on": viewer.today + timedelta(days=6)}
    form = LeaveForm(request.POST or None, initial=start, choices=choices)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            leave_begin(
                appointment=appointment,
                stand_in=typed["stand_in"].cadre,
                from_on=typed["from_on"],
                until_on=typed["until_on"],
                reason=typed["reason"],
                by=viewer.user,
                now=viewer.now,
            )
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say(request, f"已请 {typed['stand_in'].cadre.name} 代管到 {typed['until_on']:%Y-%m-%d}。")
            return redirect("phone:mine")
    return _form_page(
        request, viewer, appointment, form, "请假", "代管期间，这个岗位的走访和知会都交给代管人。"
    )


@for_post_holders
@require_POST
def back(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/mine/back/<cover>/`: 销假; cancel a cover not begun, else end it yesterday, or today at the earliest."""
    cover = (
        Cover.objects.unscoped("of the viewer's own appointment")
        .filter(pk=pk, appointment__cadre=viewer.cadre)
        .select_related("appointment__place")
        .first()
    )
    if cover is None or cover.until_on < viewer.today:
        raise Http404
    until_on = leave_end(cover=cover, by=viewer.user, now=viewer.now)
    if until_on is None:
        say(request, "代管安排已取消。")
    else:
        since = "今天" if until_on < viewer.today else "明天"
        say(request, f"已销假，从{since}起还是您负责。")
    return redirect("phone:mine")


@for_post_holders
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/mine/hand-over/<appointment>/`: hand the post over from a day on, with everything open on it."""
    appointment = _own(viewer, pk)
    choices = neighbours(appointment, viewer.today).select_related("cadre", "place")
    form = HandOverForm(
        request.POST or None, initial={"on": viewer.today + timedelta(days=1)}, choices=choices
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            post_hand_over(
                appointment=appointment,
                to_cadre=typed["to"].cadre,
                on=typed["on"],
                by=viewer.user,
                now=viewer.now,
            )
        except ValidationError as refusal:
            add_refusal(form, refusal, {"cadre": "to", "started_on": "on"})
        else:
            say(request, f"已交给 {typed['to'].cadre.name}，从 {typed['on']:%Y-%m-%d} 起由他负责。")
            return redirect("phone:mine")
    in_post = Q(appointment=None, place=appointment.place, accountable_post=appointment.post)
    running = Duty.objects.unscoped("how many hang on the viewer's own post").filter(
        in_post | Q(appointment=appointment), outcome__in=RUNNING
    )
    explanation = f"没办完的责任共 {running.count()} 件，随岗位一起交接，期限不变。"
    return _form_page(request, viewer, appointment, form, "交接", explanation)


def _form_page(
    request: ViewerRequest,
    viewer: PostHolder,
    appointment: Appointment,
    form: forms.Form,
    title: str,
    explanation: str,
) -> HttpResponse:
    context: dict[str, Any] = {
        "title": title,
        "subtitle": f"{appointment.place.name} {Post(appointment.post).label}",
        "form": form,
        "explanation": explanation,
        "back": reverse("phone:mine"),
    }
    status = 422 if form.errors else 200
    return show(request, viewer, "form.html", context, tab="mine", status=status)


@require_safe
def help_page(request: ViewerRequest) -> HttpResponse:
    """`/m/help/`: one page, without signing in."""
    return render(request, "phone/help.html", {"title": "使用说明"})
