"""The list of orders, a report that reached the office, and the rules."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from baibuting.common.list_filters import ListFilter, address
from buildings.choices import Level
from buildings.models import Place
from buildings.viewer import ViewerRequest
from repairs.choices import RUNNING_STAGES, Spot, Urgency
from repairs.forms import OfficeReportForm, RuleForm
from repairs.selectors import (
    is_overdue,
    orders_within,
    rates_of,
    rows_of,
)
from repairs.services import (
    repair_report,
    repair_rule_publish,
)
from repairs.services.rule import rule_in_force
from repairs.views.cases import is_office, people_alone

PER_PAGE = 50
FILTERS = (
    ListFilter("overdue", "逾期", [("1", "有环节逾期")], lambda _: Q(is_overdue())),
    ListFilter("spot", "部位", Spot.choices, lambda word: Q(spot=word)),
    ListFilter("urgency", "紧急程度", Urgency.choices, lambda word: Q(urgency=word)),
    ListFilter("follows", "返修", [("1", "返修的")], lambda _: Q(follows__isnull=False)),
)


def _at_stage(word: str) -> Q:
    """Return the condition of a tab: what runs for none, what is closed, or one stage; none match an unknown word."""
    if word == "closed":
        return Q(closed_at__isnull=False)
    return Q(stage=word) if word else Q(closed_at=None)


@login_required
@require_safe
def orders(request: ViewerRequest) -> HttpResponse:
    """Show the orders of the scope by stage, spot and delay, with the rates of ninety days: `/affairs/repairs/`."""
    scope, params = people_alone(request), request.GET
    stage = params.get("stage", "")
    found = orders_within(scope).filter(_at_stage(stage))
    for one in FILTERS:
        if word := params.get(one.name):
            found = found.filter(one.condition(word))
    page = Paginator(found.order_by("closed_at", "-reported_at", "-pk"), PER_PAGE).get_page(
        params.get("page")
    )
    context = {
        "page": page,
        "rows": rows_of(page.object_list, request.viewer.now),
        "chips": [one.chip(params) for one in FILTERS],
        "stages": [
            (label, address(params, {"stage": word}), stage == word)
            for word, label in (
                ("", "在办"),
                *((one.value, one.label) for one in RUNNING_STAGES),
                ("closed", "已办结"),
            )
        ],
        "rates": rates_of(scope, request.viewer.now).shown,
        "is_office": is_office(request),
    }
    return render(request, "repairs/orders.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ViewerRequest) -> HttpResponse:
    """Write down a report that reached the office: `/affairs/repairs/new/`."""
    scope = people_alone(request).writable()
    if not is_office(request):
        raise PermissionDenied
    form = OfficeReportForm(
        request.POST if request.method == "POST" else None,
        scope=scope,
        initial={"building": request.GET.get("building", "")[:18]},
    )
    if request.method == "POST" and form.is_valid():
        try:
            order = repair_report(
                **form.cleaned_data, now=request.viewer.now, recorded_by=request.viewer.user
            )
        except ValidationError as refusal:
            form.add_error(None, "；".join(refusal.messages))
        else:
            messages.success(request, f"已登记报修 {order.number}。查询码 {order.code}，请告诉报修人。")
            return redirect("repairs:order", order.pk)
    return render(request, "repairs/form.html", {"form": form, "title": "登记报修"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: ViewerRequest) -> HttpResponse:
    """Show the rule of one urgency, and put a new version in force: `/affairs/repairs/rules/`."""
    if not is_office(request):
        raise PermissionDenied
    communities = list(
        Place.objects.within(request.viewer.scope.writable()).active().filter(level=Level.COMMUNITY)
    )
    asked = request.GET.get("community", "")
    community = next((one for one in communities if str(one.pk) == asked), next(iter(communities), None))
    if community is None:
        raise Http404
    urgency = Urgency.URGENT if request.GET.get("urgency") == Urgency.URGENT else Urgency.NORMAL
    rule = rule_in_force(community=community, urgency=urgency, now=request.viewer.now)
    form = RuleForm(request.POST if request.method == "POST" else None, rule=rule, today=request.viewer.today)
    if request.method == "POST" and form.is_valid():
        try:
            repair_rule_publish(
                community=community,
                urgency=urgency,
                effective_on=form.cleaned_data["effective_on"],
                terms=form.terms,
                ladder=form.steps("rest"),
                triage_ladder=form.steps("triage"),
                now=request.viewer.now,
                user=request.viewer.user,
            )
        except ValidationError as refusal:
            form.add_error(None, "；".join(refusal.messages))
        else:
            messages.success(request, "新规则已保存。")
            return HttpResponseRedirect(request.get_full_path())
    context = {
        "form": form,
        "rule": rule,
        "community": community,
        "communities": communities,
        "urgencies": Urgency.choices,
        "urgency": urgency,
    }
    return render(request, "repairs/rules.html", context)
