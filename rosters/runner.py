"""The worker's part: check uploads, import confirmed ones, delete files no longer needed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from baibuting.common.days import local_day
from baibuting.common.runs import ReadClock, RunLock, Runner
from baibuting.common.tabular.problems import LayoutError, TabularError
from baibuting.common.tabular.report import ImportReport
from baibuting.common.tabular.writing import error_book
from buildings.choices import Level
from buildings.models import Place
from cadres.selectors import scope_for
from rosters.choices import Actor, Purpose, State
from rosters.files import personal_keep
from rosters.imports import kind_suggested, roster_import
from rosters.journal import journal_keep
from rosters.models import ImportFile, ImportRun
from rosters.rules import ERRORS_KEPT_FOR, JOURNAL_KEPT_FOR, STEPS, UPLOAD_KEPT_FOR, roster_kinds


class ImportRunner(Runner[ImportRun]):
    """Checks an upload, or imports a confirmed one."""

    model = ImportRun
    lock_space = 0x62626D
    stages = {State.TO_CHECK: State.CHECKING, State.TO_IMPORT: State.IMPORTING}
    broken = State.INTERRUPTED
    left_message = "处理到一半时程序停止了，没有写入任何内容。可以再试一次。"
    failed_message = "处理时出了错，没有写入任何内容。请再试一次；如反复出现，请告诉系统管理员。"
    related = ("user",)

    def do(self, run: ImportRun, lock: RunLock, read_clock: ReadClock) -> None:
        """Check or import the file, all of it or nothing; record on the run what is wrong with the file."""
        data = None
        try:
            with transaction.atomic():
                data = ImportFile.find(run, Purpose.UPLOAD)
                if data is None:
                    raise TabularError("文件已经删除，请重新上传。")
                report = _import(run, data, lock, read_clock())
                _finish(run, data, report, read_clock())
        except TabularError as error:
            run.looks_like = kind_suggested(data, run, None) if data else ""
            self._refuse(run, error, read_clock())
        except ValidationError as error:
            self._refuse(run, TabularError("；".join(error.messages)), read_clock())

    def expire(self, *, now: datetime) -> None:
        """Delete uploads never confirmed, and old error workbooks and journals."""
        open_states = STEPS.sources(State.EXPIRED, Actor.TIME)
        old = ImportRun.objects.filter(state__in=open_states, created_at__lte=now - UPLOAD_KEPT_FOR)
        with transaction.atomic():
            ids = list(old.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
            ImportFile.objects.filter(run__in=ids).delete()
            ImportRun.objects.filter(pk__in=ids).update(
                state=State.EXPIRED, finished_at=now, message="上传后一天内没有确认，文件已删除。"
            )
        old_files = ImportFile.objects.exclude(purpose=Purpose.JOURNAL)
        old_files.filter(run__finished_at__lte=now - ERRORS_KEPT_FOR).delete()
        ImportFile.objects.filter(run__finished_at__lte=now - JOURNAL_KEPT_FOR).delete()

    def _refuse(self, run: ImportRun, error: TabularError, now: datetime) -> None:
        """Record that a file cannot be read, and how far its headings were understood."""
        run.titles, run.missing, run.suggested = [], [], {}
        if isinstance(error, LayoutError):
            labels = {item.label: item.key for item in roster_kinds()[run.kind].fields.fields}
            run.titles = [[title, labels.get(label, "")] for title, label in error.recognised.items()]
            run.titles += [[title, ""] for title in error.unrecognised]
            run.missing, run.suggested = error.missing, error.suggested
        run.message = error.message[:1000]
        run.drop_numbers()
        told = {name: getattr(run, name) for name in ("titles", "missing", "suggested", "looks_like")}
        self.end(run.pk, State.UNREADABLE, run.message, now=now, **told)


IMPORTS = ImportRunner()


def _import(run: ImportRun, data: bytes, lock: RunLock, now: datetime) -> ImportReport:
    """Check or import, within what the uploader may write today."""
    return roster_import(
        kind=run.kind,
        data=data,
        community_name=run.community_name,
        now=now,
        user=run.user,
        mapping=_mapping_of(run),
        dry_run=run.state == State.CHECKING,
        progress=lock.report,
        scope=scope_for(run.user, today=local_day(now)),
        corrections=run.corrections,
        spread_days=run.spread_days,
    )


def _mapping_of(run: ImportRun) -> dict[str, str]:
    """Return the clerk's mapping without fields that no longer exist."""
    known = roster_kinds()[run.kind].fields.by_key
    return {title: field for title, field in run.mapping.items() if not field or field in known}


def _finish(run: ImportRun, data: bytes, report: ImportReport, now: datetime) -> None:
    """Record the result in the transaction of the import itself: both or neither."""
    _report(run, report)
    was_check = run.state == State.CHECKING
    run.looks_like = report.looks_like or (kind_suggested(data, run, report) if was_check else "")
    run.state, run.finished_at = (State.READY if was_check else State.DONE), now
    if not was_check:
        run.community = Place.objects.filter(level=Level.COMMUNITY, name=run.community_name).first()
    run.drop_numbers()
    run.save()
    _keep_files(run, data, report, was_check)


def _report(run: ImportRun, report: ImportReport) -> None:
    """Copy a report to the run, for its page."""
    labels = {item.label: item.key for item in roster_kinds()[run.kind].fields.fields}
    run.titles = [[title, labels[label]] for title, label in report.recognised.items()]
    run.titles += [[title, ""] for title in report.unrecognised]
    run.missing, run.message = [], ""
    run.rows, run.accepted, run.vacant = report.rows, report.accepted, report.vacant
    run.created, run.updated, run.unchanged = report.created, report.updated, report.unchanged
    run.units = {unit: asdict(counts) for unit, counts in report.units.items()}
    run.rejections = [asdict(rejection) for rejection in report.rejected]
    run.warned = [asdict(warning) for warning in report.warned]
    run.sheets = [asdict(sheet) for sheet in report.sheets]
    run.hidden_sheets = report.hidden_sheets
    run.suggested, run.taken_by_content = report.suggested, report.taken_by_content
    run.correctable = {name: asdict(found) for name, found in report.correctable.items()}
    run.brings = asdict(report.brings) if report.brings else None
    run.change_count = len(report.changes)
    run.done = run.total = report.rows


def _keep_files(run: ImportRun, data: bytes, report: ImportReport, was_check: bool) -> None:
    """Seal what is personal beside the run: rows to correct, changes, and the journal to undo it with."""
    run.files.filter(purpose__in=[Purpose.ERRORS, Purpose.CHANGES]).delete()
    if report.rejected or report.warned:
        fields = roster_kinds()[run.kind].fields
        book = error_book(data, fields, report.rejected, _mapping_of(run), report.warned)
        ImportFile.keep(run, Purpose.ERRORS, book)
    if report.changes or report.words:
        personal_keep(run, report)
    if not was_check:
        journal_keep(run, report.journal)
        run.files.filter(purpose=Purpose.UPLOAD).delete()
