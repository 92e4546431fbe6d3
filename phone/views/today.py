"""今日, what has reached the viewer, and the story of a duty."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import uuid4

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

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
from duties.notices import NoticeRow, notice_rows, notices_listed
from duties.rows import duties_listed, ladder_steps
from duties.selectors import Disclosure
from duties.services import notices_see
from duties.story import duty_explanation, duty_history, duty_story, status_label
from duties.visibility import disclosure_for, office_scope
from phone.duty_links import action_of, links_of
from phone.models import Digest
from phone.selectors import STATES, Card, cards, duties_due, families_shown, own_buildings
from phone.services import phone_heard
from phone.views.base import LARGE_COOKIE, for_post_holders, show
from proposals.selectors import waiting_about
from visits.models import Incident
from visits.selectors import incident_rows, incidents_of, incidents_running

FIRST_CARDS = 60
PER_PAGE = 30
MOST_CARDS = (
    10  # people whom a list shows in full; of more, the first few are cards and the others short rows
)
FULL_CARDS = 3
NEXT_CARDS = 5  # of the 长辈版
MOST_SEEN = 200  # notices marked by one request: more than a page shows


@for_post_holders
@require_safe
def today(request: ViewerRequest, viewer: PostHolder) -> HttpResponse:
    """`/m/`: what is due at the viewer's buildings, by urgency: the first sixty people, all with `?all=1`.

    `?family=` narrows it to one family of kinds, where there is more than one. The 长辈版 begins with the five most
    pressing, the others are folded away.
    """
    phone_heard(cadre_id=viewer.cadre.pk, now=viewer.now)
    buildings = own_buildings(viewer.cadre.pk, viewer.today)
    due = duties_due(viewer.scope, [place.pk for place in buildings], viewer.today)
    family = request.GET.get("family", "") if (families := families_shown()) else ""
    duties = list(due.filter(family_asked(family)) if family else due)
    disclosure = disclosure_for(viewer, {duty.accountable for duty in duties})
    found = cards(duties, disclosure, viewer.now, names_building=len(buildings) != 1)
    if is_large := bool(request.COOKIES.get(LARGE_COOKIE)):
        nearest = sorted(found, key=lambda card: card.pressing)[:NEXT_CARDS]
        found = [*nearest, *(card for card in found if card not in nearest)]
    shown = found if request.GET.get("all") else found[:FIRST_CARDS]
    pending = waiting_about([card.resident.pk for card in shown if card.resident])
    for card in shown:
        card.pending = pending.get(card.resident.pk, "") if card.resident else ""
    full = NEXT_CARDS if is_large else MOST_CARDS if len(found) <= MOST_CARDS else FULL_CARDS
    asked = incidents_of(viewer.scope, viewer.today)
    context = {
        "title": "今日",
        "subtitle": _who(viewer, buildings),
        "incidents": incident_cards(asked, viewer),
        "other_incidents": incidents_running(viewer.scope).count() - len(asked),
        "groups": _groups(shown[:full] if is_large else shown, found, full),
        "rest": _parts(shown[full:], 0) if is_large else [],
        "is_large": is_large,
        "has_search": len(shown) > MOST_CARDS and not is_large,
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


def _groups(shown: list[Card], found: list[Card], full: int) -> list[dict[str, Any]]:
    """Return the cards by urgency; the first `full` of them all are shown in full, the others as short rows."""
    groups, left = [], full
    for state, label in STATES:
        own = [card for card in shown if card.state == state]
        if own:
            alike = [card for card in found if card.state == state]
            groups.append(
                {
                    "state": state,
                    "label": label,
                    "count": len(alike),
                    "unit": _unit(alike),
                    "cards": own,
                    "full": own[:left],
                    "parts": _parts(own, left),
                }
            )
            left = max(0, left - len(own))
    return groups


def _parts(cards: list[Card], after: int) -> list[tuple[str, list[Card]]]:
    """Return the cards after the first few by staircase, in their order."""
    return [(stairs, list(own)) for stairs, own in groupby(cards[after:], key=lambda card: card.staircase)]


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
    is_long = len(rows) > MOST_CARDS
    context = {
        "title": "知会",
        "page": page,
        "rows": [] if is_long else list(zip(rows, actions, strict=True)),
        "buildings": _by_building(rows) if is_long else [],
        "unseen_here": [event.pk for event in events if not getattr(event, "is_seen", True)],
        "is_dealt": is_dealt,
        "back": request.get_full_path(),
    }
    if not is_dealt:
        context["groups"] = groups_shown(viewer.cadre.pk, viewer.now, on_phone=True)
        context["digest"] = Digest.objects.filter(cadre=viewer.cadre, day=viewer.today).first()
    return show(request, viewer, "notices.html", context)


def _by_building(rows: list[NoticeRow]) -> list[tuple[str, list[tuple[NoticeRow, str]]]]:
    """Return many notices by building, each with its title without the building; in their order."""
    found: dict[str, list[tuple[NoticeRow, str]]] = {}
    for row in rows:
        place = row.event.duty.place.full_name
        found.setdefault(place, []).append((row, row.title.removeprefix(place).strip()))
    return list(found.items())


@for_post_holders
@require_POST
def all_seen(request: ViewerRequest, viewer: PostHolder) -> HttpResponse:
    """`/m/notices/seen/`: 都知道了, for the notices that the page has shown."""
    shown = [int(pk) for pk in request.POST.getlist("event")[:MOST_SEEN] if pk.isdecimal() and len(pk) < 19]
    notices_see(event_ids=shown, cadre_id=viewer.cadre.pk, now=viewer.now)
    return redirect("phone:notices")


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
