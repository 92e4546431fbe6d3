"""The single entry point for every roster, from the command, the pages or a task."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.collecting import collector_paused
from baibuting.common.queueing import enqueue_on_commit
from baibuting.common.tabular.fields import FieldSet
from baibuting.common.tabular.problems import TabularError
from baibuting.common.tabular.reading import Book, open_book
from baibuting.common.tabular.report import ImportReport, Progress
from baibuting.common.tabular.table import choose_tables
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from rosters.models import ImportRun
from rosters.rules import roster_kinds


@transaction.atomic
def roster_import(
    *,
    kind: str,
    data: bytes,
    community_name: str,
    now: datetime,
    user: User | None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    scope: Scope = Scope.EVERYWHERE,
    corrections: Collection[str] = (),
    spread_days: int = 0,
) -> ImportReport:
    """Import a file of one kind into a community, all of it or nothing; `dry_run` only reports what would happen.

    `mapping` gives our field (key or label) for unknown column titles; `corrections` are the ticked ones of
    `report.Correction`, `spread_days` the window over which a kind that can spreads what it makes due. Raises TabularError or LayoutError where the file cannot be read, ValidationError for a
    community that does not exist.
    """
    with collector_paused():
        sent = {
            "data": data,
            "now": now,
            "user": user,
            "mapping": mapping or {},
            "progress": progress,
            "scope": scope,
            "corrections": corrections,
        }
        report = _import(kind, community_name, spread_days, sent)
    if dry_run:
        transaction.set_rollback(True)
        return report
    community = Place.objects.filter(level=Level.COMMUNITY, name=community_name).first()
    audit_event_record(
        now=now,
        user=user,
        action=Action.IMPORT,
        object_type=kind,
        community_id=community.pk if community else None,
        row_count=report.accepted,
    )
    enqueue_on_commit("duties.sweep_duties")
    return report


def _import(kind: str, community_name: str, spread_days: int, sent: dict[str, Any]) -> ImportReport:
    """Have a kind read a file; `sent` is what every kind takes. Raises ValidationError for what cannot be asked of it."""
    scope: Scope = sent["scope"]
    community = Place.objects.filter(level=Level.COMMUNITY, name=community_name).first()
    # rows outside the scope are refused one by one; only a scope of everything may create a missing community
    is_reached = scope.everywhere if community is None else scope.reaches(community.path)
    found = roster_kinds()[kind]
    if spread_days and not found.spreads:
        raise ValidationError(f"{found.label}没有首次走访，不能分摊；请去掉分摊天数。")
    if found.spreads:
        sent["spread_days"] = spread_days
    if found.founds_communities and is_reached:
        return found.load(community_name=community_name, **sent)
    if community is None or not is_reached:
        raise ValidationError(f"没有名为“{community_name}”的社区，请先导入楼栋清单，或核对名称。")
    return found.load(community=community, **sent)


def kind_suggested(data: bytes, run: ImportRun, report: ImportReport | None) -> str:
    """Return the kind that a file seems to be if not the one it was sent as; "" where nothing suggests another.

    `report` is the check's; None where the file could not be read as its kind. Other kinds are tried only where
    columns stayed unknown or most rows were refused.
    """
    if report is not None and not report.unrecognised and 2 * report.accepted >= report.rows:
        return ""
    try:
        book = open_book(data)
    except TabularError:
        return ""
    known = {code: _columns_known(book, kind.fields) for code, kind in roster_kinds().items()}
    own = known.pop(run.kind)
    best = max(known, key=lambda kind: known[kind])
    # a file that its own kind cannot read is more likely any other that can
    return best if known[best] > own + (0 if report is None else 1) else ""


def _columns_known(book: Book, fields: FieldSet) -> int:
    """Return how many columns of a workbook a kind of roster knows; 0 where it lacks a required one."""
    try:
        tables = choose_tables(book, fields)
    except TabularError:
        return 0
    return max(len(table.header.columns) for table in tables)
