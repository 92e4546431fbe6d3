"""The portal's own pages of a duty and of notices. The first page and the lists behind its figures are the desk's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.routing import list_url
from baibuting.common.page_parts import page_links
from buildings.viewer import ViewerRequest
from duties.bell import groups_shown
from duties.kinds import kind_of
from duties.models import Duty, DutyEvent
from duties.notices import NoticeRow, notice_rows, notices_listed
from duties.permissions import duty_permissions
from duties.rows import duties_listed, duty_rows, ladder_steps
from duties.selectors import Disclosure
from duties.services import notices_see
from duties.story import duty_explanation, duty_history, duty_story
from duties.visibility import disclosure_for, office_scope

PER_PAGE = 50


def _page(request: ViewerRequest, rows: QuerySet[Any]) -> Page[Any]:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


@login_required
@require_GET
def duty_page(request: ViewerRequest, pk: int) -> HttpResponse:
    """Show a duty's whole story. Opening it marks the viewer's notices of it as seen."""
    scope, now = request.viewer.scope, request.viewer.now
    duty = find_duty(request, pk)
    if scope.cadre_id is not None:
        notices_see(duty=duty, cadre_id=scope.cadre_id, now=now)
    disclosure = disclosure_for(request.viewer, {duty.accountable})
    return render(request, "duties/duty.html", duty_context(request, duty, disclosure, now))


def find_duty(request: ViewerRequest, pk: int) -> Duty:
    """Return a duty of the scope with all that its page shows. Raises Http404 outside it."""
    found = duties_listed(request.viewer.scope).select_related("care_record__category").filter(pk=pk)
    duty = found.first()
    if duty is None:
        raise Http404
    return duty


def duty_context(request: ViewerRequest, duty: Duty, disclosure: Disclosure, now: datetime) -> dict[str, Any]:
    """Return what the page of a duty shows to the viewer."""
    kind, row = kind_of(duty), duty_rows([duty], disclosure, now)[0]
    history = duty_history(duty, now, disclosure.ladder)
    knows = disclosure.answers_for(duty.accountable)
    case = duty_permissions(
        [duty],
        ladder=disclosure.ladder,
        cadre_id=disclosure.cadre_id,
        office=office_scope(request.viewer),
        today=disclosure.today,
    )[duty.pk]
    return {
        "duty": duty,
        "row": row,
        "kind": kind,
        "facts": kind.facts(duty),
        "due": kind.due_figures(duty),
        "question": _question(duty),
        "status": row.status,
        "title": " ".join(part for part in (row.person, row.category) if part),
        "address": row.address,
        "explanation": duty_explanation(duty, now, may_know=knows, history=history),
        "rule": kind.rule(duty, may_know=knows),
        "story": duty_story(duty, now, may_know=knows, history=history),
        "steps": ladder_steps(duty, now, disclosure.today, disclosure.ladder, history),
        "actions": kind.links(duty, request.viewer.user),
        "allowed_actions": case.allowed_actions,
        "may_read_words": knows,
        "back": reverse("duties:duty", args=[duty.pk]),
        "back_url": list_url(request.user, "duties.duty", page_links("duties")[0]["url"]),
    }


def _question(duty: Duty) -> str:
    if duty.outcome == "overdue":
        return "为什么逾期？"
    return "为什么要办？" if duty.outcome == "open" else "结果如何？"


@login_required
@require_GET
def notice_list(request: ViewerRequest) -> HttpResponse:
    """Show the cadre's notices that wait, newest first; `?state=dealt`: those they have dealt with."""
    scope, now = request.viewer.scope, request.viewer.now
    is_dealt = request.GET.get("state") == "dealt"
    page = _page(request, notices_listed(scope, dealt_with=is_dealt))
    events: list[DutyEvent] = list(page.object_list)
    disclosure = disclosure_for(request.viewer, {event.duty.accountable for event in events})
    rows: list[NoticeRow] = notice_rows(
        events, disclosure, now, to_me=True, office=office_scope(request.viewer)
    )
    context = {
        "page": page,
        "rows": rows,
        "is_dealt": is_dealt,
        "back": request.get_full_path(),
        "holds_posts": scope.cadre_id is not None,
    }
    if scope.cadre_id is not None and not is_dealt:
        context["groups"] = groups_shown(scope.cadre_id, now)
    return render(request, "duties/notices.html", context)
