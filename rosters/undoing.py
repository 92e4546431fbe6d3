"""撤销导入: undo an import by its journal, except rows that something was built on.

What becomes of a row depends on who was notified of it (docs/adr/0080) and is declared by the portals (`RowUndo`):

| row | no one notified | someone notified | something built on it |
|---|---|---|---|
| visit | erased, its rounds open again | voided, reason 撤销导入 | stays |
| care record | erased with clock and duties | ended as 登记有误, duties withdrawn | stays |
| appointment | erased | ended as 登记有误 | stays |
| cadre, resident, flat, place | erased | stays, since the rows above stay | stays |
| row that was changed | former values restored | the same | stays as it is |

"Built on" is a row changed since, or one that rows point at which the import did not write. The community itself
stays: the run belongs to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from baibuting.common.pointing import columns_set, rows_naming, rows_pointing
from baibuting.common.queueing import enqueue_on_commit
from cadres.selectors import scope_for
from duties.models import DutyEvent, NoticeDelivery
from rosters.choices import Purpose, State
from rosters.journal import Entry, Journal, journal_compare, journal_of
from rosters.models import ImportRun
from rosters.rules import JOURNAL_KEPT_FOR, derived_labels, may_undo, row_undoes

# Rows that record a notification: they stay, and so do the rows they name.
TELLING = (DutyEvent, NoticeDelivery)
CHANGED = "已被改过"


@dataclass(slots=True)
class Plan:
    """What undoing an import would do: rows by label.

    `reasons` says what was built on what: (label, Chinese words) → rows. `kept` holds those rows and the rows that
    they depend on.
    """

    erased: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    ended: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    restored: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    reasons: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    @property
    def is_whole(self) -> bool:
        """Return whether nothing was built on the import."""
        return not self.reasons

    @property
    def does_something(self) -> bool:
        """Return whether any of it can be undone."""
        return any(map(len, (*self.erased.values(), *self.ended.values(), *self.restored.values())))

    def told(self) -> dict[str, list[str]]:
        """Return the plan in Chinese, one phrase a kind of row, by what becomes of it."""
        return {
            "erased": [_counted(label, rows) for label, rows in self.erased.items() if rows],
            "restored": [_counted(label, rows) for label, rows in self.restored.items() if rows],
            "ended": [_counted(label, rows) for label, rows in self.ended.items() if rows],
            "kept": [_counted(label, rows) for label, rows in self.kept.items() if rows],
            "reasons": [f"{_counted(label, rows)}{words}" for (label, words), rows in self.reasons.items()],
        }


def undo_plan(run: ImportRun) -> Plan:
    """Return what undoing a run would do today. Raises ValidationError where it can no longer be undone."""
    journal = journal_of(run) if run.state == State.DONE else None
    if journal is None:
        days = JOURNAL_KEPT_FOR.days
        raise ValidationError(f"这次导入已经不能撤销：没有导入完成，已经撤销过，或超过了 {days} 天。")
    return _Planner(journal).plan()


@transaction.atomic
def import_run_undo(*, run: ImportRun, by: User, now: datetime, partly: bool = False) -> ImportRun:
    """Undo an import: all of it or, with `partly`, what nothing was built on. Idempotent.

    Raises ValidationError where the user may not, where something was built on it and `partly` is false, or where it
    can no longer be undone; then nothing is changed.
    """
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("community").get(pk=run.pk)
    scope = scope_for(by, today=local_day(now))
    path = run.community.path if run.community else None
    if not may_undo(by, scope, kind=run.kind, is_own=run.user_id == by.pk, path=path):
        raise ValidationError("您不能撤销这次导入，请联系导入人或社区管理员。")
    if run.state == State.UNDONE:
        return run
    plan = undo_plan(run)
    if not plan.is_whole and not partly:
        raise ValidationError([*plan.told()["reasons"], "不能整份撤销。可以只撤销其余部分。"])
    if not plan.does_something:
        raise ValidationError("这次导入的内容都已在使用中，没有可以撤销的部分。")
    try:
        with transaction.atomic():
            _carry_out(plan, since=run.started_at or run.created_at, now=now)
    except (models.ProtectedError, IntegrityError) as error:
        raise ValidationError("刚才又有人在这些资料上做了登记，请刷新后再看能否撤销。") from error
    run.state, run.undone_at, run.undone_by, run.undone = State.UNDONE, now, by, plan.told()
    run.save(update_fields=["state", "undone_at", "undone_by", "undone"])
    run.files.exclude(purpose=Purpose.ERRORS).delete()
    audit_event_record(
        now=now,
        user=by,
        action=Action.IMPORT,
        object_type=run.kind,
        object_id=str(run.pk),
        community_id=run.community_id,
        reason="撤销导入",
        row_count=sum(map(len, (*plan.erased.values(), *plan.ended.values(), *plan.restored.values()))),
    )
    enqueue_on_commit("duties.sweep_duties")
    return run


class _Planner:
    """Decides row by row, dependent rows first."""

    def __init__(self, journal: Journal) -> None:
        self.result = Plan()
        entries, self.changed = journal_compare(journal)
        self.new: dict[str, set[int]] = defaultdict(set)
        self.altered: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            if entry.label in derived_labels():
                continue
            if entry.before is None:
                self.new[entry.label].add(entry.pk)
            else:
                self.altered[entry.label].append(entry)
        # rows that go when the others go: pointing from one of them keeps nothing
        self.going: dict[type[models.Model], set[int]] = defaultdict(set)

    def plan(self) -> Plan:
        for label in _in_order({*self.new, *self.altered}):
            self._restores(label)
            self._erases(label)
        return self.result

    def _restores(self, label: str) -> None:
        for entry in self.altered[label]:
            if (label, entry.pk) in self.changed:
                self._hold(label, entry.pk, CHANGED)
            else:
                self.result.restored[label].append(entry)
                self._note_move(entry)

    def _note_move(self, entry: Entry) -> None:
        """Release what a moved row was put under by the import, as the row goes back and its move is undone."""
        model = apps.get_model(entry.label)
        if any(model._meta.get_field(column).is_relation for column in entry.before or ()):
            self.going[model].add(entry.pk)
        undo = row_undoes().get(entry.label)
        if undo is not None and undo.put_back is not None:
            self._let_go(undo.put_back(entry.pk))

    def _erases(self, label: str) -> None:
        model: type[models.Model] = apps.get_model(label)
        pks = self.new[label]
        undo = row_undoes().get(label)
        if undo is not None and undo.along is not None:
            self._let_go(undo.along(pks))
        if undo is not None and undo.at_work is not None:
            for pk, words in undo.at_work(pks, self._leaving):
                self._hold(label, pk, words)
        for part in undo.parts(pks) if undo is not None and undo.parts is not None else [pks]:
            for pk in part & {pk for where, pk in self.changed if where == label}:
                self._hold(label, pk, CHANGED)
            along = self._held_by_others(label, model, part) | self._told(label, part)
            staying = along - self.result.kept[label]
            is_ended = undo is not None and undo.end is not None
            (self.result.ended if is_ended else self.result.kept)[label] |= staying
            going = part - self.result.kept[label] - staying
            self.result.erased[label] |= going
            self.going[model] |= going

    def _let_go(self, rows: Mapping[type[models.Model], set[int]]) -> None:
        for model, pks in rows.items():
            self.going[model] |= pks

    def _leaving(self, label: str) -> set[int]:
        """Return the rows of a model that go or are ended, as far as decided."""
        return self.going[apps.get_model(label)] | self.result.ended[label]

    def _held_by_others(self, label: str, model: type[models.Model], pks: set[int]) -> set[int]:
        """Record the rows that others were built on; return those that only notified or staying rows depend on."""
        along: set[int] = set()
        for pointing, pairs in rows_pointing(model, pks):
            own = pointing._meta.label_lower
            stays = self.result.kept[own] | self.result.ended[own]
            for pk, target in pairs:
                if pk in self.going[pointing]:
                    continue
                if pk in stays or pointing in TELLING:
                    along.add(target)
                else:
                    self._hold(label, target, f"已有{_named(own)[1]}")
        return along

    def _told(self, label: str, pks: set[int]) -> set[int]:
        undo = row_undoes().get(label)
        return undo.told(pks) if undo is not None and undo.told is not None else set()

    def _hold(self, label: str, pk: int, words: str) -> None:
        self.result.kept[label].add(pk)
        self.result.reasons[label, words].add(pk)


def _carry_out(plan: Plan, *, since: datetime, now: datetime) -> None:
    """Carry out the plan kind by kind in its order: erase, end, restore."""
    # residence first, and whether the person lives here at all: records and duties follow their person
    for label, undo in row_undoes().items():
        if undo.restored == "first":
            _restore(plan.restored.get(label, []), since, now)
    for label in _in_order({*plan.erased, *plan.ended, *plan.restored}):
        kind = row_undoes().get(label)
        restored, when = plan.restored.get(label, []), kind.restored if kind else "after"
        if when == "before":
            _restore(restored, since, now)
        _erase(label, plan.erased.get(label, set()), now)
        told = plan.ended.get(label)
        if told and kind is not None and kind.end is not None:
            kind.end(told, now)
        if when == "after":
            _restore(restored, since, now)


def _in_order(labels: Collection[str]) -> list[str]:
    """Return labels with dependents first; a kind of row that no portal declares comes before all."""
    undoes = row_undoes()
    return sorted(labels, key=lambda label: (undoes[label].position if label in undoes else -1, label))


def _erase(label: str, pks: set[int], now: datetime) -> None:
    if not pks:
        return
    undo = row_undoes().get(label)
    if undo is not None:
        undo.erase(pks, now)
    else:
        apps.get_model(label)._base_manager.filter(pk__in=pks).delete()
    # the database refuses foreign keys; rows that name these by label and key since the plan was made are found here
    if any(rows_naming(apps.get_model(label), pks)):
        raise IntegrityError(f"{label} is named by rows that came in between")


def _restore(entries: Sequence[Entry], since: datetime, now: datetime) -> None:
    for entry in entries:
        before = entry.before or {}
        undo = row_undoes().get(entry.label)
        if undo is not None and undo.restore is not None:
            undo.restore(entry.pk, before, since, now)
            continue
        row = apps.get_model(entry.label)._base_manager.get(pk=entry.pk)
        row.save(update_fields=columns_set(row, before))


def _counted(label: str, rows: Collection[Any]) -> str:
    unit, noun = _named(label)
    return f"{len(rows)} {unit}{noun}"


def _named(label: str) -> tuple[str, str]:
    """Return unit and noun of a model's rows; a table of a many-to-many relation has no Chinese name of its own."""
    undo = row_undoes().get(label)
    return (undo.unit, undo.noun) if undo else ("条", str(apps.get_model(label)._meta.verbose_name))
