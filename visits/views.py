"""The portal's own pages: the first page, duties, notices, and the lists behind the numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.admin_pages import account_of
from accounts.rules import may_open_admin, may_view, may_write
from baibuting.common.days import local_day
from buildings.models import Place
from buildings.scope import scope_of
from cadres.choices import Post
from cadres.emergency import may_open
from cadres.emergency import notices_see as emergency_notices_see
from cadres.selectors import emergencies_told, vacancies
from duties.choices import RUNNING, Rung
from duties.models import Duty, DutyEvent, SweepRun
from duties.powers import cases
from duties.selectors import (
    Sight,
    area_counts,
    duty_counts,
    held_by,
    unseen_count,
)
from duties.services import notices_see
from residents.models import CareRecord
from visits.filters import duty_filters
from visits.notices import NoticeRow, escalations_listed, notice_rows, notices_listed
from visits.selectors import (
    duties_listed,
    duty_address,
    duty_category,
    duty_person,
    duty_rows,
    flat_address,
    incident_rows,
    incidents_running,
    ladder_steps,
    record_posts,
    records_never_seen,
)
from visits.story import duty_explanation, duty_story, rule_sentence, status_words
from visits.viewing import office_scope, reads_names, sight_for

PER_PAGE = 50
ON_NOTICES = 20  # emergencies
ON_HOME = 5  # notices, and duties of one's own


def _today() -> tuple[datetime, date]:
    now = timezone.now()
    return now, local_day(now)


def list_url(request: HttpRequest, model: str, own: str, query: str = "") -> str:
    """The list behind a number: in the admin for those who have it, else the portal's own."""
    if may_view(request.user, model):  # type: ignore[arg-type]
        return reverse(f"admin:{model.replace('.', '_')}_changelist") + query
    return reverse(own) + query


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Today's numbers, where it burns, and what is on me."""
    scope, (now, today) = scope_of(request), _today()
    counts = duty_counts(scope, today)
    own = (
        list(duties_listed(scope).filter(held_by(scope.cadre_id, today), outcome__in=RUNNING)[: ON_HOME + 1])
        if scope.cadre_id
        else []
    )
    events = _home_events(request)
    sees = sight_for(
        request,
        {duty.building_id for duty in own} | {event.duty.building_id for event in events},
        today,
    )
    has_places = Place.objects.within(scope).exists()
    context = {
        "counts": counts,
        "figures": _figures(request, counts, now),
        "rungs": [
            {
                "label": Rung(rung).label,
                "count": counts.by_rung.get(rung, 0),
                "percent": 100 * counts.by_rung.get(rung, 0) // max(counts.overdue, 1),
                "url": _duties_url(request, f"?state=overdue&rung={rung}"),
            }
            for rung in Rung.values
            if rung or counts.by_rung.get(rung)
        ],
        "areas": [
            {"counts": area, "url": _duties_url(request, _area_query(request, area.place))}
            for area in area_counts(scope, today)
        ],
        "own": duty_rows(own[:ON_HOME], sees, now),
        "has_more_own": len(own) > ON_HOME,
        "holds_posts": scope.cadre_id is not None,
        "notices": notice_rows(
            events, sees, now, to_me=scope.cadre_id is not None, office=office_scope(request)
        ),
        "back": reverse("home"),
        "unseen": unseen_count(scope),
        "has_places": has_places,
        "keeps_order": not has_places and may_open_admin(request.user) and not reads_names(request),  # type: ignore[arg-type]
        "has_records": has_places and CareRecord.objects.within(scope).exists(),
        "next_step_urls": _next_step_urls(request),
        "may_break_glass": may_open(account_of(request), scope, now),
        "last_sweep": SweepRun.objects.exclude(finished_at=None).order_by("-finished_at").first(),
    }
    return render(request, "home.html", context)


def _home_events(request: HttpRequest) -> list[DutyEvent]:
    scope = scope_of(request)
    shown = notices_listed(scope) if scope.cadre_id is not None else escalations_listed(scope)
    return list(shown[:ON_HOME])


def _duties_url(request: HttpRequest, query: str) -> str:
    return list_url(request, "duties.duty", "duties", query)


def _area_query(request: HttpRequest, place: Place) -> str:
    """The list of what is not done in a place, in the words of the list that the account gets."""
    if not may_view(request.user, "duties.duty"):  # type: ignore[arg-type]
        return f"?state=running&area={place.pk}"
    name = {2: "quarter", 3: "precinct"}.get(place.level, "building")
    return f"?state=running&{name}={place.pk}"


def _figures(request: HttpRequest, counts: Any, now: datetime) -> list[dict[str, Any]]:
    """The six numbers, each with the list behind it."""
    scope, today = scope_of(request), local_day(now)
    oldest = counts.oldest_overdue_on
    vacant = vacancies(scope, today)
    rows: list[tuple[str, int, str, str]] = [
        ("今天到期", counts.due_today, f"已办 {counts.done_today}", _duties_url(request, "?state=today")),
        (
            "逾期",
            counts.overdue,
            f"最久 {(today - oldest).days} 天" if oldest else "",
            _duties_url(request, "?state=overdue"),
        ),
        (
            "必到事件",
            incidents_running(scope).count(),
            "进行中",
            list_url(request, "visits.incident", "incidents", "?state=running"),
        ),
        (
            "从未见到",
            records_never_seen(scope).count(),
            "在册",
            list_url(request, "residents.carerecord", "never_seen", "?seen=never"),
        ),
        ("空缺岗位", len(vacant), f"{len({row.building_id for row in vacant})} 栋", reverse("vacancies")),
        ("未来 7 天", counts.coming, "到期", _duties_url(request, "?state=coming")),
    ]
    return [
        {"label": label, "value": value, "note": note, "url": url, "is_burning": label == "逾期" and value}
        for label, value, note, url in rows
    ]


def _next_step_urls(request: HttpRequest) -> dict[str, str]:
    """Where an empty community begins, for those who may begin it."""
    found = {}
    for name, model in (("places", "buildings.place"), ("records", "residents.carerecord")):
        if may_write(request.user, model):  # type: ignore[arg-type]
            found[name] = reverse(f"admin:{model.replace('.', '_')}_changelist")
    return found


@login_required
@require_GET
def duty_list(request: HttpRequest) -> HttpResponse:
    """Duties of the scope, not done ones first asked for; filters stand in the address."""
    scope, (now, today) = scope_of(request), _today()
    params = request.GET.copy()
    if "state" not in params:
        params["state"] = "running"
    filters = [found for found in duty_filters(scope, today) if found.name != "mine" or scope.cadre_id]
    condition = Q()
    for found in filters:
        value = params.get(found.name)
        if value:
            condition &= found.condition(str(value))
    page = _page(request, duties_listed(scope).filter(condition).order_by("due_at", "id"))
    duties = list(page.object_list)
    rows = duty_rows(duties, sight_for(request, {duty.building_id for duty in duties}, today), now)
    context = {"page": page, "rows": rows, "chips": [found.chip(params) for found in filters]}
    return render(request, "duty_list.html", context)


def _page(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


@login_required
@require_GET
def duty_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A duty's whole story. Opening it marks what it told the viewer as seen."""
    scope, (now, today) = scope_of(request), _today()
    duty = find_duty(request, pk)
    if scope.cadre_id is not None:
        notices_see(duty=duty, cadre_id=scope.cadre_id, now=now)
    sees = sight_for(request, {duty.building_id}, today)
    return render(request, "duty.html", duty_context(request, duty, sees, now))


def find_duty(request: HttpRequest, pk: int) -> Duty:
    """A duty of the scope with all that its page shows. Raises Http404 outside it."""
    found = duties_listed(scope_of(request)).select_related("care_record__category").filter(pk=pk)
    duty = found.first()
    if duty is None:
        raise Http404
    return duty


def duty_context(request: HttpRequest, duty: Duty, sees: Sight, now: datetime) -> dict[str, Any]:
    """What the page of a duty shows to the one who looks."""
    knows = sees.answers_for(duty.building_id, duty.accountable_post)
    case = cases(
        [duty], ladder=sees.ladder, cadre_id=sees.cadre_id, office=office_scope(request), today=sees.today
    )[duty.pk]
    return {
        "duty": duty,
        "row": duty_rows([duty], sees, now)[0],
        "question": _question(duty),
        "status": status_words(duty, now),
        "title": " ".join(part for part in (duty_person(duty, sees), duty_category(duty, sees)) if part),
        "address": duty_address(duty),
        "explanation": duty_explanation(duty, now, may_know=knows),
        "rule": rule_sentence(duty, may_know=knows),
        "story": duty_story(duty, now, may_know=knows),
        "steps": ladder_steps(duty, now, sees.today, sees.ladder),
        "actions": _actions(request, duty),
        "acts": case.acts,
        "may_read_words": knows,
        "back": reverse("duty", args=[duty.pk]),
        "back_url": _duties_url(request, ""),
    }


def _question(duty: Duty) -> str:
    if duty.outcome == "overdue":
        return "为什么逾期？"
    return "为什么要办？" if duty.outcome == "open" else "结果如何？"


def _actions(request: HttpRequest, duty: Duty) -> list[dict[str, Any]]:
    """What office staff can do about it, the most likely first."""
    if not may_write(request.user, "visits.visit"):  # type: ignore[arg-type]
        return []
    if duty.care_record is None:
        incident = reverse("admin:visits_incident_change", args=[duty.clock.incident.pk])
        return [{"label": "打开事件", "url": incident, "is_main": True}]
    record = reverse("admin:residents_carerecord_change", args=[duty.care_record_id])
    actions = [{"label": "必访对象", "url": record, "is_main": False}]
    if duty.outcome in RUNNING:
        visit = reverse("admin:visits_visit_add") + f"?resident={duty.care_record.resident_id}"
        actions.append({"label": "登记走访", "url": visit, "is_main": True})
    return actions


@login_required
@require_GET
def notice_list(request: HttpRequest) -> HttpResponse:
    """What has reached the signed-in cadre and waits for him, newest first; `?state=dealt`: what he has dealt with."""
    scope, (now, today) = scope_of(request), _today()
    is_dealt = request.GET.get("state") == "dealt"
    page = _page(request, notices_listed(scope, dealt_with=is_dealt))
    events: list[DutyEvent] = list(page.object_list)
    sees = sight_for(request, {event.duty.building_id for event in events}, today)
    rows: list[NoticeRow] = notice_rows(events, sees, now, to_me=True, office=office_scope(request))
    context = {
        "page": page,
        "rows": rows,
        "is_dealt": is_dealt,
        "back": request.get_full_path(),
        "holds_posts": scope.cadre_id is not None,
    }
    if scope.cadre_id is not None:
        context["emergencies"] = [] if is_dealt else list(emergencies_told(scope.cadre_id)[:ON_NOTICES])
        emergency_notices_see(cadre_id=scope.cadre_id, now=now)
    return render(request, "notice_list.html", context)


@login_required
@require_GET
def never_seen_list(request: HttpRequest) -> HttpResponse:
    """People nobody has seen since their record began, the longest waiting first."""
    scope, (_, today) = scope_of(request), _today()
    found = records_never_seen(scope).select_related(
        "building__parent__parent", "category", "resident__household"
    )
    page = _page(request, found)
    records: list[CareRecord] = list(page.object_list)
    sees = sight_for(request, {record.building_id for record in records}, today)
    posts = record_posts(records, today)
    rows = [
        {
            "record": record,
            "person": sees.person(record.resident, record.building_id, posts.get(record.pk, "")),
            "category": sees.category(record.category, record.building_id, posts.get(record.pk, "")),
            "address": flat_address(record.building, record.resident.household),
            "post_label": Post(posts[record.pk]).label if record.pk in posts else "",
            "days": (today - record.started_on).days,
        }
        for record in records
    ]
    return render(request, "never_seen_list.html", {"page": page, "rows": rows})


@login_required
@require_GET
def vacancy_list(request: HttpRequest) -> HttpResponse:
    """Buildings with posts that nobody holds."""
    scope, (_, today) = scope_of(request), _today()
    vacant: dict[int, list[str]] = {}
    for row in vacancies(scope, today):
        vacant.setdefault(row.building_id, []).append(Post(row.post).label)
    page = _page(
        request,
        Place.objects.within(scope)
        .filter(pk__in=vacant)
        .select_related("parent__parent")
        .order_by("community", "parent__parent__sort_key", "parent__sort_key", "sort_key", "pk"),
    )
    rows = [
        {"place": place, "posts": vacant[place.pk], "url": _posts_url(request, place)}
        for place in page.object_list
    ]
    total = sum(len(posts) for posts in vacant.values())
    return render(request, "vacancy_list.html", {"page": page, "rows": rows, "total": total})


def _posts_url(request: HttpRequest, place: Place) -> str:
    """The building in the admin, where its six posts are filled."""
    if not may_write(request.user, "cadres.buildingstaff"):  # type: ignore[arg-type]
        return ""
    return reverse("admin:cadres_buildingstaff_change", args=[place.pk])


@login_required
@require_GET
def incident_list(request: HttpRequest) -> HttpResponse:
    """Incidents that are not closed, with who has turned up and who has not."""
    scope = scope_of(request)
    now, _ = _today()
    page = _page(request, incidents_running(scope).select_related("building__parent__parent", "rule"))
    return render(
        request, "incident_list.html", {"page": page, "rows": incident_rows(list(page.object_list), now)}
    )
