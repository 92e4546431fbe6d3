"""The import pages: choose a roster, preview, confirm, watch, correct what was refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.routing import list_address
from baibuting.common.tabular.writing import hint_of, template_book
from buildings.viewer import ViewerRequest
from rosters.choices import WAITING, WORKING, Purpose, State
from rosters.files import Personal, personal_of
from rosters.forms import CorrectionsForm, MappingForm, UploadForm, offers_spreading
from rosters.messages import brings_in_words, figures, headline, hidden_rows
from rosters.models import ImportFile, ImportRun
from rosters.rules import kinds_for, may_import, may_undo, roster_kinds
from rosters.selectors import communities_reached, import_runs, rejections_grouped
from rosters.services import (
    import_run_confirm,
    import_run_correct,
    import_run_drop,
    import_run_map,
    import_run_open,
    import_run_retry,
    import_run_switch,
)
from rosters.undoing import import_run_undo, undo_plan

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RECENT = 20
REFRESH_EVERY = 2  # seconds
View = Callable[..., HttpResponse]


def for_office(view: View) -> View:
    """Limit a view to accounts that may import something; others do not learn whether a run exists."""

    @wraps(view)
    @login_required
    @never_cache
    def wrapper(request: ViewerRequest, *args: Any, **options: Any) -> HttpResponse:
        if not kinds_for(_account(request)):
            raise PermissionDenied
        return view(request, *args, **options)

    return wrapper


@for_office
@require_safe
def index(request: ViewerRequest) -> HttpResponse:
    """Show one card for each kind, and the last imports."""
    user = _account(request)
    runs = import_runs(user, request.viewer.scope)[:RECENT]
    return render(request, "rosters/index.html", {"kinds": kinds_for(user), "runs": runs})


@for_office
@require_safe
def template(request: ViewerRequest, kind: str) -> HttpResponse:
    """Return an empty roster to fill in."""
    _refuse_unless_allowed(request, kind)
    found = roster_kinds()[kind]
    return _download(template_book(found.fields), f"{found.label}模板.xlsx")


@for_office
def upload(request: ViewerRequest, kind: str) -> HttpResponse:
    """Receive a file; it is checked before anything is written."""
    _refuse_unless_allowed(request, kind)
    scope = request.viewer.scope.writable()
    form = UploadForm(*_sent(request), kind=kind, scope=scope)
    if form.is_valid():
        file = form.cleaned_data["file"]
        run = import_run_open(
            kind=kind,
            community=form.community_row,
            community_name=form.community_name,
            data=file.read(),
            file_name=file.name,
            user=_account(request),
            now=request.viewer.now,
        )
        return redirect("rosters:run", run.uid)
    found = roster_kinds()[kind]
    context = {
        "form": form,
        "kind": kind,
        "label": found.label,
        "about": found.about,
        "columns": [
            (item.label, hint_of(item, found.fields)) for item in found.fields.fields if item.in_template
        ],
        "has_community": communities_reached(scope).exists() or "new_community" in form.fields,
    }
    return render(request, "rosters/upload.html", context, status=400 if form.errors else 200)


@for_office
@require_safe
def run_page(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """Show a run's state: waiting, what it would do, what it did."""
    run = _run(request, uid)
    if run.state in (*WAITING, *WORKING):
        return render(request, "rosters/progress.html", {"run": run, "refresh_every": REFRESH_EVERY})
    return render(request, "rosters/run.html", _context(request, run))


def _context(request: ViewerRequest, run: ImportRun, form: MappingForm | None = None) -> dict[str, Any]:
    account = _account(request)
    is_own, is_ready = run.user_id == account.pk, run.state == State.READY
    is_open = is_own and run.state in (State.READY, State.UNREADABLE)
    if form is None and run.titles and is_open:
        form = MappingForm(titles=run.titles, fields=roster_kinds()[run.kind].fields, suggested=run.suggested)
    correctable = run.correctable or run.corrections or offers_spreading(run)
    personal = personal_of(run) if is_own else Personal()
    other_kind = run.looks_like if is_open and run.looks_like and may_import(account, run.looks_like) else ""
    return {
        "run": run,
        "form": form,
        "has_suggestions": form is not None and any(field.help_text for field in form),
        "by_content": [
            (title, roster_kinds()[run.kind].fields.by_key[key].label)
            for title, key in run.taken_by_content.items()
        ],
        "corrections": CorrectionsForm(run=run) if is_own and is_ready and correctable else None,
        "brings": brings_in_words(run.brings) if is_ready and run.brings and run.created else "",
        "other_kind": other_kind,
        "is_own": is_own,
        "figures": figures(run),
        "headline": headline(run),
        "rejections": rejections_grouped(run.rejections, personal.words),
        "warnings": rejections_grouped(run.warned, personal.words),
        "changes": personal.changes,
        "changed_columns": personal.columns,
        "is_mostly_refused": 2 * run.accepted < run.rows,
        "has_sheets": len({found["sheet"] for found in [*run.rejections, *run.warned]}) > 1,
        "tells_sheets": len(run.sheets) > 1 or hidden_rows(run) or run.hidden_sheets,
        "unknown": [title for title, field in run.titles if not field],
        "has_errors": is_own and ImportFile.has(run, Purpose.ERRORS),
        "can_undo": run.state == State.DONE
        and _may_undo(request, run)
        and ImportFile.has(run, Purpose.JOURNAL),
        "list_url": reverse(list_address(roster_kinds()[run.kind].model)),
    }


def _may_undo(request: ViewerRequest, run: ImportRun) -> bool:
    account = _account(request)
    path = run.community.path if run.community else None
    return may_undo(account, request.viewer.scope, kind=run.kind, is_own=run.user_id == account.pk, path=path)


@for_office
@require_POST
def run_map(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """Set what the columns mean, and have the file checked again."""
    run = _own_run(request, uid)
    form = MappingForm(
        request.POST, titles=run.titles, fields=roster_kinds()[run.kind].fields, suggested=run.suggested
    )
    if form.is_valid():
        try:
            import_run_map(run=run, mapping=form.mapping())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("rosters:run", run.uid)
    return render(request, "rosters/run.html", _context(request, run, form), status=400)


@for_office
@require_POST
def run_switch(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """Have the file checked as the kind of roster it seems to be."""
    run = _own_run(request, uid)
    kind = request.POST.get("kind", "")
    _refuse_unless_allowed(request, kind)
    return _stepped(request, run, lambda: import_run_switch(run=run, kind=kind))


@for_office
@require_POST
def run_correct(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """Set what may be corrected in records of the past, and have the file checked again."""
    run = _own_run(request, uid)
    ticked, form = request.POST.getlist("corrections"), CorrectionsForm(request.POST, run=run)
    form.full_clean()
    if refusal := form.errors.get("spread_days"):
        messages.error(request, str(refusal[0]))
        return redirect("rosters:run", run.uid)
    days = form.cleaned_data.get("spread_days") or 0
    return _stepped(request, run, lambda: import_run_correct(run=run, corrections=ticked, spread_days=days))


@for_office
def run_undo(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """撤销导入: show what would be undone and what was built on it; by POST, undo it."""
    run = _run(request, uid)
    if not _may_undo(request, run):
        raise PermissionDenied
    if request.method == "POST":
        partly = request.POST.get("partly") == "1"
        return _stepped(
            request,
            run,
            lambda: import_run_undo(run=run, by=_account(request), now=request.viewer.now, partly=partly),
        )
    try:
        plan = undo_plan(run)
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
        return redirect("rosters:run", run.uid)
    return render(request, "rosters/undo.html", {"run": run, "plan": plan, "told": plan.told()})


def _stepped(request: ViewerRequest, run: ImportRun, step: Callable[[], ImportRun]) -> HttpResponse:
    """Take a step and show the run, with the reason where the step is refused."""
    try:
        step()
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    return redirect("rosters:run", run.uid)


@for_office
@require_POST
def run_step(request: ViewerRequest, uid: UUID, step: str) -> HttpResponse:
    """Confirm, give up, or retry."""
    run = _own_run(request, uid)
    try:
        if step == "confirm":
            import_run_confirm(run=run)
        elif step == "retry":
            import_run_retry(run=run)
        else:
            import_run_drop(run=run, now=request.viewer.now)
            messages.info(request, "已放弃这次导入，上传的文件已删除。")
            return redirect("rosters:index")
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    return redirect("rosters:run", run.uid)


@for_office
@require_safe
def run_errors(request: ViewerRequest, uid: UUID) -> HttpResponse:
    """Return the workbook of rows to correct; for the uploader only."""
    run = _own_run(request, uid)
    data = ImportFile.find(run, Purpose.ERRORS)
    if data is None:
        raise Http404
    return _download(data, f"{run.get_kind_display()}错误表.xlsx")


def _download(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _sent(request: ViewerRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _account(request: ViewerRequest) -> User:
    user: Any = request.user
    return user


def _refuse_unless_allowed(request: ViewerRequest, kind: str) -> None:
    if kind not in roster_kinds():
        raise Http404
    if not may_import(_account(request), kind):
        raise PermissionDenied


def _run(request: ViewerRequest, uid: UUID) -> ImportRun:
    return get_object_or_404(import_runs(_account(request), request.viewer.scope), uid=uid)


def _own_run(request: ViewerRequest, uid: UUID) -> ImportRun:
    run = _run(request, uid)
    if run.user_id != _account(request).pk:
        raise Http404
    return run
