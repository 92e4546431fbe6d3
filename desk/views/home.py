"""The home page: the day's numbers, where duties are overdue, and what the viewer has to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.rules import may_open_admin, may_view
from buildings.models import Place
from buildings.scope import Scope
from buildings.viewer import Viewer, ViewerRequest
from cadres.account_holders import Tab, counted, holders, may_open_accounts
from cadres.emergency import may_open
from cadres.selectors import scope_for, secretary_on
from desk.checklist import checklist
from desk.figures import Overview
from desk.page_day import PageDay
from desk.views.base import page_day_of, shown_day
from desk.views.overview import overview_context
from duties.choices import RUNNING
from duties.filters import family_choices
from duties.models import Duty, DutyEvent, SweepRun
from duties.notices import escalations_listed, notice_rows, notices_listed
from duties.rows import duties_listed, person_rows
from duties.selectors import Disclosure, held_by, unseen_count
from duties.visibility import office_scope, reads_names
from phone.selectors import own_buildings
from phone.silence import phones_silent_count
from residents.models import CareRecord
from rosters.rules import may_import
from stats.rules import more_figures

ON_HOME = 5  # notices, and the viewer's own duties


@login_required
@require_GET
def home(request: ViewerRequest) -> HttpResponse:
    """`/`: today's numbers or a past day's, the heat map, the trend, the load ahead, and the viewer's notices."""
    scope, page_day = request.viewer.scope, page_day_of(request)
    own, events = ([], []) if page_day.is_past else (_own(scope, page_day), _told(scope))
    near = {duty.accountable for duty in own} | {event.duty.accountable for event in events}
    shown = overview_context(request, page_day, None, near)
    overview: Overview = shown["overview"]
    has_places = bool(overview.figures.paths)
    shown["figures"] += [*_figures_of_apps(request, overview, page_day), *_silent_phones(request, page_day)]
    keeps_order = not has_places and may_open_admin(request.viewer.user) and not reads_names(request.viewer)
    context = {
        **shown_day(request, page_day),
        **shown,
        "within": _only_area(shown["blocks"]),
        "keeps_order": keeps_order,
        "account_tabs": _account_tabs(request.viewer) if keeps_order else [],
        "checklist": [] if page_day.is_past else checklist(request.viewer),
        "has_places": has_places,
        "has_records": overview.value("care_records") > 0 or CareRecord.objects.within(scope).exists(),
        "next_step_urls": _next_step_urls(request),
        "may_break_glass": may_open(request.viewer.user, scope, request.viewer.now),
        "last_sweep": SweepRun.objects.filter(finished_at__lte=request.viewer.now)
        .order_by("-finished_at")
        .first(),
        **({} if page_day.is_past else _on_me(request, page_day, shown["sees"], own, events)),
    }
    return render(request, "desk/home.html", context)


def _only_area(blocks: list[dict[str, Any]]) -> str:
    """Return the 片区 or 苑区 that everything on the page lies in, which addresses then need not repeat; "" for several."""
    if len(blocks) != 1:
        return ""
    rows = blocks[0]["rows"]
    area: Place = rows[0]["precinct"] if len(rows) == 1 else blocks[0]["block"].quarter
    return area.full_name


def _account_tabs(viewer: Viewer) -> list[tuple[Tab, int]]:
    """Return how many accounts wait for whoever opens them; their scope holds for that alone, and not on this page."""
    if not may_open_accounts(viewer.user):
        return []
    scope = scope_for(viewer.user, today=viewer.today)
    return list(counted(holders(replace(viewer, scope=scope))))


def _figures_of_apps(request: ViewerRequest, overview: Overview, page_day: PageDay) -> list[dict[str, Any]]:
    """Return the figures that the portals of other apps declare, for viewers who may open the lists behind them.

    Today only: the lists of other apps show no past day, and no number stands where its list does not bear it out.
    """
    if page_day.is_past:
        return []
    return [
        {
            "name": figure.code,
            "label": figure.label,
            "value": overview.value(figure.code),
            "unit": figure.unit,
            "url": reverse(figure.address),
            "notes": [],
            "is_burning": False,
        }
        for figure in more_figures().values()
        if figure.is_shown(request)
    ]


def _silent_phones(request: ViewerRequest, page_day: PageDay) -> list[dict[str, Any]]:
    """Return the number of silent phones, for viewers who may open its list; today only."""
    user = request.viewer.user
    if page_day.is_past or not (may_view(user, "phone.submission") or secretary_on(user, page_day.today)):
        return []
    count = phones_silent_count(request.viewer.scope, page_day.moment.at)
    return [
        {
            "name": "phones_silent",
            "label": "手机未同步",
            "value": count,
            "unit": "部",
            "url": reverse("phone_office:phones"),
            "notes": [],
            "is_burning": False,
        }
    ]


def _own(scope: Scope, page_day: PageDay) -> list[Duty]:
    """Return the viewer's own duties, by building or by name, one more than is shown.

    Visits are owed by posts of buildings alone: while there are no other kinds, only their holders have any.
    """
    if scope.cadre_id is None:
        return []
    buildings = own_buildings(scope.cadre_id, page_day.today)
    if not buildings and not family_choices():
        return []
    # both conditions suit an index: searching all running duties of a community for their holder would be slow
    near = Q(place__in=buildings) | Q(appointment__isnull=False)
    running = duties_listed(scope).filter(near, outcome__in=RUNNING)
    return list(running.filter(held_by(scope.cadre_id, page_day.today))[: ON_HOME + 1])


def _told(scope: Scope) -> list[DutyEvent]:
    """Return what has reached the viewer's rung; for viewers without a post, what was escalated."""
    return list((escalations_listed if scope.cadre_id is None else notices_listed)(scope)[:ON_HOME])


def _on_me(
    request: ViewerRequest,
    page_day: PageDay,
    disclosure: Disclosure,
    own: list[Duty],
    events: list[DutyEvent],
) -> dict[str, Any]:
    scope, now = request.viewer.scope, page_day.moment.at
    holds_posts = scope.cadre_id is not None
    return {
        "own": person_rows(own[:ON_HOME], disclosure, now),
        "has_more_own": len(own) > ON_HOME,
        "holds_posts": holds_posts,
        "notices": notice_rows(
            events, disclosure, now, to_me=holds_posts, office=office_scope(request.viewer)
        ),
        "back": reverse("desk:home"),
        "unseen": unseen_count(scope),
    }


def _next_step_urls(request: ViewerRequest) -> dict[str, str]:
    """Return where an empty community is set up, for those who may do it."""
    kinds = (("places", "places"), ("records", "care"))
    user = request.viewer.user
    return {name: reverse("rosters:upload", args=[kind]) for name, kind in kinds if may_import(user, kind)}
