"""The reports' pages: choose one, get it at once, or watch it being made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from buildings.reporting import ReportRequest
from buildings.viewer import ViewerRequest
from reports.choices import PENDING, Purpose, State
from reports.forms import ReportForm
from reports.models import ReportFile, ReportRun
from reports.rendering import file_name, period_label, rows_expected
from reports.rules import MOST_ROWS, report_kinds
from reports.selectors import may_report, places_offered, report_runs, scope_inside
from reports.services import (
    report_issue,
    report_run_drop,
    report_run_open,
    report_run_retry,
    report_run_see,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RECENT = 10
REFRESH_EVERY = 2  # seconds
View = Callable[..., HttpResponse]


def for_reporters(view: View) -> View:
    """Limit a view to office staff and secretaries; others do not learn whether a report exists."""

    @wraps(view)
    @login_required
    @never_cache
    def wrapper(request: ViewerRequest, *args: Any, **options: Any) -> HttpResponse:
        if not may_report(request.viewer.user, request.viewer.today):
            raise PermissionDenied
        return view(request, *args, **options)

    return wrapper


@for_reporters
def index(request: ViewerRequest) -> HttpResponse:
    """Show the form; by POST, return the report itself or the page of its background run."""
    scope, today = request.viewer.scope, request.viewer.today
    places = places_offered(scope)
    if request.method == "POST":
        _refuse_strange_place(request)
    chosen = {name: value for name, value in request.GET.items() if name in ("kind", "place", "month", "day")}
    data = request.POST if request.method == "POST" else None
    form = ReportForm(data, places=places, scope=scope, today=today, initial=chosen)
    if form.is_valid():
        asked = _asked(request, form)
        expected = rows_expected(asked)
        if expected <= MOST_ROWS:
            return _answer(request, asked, expected)
        form.add_error("place", f"这份报表有 {expected} 行，一次最多 {MOST_ROWS} 行，请选小一些的范围。")
    runs = report_runs(request.viewer.user, scope)[:RECENT]
    context = {
        "form": form,
        "kinds": [(choice, report_kinds()[choice.data["value"]]) for choice in form["kind"]],
        "runs": [(run, period_label(run.kind, run.last_on)) for run in runs],
        "has_places": places.exists(),
        "keep_days": settings.REPORT_KEEP_DAYS,
    }
    return render(request, "reports/index.html", context, status=400 if form.errors else 200)


def _refuse_strange_place(request: ViewerRequest) -> None:
    """Raise Http404 for a place outside the scope."""
    sent = request.POST.get("place", "")
    if sent.isdecimal() and not places_offered(request.viewer.scope).filter(pk=int(sent[:18])).exists():
        raise Http404


def _asked(request: ViewerRequest, form: ReportForm) -> ReportRequest:
    given = form.cleaned_data
    return ReportRequest(
        viewer=replace(request.viewer, scope=scope_inside(request.viewer.scope, given["place"])),
        kind=given["kind"],
        place=given["place"],
        first_on=given["first_on"],
        last_on=given["last_on"],
        is_full=given["is_full"],
        reason=given["reason"] if given["is_full"] else "",
    )


def _answer(request: ViewerRequest, asked: ReportRequest, expected: int) -> HttpResponse:
    """Return the report at once or, where it takes long, enqueue it."""
    if expected > settings.REPORT_ROWS_AT_ONCE:
        run = report_run_open(
            kind=asked.kind,
            place=asked.place,
            paths=asked.viewer.scope.paths,
            first_on=asked.first_on,
            last_on=asked.last_on,
            is_full=asked.is_full,
            reason=asked.reason,
            user=asked.viewer.user,
            now=asked.viewer.now,
            total=expected,
        )
        return redirect("reports:run", run.uid)
    made = report_issue(asked=asked)
    if request.POST.get("make") == Purpose.PAGE:
        return _page(request, made.title, made.page())
    return _download(made.book(), file_name(asked.kind, asked.place, asked.last_on))


@for_reporters
@require_safe
def run_page(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """Show a report's state; seeing one that has ended takes it off the count in the bar."""
    run = _run(request, uid)
    report_run_see(run=run, now=request.viewer.now)
    context = {
        "run": run,
        "period": period_label(run.kind, run.last_on),
        "is_pending": run.state in PENDING,
        "refresh_every": REFRESH_EVERY,
        "keep_days": settings.REPORT_KEEP_DAYS,
    }
    return render(request, "reports/run.html", context)


@for_reporters
@require_safe
def run_book(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """Return the workbook."""
    run = _run(request, uid)
    return _download(_file(run, Purpose.BOOK), file_name(run.kind, run.place, run.last_on))


@for_reporters
@require_safe
def run_print(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """Show the page to print."""
    run = _run(request, uid)
    return _page(request, run.get_kind_display(), _file(run, Purpose.PAGE).decode())


@for_reporters
@require_POST
def run_step(request: ViewerRequest, uid: UUID, step: str) -> HttpResponse:
    """Retry or delete a report."""
    run = _run(request, uid)
    try:
        if step == "retry":
            report_run_retry(run=run, now=request.viewer.now)
        else:
            report_run_drop(run=run)
            messages.info(request, "报表和文件已删除。")
            return redirect("reports:index")
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    return redirect("reports:run", run.uid)


def _run(request: ViewerRequest, uid: UUID) -> ReportRun:
    found = report_runs(request.viewer.user, request.viewer.scope, uid=uid)
    if not found:
        raise Http404
    return found[0]


def _file(run: ReportRun, purpose: Purpose) -> bytes:
    data = ReportFile.find(run, purpose) if run.state == State.DONE else None
    if data is None:
        raise Http404
    return data


def _download(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _page(request: ViewerRequest, title: str, sheet: str) -> HttpResponse:
    # the sheet is our own template's, which has escaped its contents
    return render(request, "reports/print.html", {"title": title, "sheet": mark_safe(sheet)})  # noqa: S308
