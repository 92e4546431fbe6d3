"""What an import of posts wrote, row by row, so that it can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from baibuting.common.tabular.report import Counts, ImportReport
from cadres.importers.lines import PostLine
from cadres.importers.reading import PostEntry
from cadres.models import Appointment, Cadre, Cover

_COLUMNS = ("cadre_id", "started_on", "ended_on", "end_reason")


class Journal:
    """Notes new and changed rows in the report."""

    def __init__(self, report: ImportReport) -> None:
        self.report = report

    @contextmanager
    def following(self, line: PostLine, entry: PostEntry) -> Iterator[None]:
        """Compare a post's appointments, and their covers, before and after a row is written; note what changed."""
        before = {one.pk: _columns(one) for one in line.all}
        covers = _covers(before) if before and (entry.name or entry.says_vacant) else {}
        told = _Told.of(self.report)
        try:
            yield
        except BaseException:
            # the row's own transaction is rolled back, and its entries in the report with it
            told.restore(self.report)
            line.reload()
            raise
        if self.report.created + self.report.updated == told.written:
            return
        line.reload()
        for one in line.all:
            self._appointment(one.pk, before.get(one.pk), _columns(one))
        self._cover_changes(covers, entry)

    def person(self, cadre: Cadre, changes: Mapping[str, object]) -> None:
        """Note the values of a cadre's columns before they are changed."""
        self.report.note_changed("cadres.cadre", cadre.pk, {key: getattr(cadre, key) for key in changes})

    def _appointment(self, pk: int, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        if before is None:
            self.report.note_created("cadres.appointment", pk)
        elif changed := {key: value for key, value in before.items() if after[key] != value}:
            self.report.note_changed("cadres.appointment", pk, changed)

    def _cover_changes(self, before: Mapping[int, Any], entry: PostEntry) -> None:
        after = {cover.pk: cover.until_on for cover in Cover.objects.filter(pk__in=before)}
        cut = {pk: until_on for pk, until_on in before.items() if after.get(pk) != until_on}
        for pk, until_on in cut.items():
            if pk in after:
                self.report.note_changed("cadres.cover", pk, {"until_on": until_on})
        if cut:
            entry.given.warn(
                entry.name_key, "covers cut", "原任的请假代管安排随离任缩短或取消，请在“任职”里核对代管。"
            )


@dataclass(frozen=True, slots=True)
class _Told:
    """The state of a report before a row."""

    totals: tuple[int, int, int, int]
    units: dict[str, Counts]
    changes: int
    journal: int

    @classmethod
    def of(cls, report: ImportReport) -> _Told:
        totals = (report.created, report.updated, report.unchanged, report.vacant)
        return cls(totals, deepcopy(report.units), len(report.changes), len(report.journal))

    @property
    def written(self) -> int:
        return self.totals[0] + self.totals[1]

    def restore(self, report: ImportReport) -> None:
        report.created, report.updated, report.unchanged, report.vacant = self.totals
        report.units = self.units
        del report.changes[self.changes :]
        del report.journal[self.journal :]


def _columns(appointment: Appointment) -> dict[str, Any]:
    return {key: getattr(appointment, key) for key in _COLUMNS}


def _covers(appointment_ids: Mapping[int, object]) -> dict[int, Any]:
    found = Cover.objects.filter(appointment__in=appointment_ids)
    return dict(found.values_list("pk", "until_on"))
