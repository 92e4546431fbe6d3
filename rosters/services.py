"""The steps of an import that users take: upload, map columns, confirm, give up, retry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from baibuting.common.plain_text import without_numbers
from baibuting.common.queueing import enqueue_on_commit
from baibuting.common.tabular.report import Correction
from baibuting.common.tabular.text import title_key
from buildings.models import Place
from rosters.choices import Actor, Purpose, State
from rosters.models import ColumnMapping, ImportFile, ImportRun
from rosters.rules import STEPS, roster_kinds
from rosters.selectors import remembered_mapping

TASK = "rosters.run_imports"


@transaction.atomic
def import_run_open(
    *,
    kind: str,
    community: Place | None,
    community_name: str,
    data: bytes,
    file_name: str,
    user: User,
    now: datetime,
) -> ImportRun:
    """Keep an upload, sealed, and enqueue its check. `community` is None where the roster is to create it."""
    run = ImportRun.objects.create(
        kind=kind,
        community=community,
        community_name=community_name,
        user=user,
        file_name=file_name[-100:],
        mapping=remembered_mapping(community, kind),
        created_at=now,
    )
    ImportFile.keep(run, Purpose.UPLOAD, data)
    enqueue_on_commit(TASK)
    return run


@transaction.atomic
def import_run_map(*, run: ImportRun, mapping: Mapping[str, str]) -> ImportRun:
    """Set what columns mean (title → field, "" to leave one out), remember it, and enqueue a new check.

    Raises ValidationError when two columns mean the same, or the run is not waiting for confirmation.
    """
    run = _brought(run, State.TO_CHECK)
    fields = [field for field in mapping.values() if field]
    if len(fields) != len(set(fields)):
        raise ValidationError("有两列对应了同一个栏目，请只留一列，另一列选“不导入”。")
    said = {without_numbers(title_key(title)): field for title, field in mapping.items()}
    run.mapping = {**run.mapping, **said}
    if run.community is not None:
        for key, field in said.items():
            ColumnMapping.objects.update_or_create(
                community=run.community, kind=run.kind, title_key=key[:100], defaults={"field": field}
            )
    return _queue(run)


@transaction.atomic
def import_run_switch(*, run: ImportRun, kind: str) -> ImportRun:
    """Enqueue a check of the file as another kind of roster."""
    run = _brought(run, State.TO_CHECK)
    run.kind, run.looks_like, run.corrections, run.spread_days = kind, "", [], 0
    run.mapping = remembered_mapping(run.community, kind)
    return _queue(run)


@transaction.atomic
def import_run_correct(*, run: ImportRun, corrections: Collection[str], spread_days: int = 0) -> ImportRun:
    """Set what the import may correct in records of the past, and over how many days it spreads first rounds.

    A new check is enqueued. Raises ValidationError for an unknown correction, and for days where none are spread.
    """
    run = _brought(run, State.TO_CHECK)
    if unknown := set(corrections) - set(Correction):
        raise ValidationError(f"没有这种更正：{'、'.join(sorted(unknown))}。请刷新页面后再选。")
    if spread_days and not roster_kinds()[run.kind].spreads:
        raise ValidationError("这种名册没有首次走访可以分摊。请刷新页面后再选。")
    run.corrections, run.spread_days = sorted(corrections), spread_days
    return _queue(run)


@transaction.atomic
def import_run_confirm(*, run: ImportRun) -> ImportRun:
    """Enqueue the import of a checked file. Raises ValidationError when unchecked or with nothing to import."""
    run = _brought(run, State.TO_IMPORT)
    if not run.accepted:
        raise ValidationError("没有可以导入的行，请改正后重新上传。")
    return _queue(run)


@transaction.atomic
def import_run_retry(*, run: ImportRun) -> ImportRun:
    """Check an interrupted or outdated file once more."""
    return _queue(_brought(run, State.TO_CHECK))


@transaction.atomic
def import_run_drop(*, run: ImportRun, now: datetime) -> ImportRun:
    """Give an upload up and delete its files at once."""
    run = _brought(run, State.DROPPED)
    run.files.all().delete()
    run.finished_at = now
    run.save(update_fields=["state", "finished_at"])
    return run


def _brought(run: ImportRun, state: State) -> ImportRun:
    """Return the locked run in its next state, unsaved. Raises ValidationError where the table has no such step."""
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("community").get(pk=run.pk)
    run.state = STEPS.change(run.state, state, actor=Actor.USER).after
    return run


def _queue(run: ImportRun) -> ImportRun:
    run.message, run.done, run.total = "", 0, 0
    run.save(
        update_fields=[
            "state",
            "message",
            "done",
            "total",
            "mapping",
            "kind",
            "looks_like",
            "corrections",
            "spread_days",
        ]
    )
    enqueue_on_commit(TASK)
    return run
