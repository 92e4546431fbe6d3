"""The worker's part: makes the reports that wait, says of broken ones that they broke, deletes old files."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from baibuting.common.days import local_day
from buildings.reporting import Asked
from cadres.selectors import scope_for
from reports.choices import Purpose, State
from reports.files import file_keep
from reports.models import ReportFile, ReportRun
from reports.progress import Track
from reports.selectors import may_report, scope_inside
from reports.services import report_hand_out

logger = logging.getLogger(__name__)

ReadClock = Callable[[], datetime]
ROWS_KEPT_FOR = 5  # times as long as the files: the list of what one has asked for


def report_runs_work(*, read_clock: ReadClock) -> int:
    """Make what waits, oldest first; returns how many were worked on. Any number of processes may do so."""
    report_runs_tidy(now=read_clock())
    worked = 0
    passed_over: set[int] = set()
    while (run_id := _next_waiting(passed_over)) is not None:
        passed_over.add(run_id)
        with Track(run_id) as track:
            if track.take() and (run := _claim(run_id, read_clock())) is not None:
                _work(run, track, read_clock)
                worked += 1
    return worked


def report_runs_tidy(*, now: datetime) -> None:
    """Say of runs whose worker is gone that they broke off; delete files, and later their rows, that are old."""
    for run in ReportRun.objects.filter(state=State.WORKING):
        with Track(run.pk) as track:
            if track.take():
                changed = ReportRun.objects.filter(pk=run.pk, state=State.WORKING)
                changed.update(
                    state=State.BROKEN,
                    finished_at=now,
                    message="生成到一半时程序停止了，没有生成文件。可以再生成一次。",
                )
    kept_for = timedelta(days=settings.REPORT_KEEP_DAYS)
    with transaction.atomic():
        old = ReportRun.objects.filter(state=State.DONE, finished_at__lte=now - kept_for)
        ids = list(old.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
        ReportFile.objects.filter(run__in=ids).delete()
        ReportRun.objects.filter(pk__in=ids).update(
            state=State.EXPIRED, message=f"生成满 {settings.REPORT_KEEP_DAYS} 天，文件已删除。"
        )
        gone = ReportRun.objects.filter(state__in=(State.BROKEN, State.EXPIRED))
        gone.filter(finished_at__lte=now - ROWS_KEPT_FOR * kept_for).delete()


def _next_waiting(passed_over: set[int]) -> int | None:
    waiting = ReportRun.objects.filter(state=State.WAITING).exclude(pk__in=passed_over)
    return waiting.order_by("created_at", "pk").values_list("pk", flat=True).first()


@transaction.atomic
def _claim(run_id: int, now: datetime) -> ReportRun | None:
    runs = ReportRun.objects.select_for_update(of=("self",))
    run = runs.select_related("user", "place__community", "place__parent__parent").get(pk=run_id)
    if run.state != State.WAITING:
        return None
    run.state, run.started_at, run.done = State.WORKING, now, 0
    run.save(update_fields=["state", "started_at", "done"])
    return run


def _work(run: ReportRun, track: Track, read_clock: ReadClock) -> None:
    try:
        with transaction.atomic():
            asked = _asked(run, read_clock())
            if asked is None:
                _break_off(run, "您目前不负责这个范围，没有生成文件。", read_clock())
                return
            made = report_hand_out(asked=asked, progress=track.tell)
            file_keep(run, Purpose.BOOK, made.book())
            file_keep(run, Purpose.PAGE, made.page().encode())
            rows = len(made.rows)
            ReportRun.objects.filter(pk=run.pk).update(
                state=State.DONE, finished_at=read_clock(), message="", done=rows, total=rows
            )
    except Exception as error:
        # what the error says may hold a person's data: only its kind goes into the log
        logger.error("report run %s failed: %s", run.pk, type(error).__name__)
        words = "生成时出了错，没有生成文件。请再生成一次；如反复出现，请告诉系统管理员。"
        _break_off(run, words, read_clock())


def _asked(run: ReportRun, now: datetime) -> Asked | None:
    """What is asked, within what whoever asked may see today; None where it is not his any more."""
    today = local_day(now)
    own = scope_for(run.user, today=today)
    if not all(own.covers(path) for path in run.paths) or not may_report(run.user, today):
        return None
    scope = replace(scope_inside(own, run.place), paths=frozenset(run.paths))
    return Asked(
        kind=run.kind,
        place=run.place,
        first_on=run.first_on,
        last_on=run.last_on,
        user=run.user,
        scope=scope,
        is_full=run.is_full,
        reason=run.reason,
        now=now,
    )


def _break_off(run: ReportRun, message: str, now: datetime) -> None:
    ReportRun.objects.filter(pk=run.pk).update(state=State.BROKEN, message=message, finished_at=now)
