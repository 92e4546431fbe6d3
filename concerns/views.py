"""The box of concerns at the desk: the list, one concern, what the office does about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import may_write, sees_people
from adminkit.pages import add_refusal
from audit.revealing import sealed_reveal
from baibuting.common.day_labels import day_label
from baibuting.common.list_filters import ListFilter
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER
from buildings.viewer import ViewerRequest
from cadres.ladder import Accountable
from concerns.choices import RUNNING, Origin, State, Subject, Urgency
from concerns.forms import CloseForm, ConcernForm, IncidentForm, TakeForm, TermsForm
from concerns.kinds import who_has
from concerns.models import Concern
from concerns.selectors import concerns_listed, days_in_force, events_of, who_may_have
from concerns.services import (
    concern_become_incident,
    concern_close,
    concern_open,
    concern_take,
    concern_terms_set,
)
from duties.selectors import Disclosure
from duties.visibility import disclosure_for

PER_PAGE = 50
LOOKED = "诉求页面点“看内容”"
NAME = "visits.visit"  # whoever writes visits handles what was said at them
CHIPS = {State.WAITING: "today", State.WORKING: "week", State.DONE: "done", State.DECLINED: "plain"}


def _office_scope(request: ViewerRequest) -> Scope:
    """Return where the user may handle concerns; nowhere for who is no office."""
    may = may_write(request.viewer.user, NAME)
    return request.viewer.scope.writable() if may else Scope.NOTHING


def _filters(places: list[Place]) -> list[ListFilter]:
    return [
        ListFilter(
            "state",
            "状态",
            [("running", "没有办结的"), *State.choices],
            lambda word: Q(state__in=RUNNING) if word == "running" else Q(state=word),
        ),
        ListFilter("subject", "类别", Subject.choices, lambda word: Q(subject=word)),
        ListFilter("urgency", "缓急", Urgency.choices, lambda word: Q(urgency=word)),
        ListFilter(
            "area",
            "区域",
            [(str(place.pk), place.full_name) for place in places],
            lambda word: _area(word, places),
        ),
    ]


def _area(word: str, places: list[Place]) -> Q:
    path = next((place.path for place in places if str(place.pk) == word), None)
    return Q(pk__in=()) if path is None else Q(building__path__startswith=path)


@login_required
@require_GET
def box(request: ViewerRequest) -> HttpResponse:
    """`/concerns/`: the concerns of the scope, open ones unless filtered otherwise, the most pressing first."""
    if not sees_people(request.viewer.user):
        raise Http404
    scope = request.viewer.scope
    places = Place.objects.within(scope).active().filter(level__in=(Level.QUARTER, Level.PRECINCT))
    filters = _filters(list(places.select_related("parent__parent").order_by(*TREE_ORDER)))
    params = request.GET.copy()
    params.setdefault("state", "running")
    condition = Q()
    for one in filters:
        if params.get(one.name):
            condition &= one.condition(str(params[one.name]))
    found = concerns_listed(scope).filter(condition)
    found = found.order_by("due_on", "pk") if params.get("state") == "running" else found
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    concerns: list[Concern] = list(page.object_list)
    disclosure = disclosure_for(request.viewer, {one.building_id for one in concerns})
    office = _office_scope(request)
    context = {
        "page": page,
        "rows": [row(one, disclosure, request) for one in concerns],
        "chips": [one.chip(params) for one in filters],
        "may_write": bool(office.paths) or office.everywhere,
        "communities": Place.objects.within(office).filter(level=Level.COMMUNITY)[:1],
    }
    return render(request, "concerns/box.html", context)


def row(concern: Concern, disclosure: Disclosure, request: ViewerRequest) -> dict[str, Any]:
    """Return what a list says of a concern, to a viewer."""
    is_late = not concern.is_closed and concern.due_on < request.viewer.today
    return {
        "concern": concern,
        "person": _person(concern, disclosure),
        "who": _who(concern),
        "is_late": is_late,
        "chip": "overdue" if is_late else CHIPS[State(concern.state)],
        "due": day_label(concern.due_on, request.viewer.now),
    }


def _person(concern: Concern, disclosure: Disclosure) -> str:
    resident = concern.resident
    return "" if resident is None else disclosure.person(resident, Accountable(concern.building_id, ""))


def _who(concern: Concern) -> str:
    return f"{who_has(concern)}{f' {concern.appointment.cadre.name}' if concern.appointment else ''}"


def _find(scope: Scope, pk: int) -> Concern:
    concern = concerns_listed(scope).filter(pk=pk).first()
    if concern is None:
        raise Http404
    return concern


@login_required
@require_GET
def concern(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/concerns/<id>/`: one concern, what happened to it, and what the viewer can do."""
    return _page(request, _find(request.viewer.scope, pk))


def _page(
    request: ViewerRequest,
    found: Concern,
    *,
    form: forms.Form | None = None,
    read: dict[str, str] | None = None,
    refusal: str = "",
) -> HttpResponse:
    office = _office_scope(request)
    may_act = office.covers(found.building.path) and not found.is_closed
    disclosure = disclosure_for(request.viewer, {found.building_id})
    given: dict[type[forms.Form], forms.Form] = {type(form): form} if form is not None else {}
    context = {
        "row": row(found, disclosure, request),
        "concern": found,
        "reporter": found.reporter.name if found.reporter else "社区办",
        "events": events_of(found),
        "read": read,
        "refusal": refusal,
        "may_read": office.covers(found.building.path),
        "forms": _forms(found, request, given) if may_act else [],
    }
    status = 422 if form is not None or refusal else 200
    return render(request, "concerns/concern.html", context, status=status)


def _forms(
    found: Concern, request: ViewerRequest, given: dict[type[forms.Form], forms.Form]
) -> list[dict[str, Any]]:
    take = given.get(TakeForm) or _take_form(found, request)
    close = given.get(CloseForm) or CloseForm()
    is_waiting = found.state == State.WAITING
    shown: list[dict[str, Any]] = [
        {
            "title": "受理" if is_waiting else "改派",
            "form": take,
            "address": "concerns:take",
            "is_main": is_waiting,
        },
        {"title": "办结", "form": close, "address": "concerns:close", "is_main": not is_waiting},
    ]
    if found.incident_id is None:
        incident = given.get(IncidentForm) or IncidentForm()
        shown.append(
            {"title": "转为必到事件", "form": incident, "address": "concerns:incident", "is_main": False}
        )
    return shown


def _take_form(found: Concern, request: ViewerRequest, data: Any = None) -> TakeForm:
    choices = who_may_have(found.building, request.viewer.scope.writable(), request.viewer.today)
    initial = {"subject": found.subject, "urgency": found.urgency, "appointment": found.appointment_id}
    return TakeForm(data, initial=initial, appointments=choices)


def _act(
    request: ViewerRequest, found: Concern, form: forms.Form, service: Callable[..., Any], said: str
) -> HttpResponse:
    """Send a form to a service, and say so; refused it is shown again with what is wrong."""
    if form.is_valid():
        try:
            service(concern=found, by=request.viewer.user, now=request.viewer.now, **form.cleaned_data)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, said)
            return redirect("concerns:concern", pk=found.pk)
    return _page(request, _find(request.viewer.scope, found.pk), form=form)


@login_required
@require_POST
def take(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/concerns/<id>/take/`: 受理, 改派."""
    found = _find(_office_scope(request), pk)
    return _act(
        request, found, _take_form(found, request, request.POST), concern_take, "已受理，反映人会看到。"
    )


@login_required
@require_POST
def close(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/concerns/<id>/close/`: 已办, 不办."""
    found = _find(_office_scope(request), pk)
    return _act(request, found, CloseForm(request.POST), concern_close, "已办结，反映人会看到结果。")


@login_required
@require_POST
def incident(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/concerns/<id>/incident/`: 转为必到事件."""
    found = _find(_office_scope(request), pk)
    said = "已转为必到事件，正在知会要到场的人。"
    return _act(request, found, IncidentForm(request.POST), concern_become_incident, said)


@login_required
@require_POST
def words(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/concerns/<id>/words/`: what was said and written, for the office; audited."""
    found = _find(_office_scope(request), pk)
    try:
        read = sealed_reveal(
            row=found, fields=["words"], reason=LOOKED, user=request.viewer.user, now=request.viewer.now
        )
    except ValidationError as refusal:
        return _page(request, found, refusal="".join(refusal.messages))
    return _page(request, found, read=read)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ViewerRequest) -> HttpResponse:
    """`/concerns/new/`: 登记诉求, for somebody who came or rang up."""
    scope = _office_scope(request)
    buildings = Place.objects.within(scope).active().filter(level=Level.BUILDING)
    if not buildings.exists():
        raise Http404
    ordered = buildings.select_related("parent__parent").order_by(*TREE_ORDER)
    form = ConcernForm(
        request.POST or None, buildings=ordered, initial={"building": request.GET.get("building")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = concern_open(
                **form.cleaned_data,
                origin=Origin.OFFICE,
                now=request.viewer.now,
                by=request.viewer.user,
            )
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已登记，正在计时。")
            return redirect("concerns:concern", pk=made.pk)
    context = {"form": form, "title": "登记诉求", "act": "登记"}
    return render(request, "concerns/form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/concerns/terms/<community>/`: within how many days concerns are closed."""
    places = Place.objects.within(_office_scope(request)).filter(level=Level.COMMUNITY)
    community = places.filter(pk=pk).first()
    if community is None:
        raise Http404
    days, is_proposal = days_in_force(community.pk)
    initial = {"normal_days": days[Urgency.NORMAL], "urgent_days": days[Urgency.URGENT]}
    form = TermsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            concern_terms_set(
                community=community, **form.cleaned_data, by=request.viewer.user, now=request.viewer.now
            )
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "办理期限已保存，从以后登记的诉求起算。")
            return redirect("concerns:index")
    note = "现在用的是建议值，保存后就是本社区自己的期限。" if is_proposal else ""
    context = {"form": form, "title": f"{community.name}诉求办理期限", "act": "保存", "note": note}
    return render(request, "concerns/form.html", context, status=422 if form.errors else 200)
