"""The worker's part: make the reports that wait, mark broken ones, delete old files."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from baibuting.common.days import local_day
from baibuting.common.runs import ReadClock, RunLock, Runner
from buildings.reporting import ReportRequest
from buildings.viewer import Viewer
from cadres.selectors import scope_for
from reports.choices import Purpose, State
from reports.models import ReportFile, ReportRun
from reports.selectors import may_report, scope_inside
from reports.services import report_issue

ROWS_KEPT_FOR = 5  # times as long as the files: the list of a user's requests
NOT_YOURS = "您目前不负责这个范围，没有生成文件。"


class ReportRunner(Runner[ReportRun]):
    """Makes a report and seals its files."""

    model = ReportRun
    lock_space = 0x62626E
    stages = {State.WAITING: State.WORKING}
    broken = State.BROKEN
    left_message = "生成到一半时程序停止了，没有生成文件。可以再生成一次。"
    failed_message = "生成时出了错，没有生成文件。请再生成一次；如反复出现，请告诉系统管理员。"
    related = ("user", "place__community", "place__parent__parent")

    def do(self, run: ReportRun, lock: RunLock, read_clock: ReadClock) -> None:
        """Make the report, within what its user may see today."""
        asked = _asked(run, read_clock())
        if asked is None:
            self.end(run.pk, State.BROKEN, NOT_YOURS, now=read_clock())
            return
        with transaction.atomic():
            made = report_issue(asked=asked, progress=lock.report)
            ReportFile.keep(run, Purpose.BOOK, made.book())
            ReportFile.keep(run, Purpose.PAGE, made.page().encode())
            rows = len(made.rows)
            self.end(run.pk, State.DONE, "", now=read_clock(), done=rows, total=rows)

    def expire(self, *, now: datetime) -> None:
        """Delete old files, and later their rows."""
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


REPORTS = ReportRunner()


def _asked(run: ReportRun, now: datetime) -> ReportRequest | None:
    """Return the request within what its user may see today; None where that no longer includes the place."""
    today = local_day(now)
    own = scope_for(run.user, today=today)
    if not all(own.covers(path) for path in run.paths) or not may_report(run.user, today):
        return None
    scope = replace(scope_inside(own, run.place), paths=frozenset(run.paths))
    return ReportRequest(
        viewer=Viewer(run.user, scope, now),
        kind=run.kind,
        place=run.place,
        first_on=run.first_on,
        last_on=run.last_on,
        is_full=run.is_full,
        reason=run.reason,
    )
