"""今日, what has reached the viewer, and the story of a duty."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from buildings.viewer import ViewerRequest
from cadres.choices import Post
from cadres.selectors import posts_held_on
from cadres.viewer import PostHolder
from duties.action_views import case_of
from duties.bell import groups_shown
from duties.choices import RUNNING
from duties.filters import family_asked
from duties.kinds import kind_of
from duties.models import Duty, DutyEvent
from duties.notices import notice_rows, notices_listed
from duties.rows import duties_listed, ladder_steps
from duties.selectors import Disclosure
from duties.services import notices_see
from duties.story import duty_explanation, duty_history, duty_story, status_label
from duties.visibility import disclosure_for, office_scope
from phone.duty_links import action_of, links_of
from phone.models import Digest
from phone.selectors import STATES, Card, cards, duties_due, families_shown, own_buildings
from phone.services import phone_heard
from phone.views.base import for_post_holders, show
from proposals.selectors import waiting_about
from visits.models import Incident
from visits.selectors import incident_rows, incidents_of, incidents_running

FIRST_CARDS = 30
PER_PAGE = 30


@for_post_holders
@require_safe
def today(request: ViewerRequest, viewer: PostHolder) -> HttpResponse:
    """`/m/`: what is due at the viewer's buildings, most pressing first: the first thirty people, all with `?all=1`.

    `?family=` narrows it to one family of kinds, where there is more than one.
    """
    phone_heard(cadre_id=viewer.cadre.pk, now=viewer.now)
    buildings = own_buildings(viewer.cadre.pk, viewer.today)
    due = duties_due(viewer.scope, [place.pk for place in buildings], viewer.today)
    family = request.GET.get("family", "") if (families := families_shown()) else ""
    duties = list(due.filter(family_asked(family)) if family else due)
    disclosure = disclosure_for(viewer, {duty.accountable for duty in duties})
    found = cards(duties, disclosure, viewer.now, names_building=len(buildings) != 1)
    shown = found if request.GET.get("all") else found[:FIRST_CARDS]
    pending = waiting_about([card.resident.pk for card in shown if card.resident])
    for card in shown:
        card.pending = pending.get(card.resident.pk, "") if card.resident else ""
    asked = incidents_of(viewer.scope, viewer.today)
    context = {
        "title": "今日",
        "subtitle": _who(viewer, buildings),
        "incidents": incident_cards(asked, viewer),
        "other_incidents": incidents_running(viewer.scope).count() - len(asked),
        "groups": _groups(shown, found),
        "left": len(found) - len(shown),
        "total": len(found),
        "unit": _unit(found),
        "has_buildings": bool(buildings),
        "families": families,
        "family": family,
    }
    return show(request, viewer, "today.html", context, tab="today")


def _who(viewer: PostHolder, buildings: list[Any]) -> str:
    """Return who the viewer is: 石金玲 · 504栋 楼栋长."""
    if len(buildings) != 1:
        return viewer.cadre.name
    posts = posts_held_on(viewer.cadre, buildings[0], viewer.today)
    return f"{viewer.cadre.name} · {buildings[0].name} {Post(posts[0]).label}" if posts else viewer.cadre.name


def _unit(found: list[Card]) -> str:
    """Return what cards are counted in: people, unless a duty that concerns no person is among them."""
    return "人" if all(card.resident for card in found) else "项"


def _groups(shown: list[Card], found: list[Card]) -> list[dict[str, Any]]:
    return [
        {
            "state": state,
            "label": label,
            "count": sum(card.state == state for card in found),
            "unit": _unit([card for card in found if card.state == state]),
            "cards": [card for card in shown if card.state == state],
        }
        for state, label in STATES
        if any(card.state == state for card in shown)
    ]


def incident_cards(incidents: list[Incident], viewer: PostHolder) -> list[dict[str, Any]]:
    """Return running incidents with who has arrived and who has not, each with a uid for 我已到场. One query."""
    return [
        {
            "incident": row.incident,
            "place": row.incident.building.full_name,
            "status": row.status,
            "is_late": row.is_late,
            "there": [label for label, _, done_at in row.posts if done_at],
            "missing": [label for label, _, done_at in row.posts if not done_at],
            "is_mine": getattr(row.incident, "owes", False),
            "uid": uuid4(),
        }
        for row in incident_rows(incidents, viewer.now)
    ]


@for_post_holders
@require_safe
def notices(request: ViewerRequest, viewer: PostHolder) -> HttpResponse:
    """`/m/notices/`: the day's digest, and the viewer's open notices, newest first; dealt with: `?state=dealt`."""
    is_dealt = request.GET.get("state") == "dealt"
    listed = notices_listed(viewer.scope, dealt_with=is_dealt)
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    events: list[DutyEvent] = list(page.object_list)
    disclosure = disclosure_for(viewer, {event.duty.accountable for event in events})
    rows = notice_rows(events, disclosure, viewer.now, to_me=True, office=office_scope(viewer))
    actions = [action_of(row.event.duty) if row.event.duty.outcome in RUNNING else None for row in rows]
    context = {
        "title": "知会",
        "page": page,
        "rows": list(zip(rows, actions, strict=True)),
        "is_dealt": is_dealt,
        "back": request.get_full_path(),
    }
    if not is_dealt:
        context["groups"] = groups_shown(viewer.cadre.pk, viewer.now, on_phone=True)
        context["digest"] = Digest.objects.filter(cadre=viewer.cadre, day=viewer.today).first()
    return show(request, viewer, "notices.html", context)


@for_post_holders
@require_safe
def duty(request: ViewerRequest, viewer: PostHolder, pk: int) -> HttpResponse:
    """`/m/duties/<id>/`: a duty's story. Opening it marks the viewer's notices of it as seen."""
    found = duties_listed(viewer.scope).select_related("care_record__category").filter(pk=pk).first()
    if found is None:
        raise Http404
    notices_see(duty=found, cadre_id=viewer.cadre.pk, now=viewer.now)
    disclosure = disclosure_for(viewer, {found.accountable})
    return show(request, viewer, "duty.html", duty_context(request, viewer, found, disclosure))


def duty_context(
    request: ViewerRequest, viewer: PostHolder, found: Duty, disclosure: Disclosure
) -> dict[str, Any]:
    """Return the context of a duty's page as the viewer may see it."""
    kind = kind_of(found)
    knows = disclosure.answers_for(found.accountable)
    category = kind.category(found, disclosure)
    history = duty_history(found, viewer.now, disclosure.ladder)
    return {
        "title": kind.person(found, disclosure) or category,
        "subtitle": kind.address(found),
        "duty": found,
        "category": category,
        "status": status_label(found, viewer.now),
        "explanation": duty_explanation(found, viewer.now, may_know=knows, history=history),
        "rule": kind.rule(found, may_know=knows),
        "story": duty_story(found, viewer.now, may_know=knows, history=history),
        "steps": ladder_steps(found, viewer.now, viewer.today, disclosure.ladder, history),
        "links": links_of(found),
        "allowed_actions": case_of(viewer, found, disclosure).allowed_actions,
        "may_read_words": knows,
        "back": reverse("phone:duty", args=[found.pk]),
    }
