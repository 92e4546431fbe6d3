"""The steps of a report: issued at once, or enqueued, made again, given up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_alarm, audit_event_record
from baibuting.common.masking import hide_numbers
from baibuting.common.queueing import enqueue_on_commit
from buildings.exporting import ALARM_ROWS
from buildings.models import Place
from buildings.reporting import ReportRequest
from reports.choices import PENDING, State
from reports.models import ReportRun
from reports.rendering import Progress, RenderedReport, report_make
from reports.rules import fields_in_full, report_kinds

TASK = "reports.make_reports"


@transaction.atomic
def report_issue(*, asked: ReportRequest, progress: Progress | None = None) -> RenderedReport:
    """Make a report for its user, and record in the audit trail that they received it and how many rows it has."""
    made = report_make(asked, progress=progress)
    fields = fields_in_full(asked.viewer.user, asked.kind) if asked.is_full else ()
    what = {
        "now": asked.viewer.now,
        "user": asked.viewer.user,
        "object_type": report_kinds()[asked.kind].model,
        "community_id": asked.place.community_id,
        "row_count": len(made.rows),
    }
    audit_event_record(action=Action.EXPORT, fields=fields, reason=asked.reason, **what)  # type: ignore[arg-type]
    if fields and len(made.rows) >= ALARM_ROWS:
        audit_alarm(**what)  # type: ignore[arg-type]
    return made


@transaction.atomic
def report_run_open(
    *,
    kind: str,
    place: Place,
    paths: Iterable[str],
    first_on: date,
    last_on: date,
    is_full: bool,
    reason: str,
    user: User,
    now: datetime,
    total: int = 0,
) -> ReportRun:
    """Enqueue a report of a place, or of some `paths` below it; `total` rows are expected."""
    run = ReportRun.objects.create(
        kind=kind,
        place=place,
        paths=sorted(paths),
        first_on=first_on,
        last_on=last_on,
        is_full=is_full,
        reason=hide_numbers(reason),
        user=user,
        created_at=now,
        total=total,
    )
    enqueue_on_commit(TASK)
    return run


@transaction.atomic
def report_run_retry(*, run: ReportRun, now: datetime) -> ReportRun:
    """Enqueue once more one that broke off or whose files are gone. Raises ValidationError for any other."""
    run = ReportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state not in (State.BROKEN, State.EXPIRED):
        raise ValidationError("这份报表不需要重新生成。")
    run.state, run.message, run.done, run.seen_at = State.WAITING, "", 0, None
    run.created_at, run.started_at, run.finished_at = now, None, None
    run.save()
    enqueue_on_commit(TASK)
    return run


@transaction.atomic
def report_run_drop(*, run: ReportRun) -> None:
    """Delete a report and its files before they expire. Raises ValidationError while it is being made."""
    run = ReportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state in PENDING:
        raise ValidationError("这份报表正在生成，请等生成后再删除。")
    run.delete()


def report_run_see(*, run: ReportRun, now: datetime) -> None:
    """Record that the user has seen how it ended."""
    ReportRun.objects.filter(pk=run.pk, seen_at=None).exclude(state__in=PENDING).update(seen_at=now)
