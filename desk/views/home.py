"""The first page: how is today, where does it burn, what is on me."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.routing import account_of, list_address
from accounts.rules import may_open_admin, may_view, may_write
from buildings.scope import Scope, scope_of
from cadres.emergency import may_open
from cadres.selectors import secretary_on
from desk.figures import Overview
from desk.viewing import Look
from desk.views.base import look_of, shown_day
from desk.views.overview import overview_context
from duties.choices import RUNNING
from duties.models import Duty, DutyEvent, SweepRun
from duties.notices import escalations_listed, notice_rows, notices_listed
from duties.rows import duties_listed, duty_rows
from duties.selectors import Sight, held_by, unseen_count
from duties.viewing import office_scope, reads_names
from phone.selectors import own_buildings
from phone.silence import phones_silent_count
from residents.models import CareRecord
from stats.rules import more_figures

ON_HOME = 5  # notices, and duties of one's own


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """`/`: today's numbers or a past day's, the heat map, the trend, the load to come, and what has reached me."""
    scope, look = scope_of(request), look_of(request)
    own, events = ([], []) if look.is_past else (_own(scope, look), _told(scope))
    near = {duty.building_id for duty in own} | {event.duty.building_id for event in events}
    shown = overview_context(request, look, None, near)
    overview: Overview = shown["overview"]
    has_places = bool(overview.figures.paths)
    shown["figures"] += [*_figures_of_apps(request, overview), *_silent_phones(request, look)]
    context = {
        **shown_day(request, look),
        **shown,
        "keeps_order": not has_places and may_open_admin(account_of(request)) and not reads_names(request),
        "has_places": has_places,
        "has_records": overview.value("care_records") > 0 or CareRecord.objects.within(scope).exists(),
        "next_step_urls": _next_step_urls(request),
        "may_break_glass": may_open(account_of(request), scope, timezone.now()),
        "last_sweep": SweepRun.objects.exclude(finished_at=None).order_by("-finished_at").first(),
        **({} if look.is_past else _on_me(request, look, shown["sees"], own, events)),
    }
    return render(request, "desk/home.html", context)


def _figures_of_apps(request: HttpRequest, overview: Overview) -> list[dict[str, Any]]:
    """The numbers that the portals of other apps declare, for those who may look behind them."""
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


def _silent_phones(request: HttpRequest, look: Look) -> list[dict[str, Any]]:
    """The number of phones that were not heard from, for those who may look into it; of today alone."""
    user = account_of(request)
    if look.is_past or not (may_view(user, "phone.submission") or secretary_on(user, look.today)):
        return []
    count = phones_silent_count(scope_of(request), look.moment.at)
    return [
        {
            "name": "phones_silent",
            "label": "手机未同步",
            "value": count,
            "unit": "部",
            "url": reverse("phones"),
            "notes": [],
            "is_burning": False,
        }
    ]


def _own(scope: Scope, look: Look) -> list[Duty]:
    """What the viewer answers for himself, one more than is shown; only who holds a building's post has any."""
    if scope.cadre_id is None or not (buildings := own_buildings(scope.cadre_id, look.today)):
        return []
    running = duties_listed(scope).filter(outcome__in=RUNNING, building__in=buildings)
    return list(running.filter(held_by(scope.cadre_id, look.today))[: ON_HOME + 1])


def _told(scope: Scope) -> list[DutyEvent]:
    """What has reached the viewer's rung; what was reported up, for who holds no post."""
    return list((escalations_listed if scope.cadre_id is None else notices_listed)(scope)[:ON_HOME])


def _on_me(
    request: HttpRequest, look: Look, sees: Sight, own: list[Duty], events: list[DutyEvent]
) -> dict[str, Any]:
    scope, now = scope_of(request), look.moment.at
    holds_posts = scope.cadre_id is not None
    return {
        "own": duty_rows(own[:ON_HOME], sees, now),
        "has_more_own": len(own) > ON_HOME,
        "holds_posts": holds_posts,
        "notices": notice_rows(events, sees, now, to_me=holds_posts, office=office_scope(request)),
        "back": reverse("home"),
        "unseen": unseen_count(scope),
    }


def _next_step_urls(request: HttpRequest) -> dict[str, str]:
    """Where an empty community begins, for those who may begin it."""
    found = {}
    for name, model in (("places", "buildings.place"), ("records", "residents.carerecord")):
        if may_write(account_of(request), model):
            found[name] = reverse(list_address(model))
    return found
