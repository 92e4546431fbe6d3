"""撤销导入: an import is taken back by its journal, as far as nothing was built on it.

What becomes of a row depends on who has heard of it (docs/adr/0080):

| row | nobody has | somebody was told | something was built on it |
|---|---|---|---|
| visit | erased, its rounds open again | voided, reason 撤销导入 | stays |
| care record | erased with clock and duties | ended as 登记有误, duties withdrawn | stays |
| appointment | erased | ended as 登记有误 | stays |
| cadre, resident, flat, place | erased | stays, since the rows above stay | stays |
| row that was changed | former values put back | the same | stays as it is |

"Built on" is a row changed since, or one that others point at which the import did not write. The community itself
stays: this run lies in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.bell import ring
from baibuting.common.days import local_day
from baibuting.common.pointing import columns_set, rows_naming, rows_pointing
from buildings.choices import Level
from buildings.models import Place, PlaceMove
from buildings.undo import place_restore, places_erase
from cadres.models import Appointment
from cadres.selectors import scope_for
from cadres.undo import (
    appointment_restore,
    appointments_end_mistaken,
    appointments_erase,
    cadre_restore,
    cadres_erase,
)
from duties.models import Duty, DutyClock, DutyEvent, Handling, NoticeDelivery
from residents.models import CareRecord
from residents.undo import households_erase, residents_erase
from rosters.choices import Purpose, State
from rosters.journal import Entry, Journal, journal_compare, journal_of
from rosters.models import ImportRun
from rosters.rules import JOURNAL_KEPT_FOR, may_undo
from visits.models import Visit
from visits.undo import (
    care_record_restore,
    care_records_end_mistaken,
    care_records_erase,
    care_records_told,
    resident_restore,
    visit_restore,
    visits_erase,
    visits_told,
    visits_void,
)

VISIT, CARE = "visits.visit", "residents.carerecord"
APPOINTMENT, CADRE = "cadres.appointment", "cadres.cadre"
RESIDENT, HOUSEHOLD, PLACE = "residents.resident", "residents.household", "buildings.place"
# What hangs on something comes before it. A kind of row that is not named here comes first of all.
ORDER = (VISIT, CARE, APPOINTMENT, CADRE, RESIDENT, HOUSEHOLD, PLACE)
# Rows that were told something, or told of: they stay, and what they name stays with them.
TELLING = (DutyEvent, NoticeDelivery)
# Rows that come and go with the row they belong to, whether or not an importer has noted them.
DERIVED = {
    "buildings.placemove",
    "duties.dutyclock",
    "duties.duty",
    "duties.dutyevent",
    "duties.noticedelivery",
}
NOUNS: dict[str, tuple[str, str]] = {
    VISIT: ("条", "走访"),
    CARE: ("条", "必访对象记录"),
    APPOINTMENT: ("个", "任职"),
    CADRE: ("名", "骨干"),
    RESIDENT: ("位", "居民"),
    HOUSEHOLD: ("户", "住户"),
    PLACE: ("个", "楼栋或区域"),
}
CHANGED = "已被改过"


@dataclass(slots=True)
class Plan:
    """What taking an import back would do: rows by label.

    `reasons` says what was built on what: (label, Chinese words) → rows. `kept` holds those rows and whatever they
    need to stand on.
    """

    erased: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    ended: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    restored: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    reasons: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    @property
    def is_whole(self) -> bool:
        """Whether nothing was built on the import."""
        return not self.reasons

    @property
    def does_something(self) -> bool:
        """Whether anything of it can be taken back."""
        return any(map(len, (*self.erased.values(), *self.ended.values(), *self.restored.values())))

    def told(self) -> dict[str, list[str]]:
        """The plan in Chinese, one phrase a kind of row, by what becomes of it."""
        return {
            "erased": [_counted(label, rows) for label, rows in self.erased.items() if rows],
            "restored": [_counted(label, rows) for label, rows in self.restored.items() if rows],
            "ended": [_counted(label, rows) for label, rows in self.ended.items() if rows],
            "kept": [_counted(label, rows) for label, rows in self.kept.items() if rows],
            "reasons": [f"{_counted(label, rows)}{words}" for (label, words), rows in self.reasons.items()],
        }


def undo_plan(run: ImportRun) -> Plan:
    """What taking a run back would do today. Raises ValidationError where it can no longer be taken back."""
    journal = journal_of(run) if run.state == State.DONE else None
    if journal is None:
        days = JOURNAL_KEPT_FOR.days
        raise ValidationError(f"这次导入已经不能撤销：没有导入完成，已经撤销过，或超过了 {days} 天。")
    return _Planner(journal).plan()


@transaction.atomic
def import_run_undo(*, run: ImportRun, by: User, now: datetime, partly: bool = False) -> ImportRun:
    """Take an import back, all of it or, with `partly`, what nothing was built on. Done twice, it is done once.

    Raises ValidationError where somebody may not, where something was built on it and `partly` is not asked for, or
    where it can no longer be taken back; then nothing is changed.
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
    ring("duties.sweep_duties")
    return run


class _Planner:
    """Decides row by row, those first that hang on others."""

    def __init__(self, journal: Journal) -> None:
        self.result = Plan()
        entries, self.changed = journal_compare(journal)
        self.new: dict[str, set[int]] = defaultdict(set)
        self.altered: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            if entry.label in DERIVED:
                continue
            if entry.before is None:
                self.new[entry.label].add(entry.pk)
            else:
                self.altered[entry.label].append(entry)
        # rows that go when the others go: what points from one of them holds nothing back
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
        """A row that goes back where it lay no longer holds what the import had put it under, nor does its move."""
        model = apps.get_model(entry.label)
        if any(model._meta.get_field(column).is_relation for column in entry.before or ()):
            self.going[model].add(entry.pk)
        if entry.label == PLACE:
            here = Place.objects.filter(pk=entry.pk).values("parent_id")
            moves = PlaceMove.objects.filter(place=entry.pk, to_parent__in=here)
            self.going[PlaceMove] |= set(moves.values_list("pk", flat=True))

    def _erases(self, label: str) -> None:
        model: type[models.Model] = apps.get_model(label)
        pks = self.new[label]
        if label == CARE:
            self._let_duties_go(pks)
            self._hold_records_at_work(pks)
        for part in self._from_below(model, pks):
            for pk in part & {pk for where, pk in self.changed if where == label}:
                self._hold(label, pk, CHANGED)
            along = self._held_by_others(label, model, part) | self._told(label, part)
            staying = along - self.result.kept[label]
            (self.result.ended if label in ENDS else self.result.kept)[label] |= staying
            going = part - self.result.kept[label] - staying
            self.result.erased[label] |= going
            self.going[model] |= going

    def _from_below(self, model: type[models.Model], pks: set[int]) -> Iterable[set[int]]:
        """Of places the buildings first, and never the community; of everything else all at once."""
        if model is not Place:
            return [pks]
        levels: dict[int, set[int]] = defaultdict(set)
        for pk, level in Place.objects.filter(pk__in=pks).values_list("pk", "level"):
            levels[level].add(pk)
        levels.pop(Level.COMMUNITY, None)
        return [levels[level] for level in sorted(levels, reverse=True)]

    def _let_duties_go(self, pks: set[int]) -> None:
        """The clocks and duties of care records are theirs; whether somebody was told is another question."""
        duties = Duty.objects.filter(care_record__in=pks)
        events = DutyEvent.objects.filter(duty__in=duties)
        self.going[Duty] |= set(duties.values_list("pk", flat=True))
        self.going[DutyEvent] |= set(events.values_list("pk", flat=True))
        self.going[NoticeDelivery] |= set(
            NoticeDelivery.objects.filter(event__in=events).values_list("pk", flat=True)
        )
        self.going[DutyClock] |= set(
            DutyClock.objects.filter(care_record__in=pks).values_list("pk", flat=True)
        )

    def _hold_records_at_work(self, pks: set[int]) -> None:
        """Records under which somebody has visited, or dealt with a duty, since they came in."""
        of_person = CareRecord.objects.filter(pk__in=pks, resident__visits__voided_at=None)
        since = of_person.filter(resident__visits__received_at__gt=F("created_at"))
        own = self.going[Visit] | self.result.ended[VISIT]
        for pk in since.exclude(resident__visits__in=own).values_list("pk", flat=True):
            self._hold(CARE, pk, "已有走访")
        handled = Handling.objects.filter(duty__care_record__in=pks)
        for pk in set(handled.values_list("duty__care_record", flat=True)):
            self._hold(CARE, pk, "已有处置")

    def _held_by_others(self, label: str, model: type[models.Model], pks: set[int]) -> set[int]:
        """Write down the rows that others were built on; returns those on which only told or staying rows hang."""
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
                    self._hold(label, target, f"已有{pointing._meta.verbose_name}")
        return along

    def _told(self, label: str, pks: set[int]) -> set[int]:
        tells: dict[str, Callable[[Collection[int]], set[int]]] = {
            CARE: care_records_told,
            VISIT: visits_told,
            APPOINTMENT: _appointments_told,
        }
        return tells[label](pks) if label in tells else set()

    def _hold(self, label: str, pk: int, words: str) -> None:
        self.result.kept[label].add(pk)
        self.result.reasons[label, words].add(pk)


# Kinds of rows that are ended where somebody has heard of them; every other kind just stays.
ENDS: Mapping[str, Callable[[Collection[int], datetime], None]] = {
    VISIT: lambda pks, now: visits_void(visit_ids=pks, now=now),
    CARE: lambda pks, now: care_records_end_mistaken(record_ids=pks, now=now),
    APPOINTMENT: lambda pks, now: appointments_end_mistaken(appointment_ids=pks, now=now),
}
ERASES: Mapping[str, Callable[[Collection[int], datetime], None]] = {
    VISIT: lambda pks, now: visits_erase(visit_ids=pks, now=now),
    CARE: lambda pks, now: care_records_erase(record_ids=pks),
    APPOINTMENT: lambda pks, now: appointments_erase(appointment_ids=pks),
    CADRE: lambda pks, now: cadres_erase(cadre_ids=pks),
    RESIDENT: lambda pks, now: residents_erase(resident_ids=pks),
    HOUSEHOLD: lambda pks, now: households_erase(household_ids=pks),
    PLACE: lambda pks, now: places_erase(place_ids=pks),
}
RESTORES: Mapping[str, Callable[[int, dict[str, Any], datetime, datetime], None]] = {
    VISIT: lambda pk, before, since, now: visit_restore(visit_id=pk, before=before, since=since, now=now),
    CARE: lambda pk, before, since, now: care_record_restore(
        record_id=pk, before=before, since=since, now=now
    ),
    APPOINTMENT: lambda pk, before, since, now: appointment_restore(appointment_id=pk, before=before),
    CADRE: lambda pk, before, since, now: cadre_restore(cadre_id=pk, before=before),
    RESIDENT: lambda pk, before, since, now: resident_restore(
        resident_id=pk, before=before, since=since, now=now
    ),
    PLACE: lambda pk, before, since, now: place_restore(place_id=pk, before=before, since=since, now=now),
}


def _appointments_told(pks: Collection[int]) -> set[int]:
    """Appointments whose holder was told something on account of the post since he has it."""
    return {
        held.pk
        for held in Appointment.objects.filter(pk__in=pks)
        if DutyEvent.objects.filter(told_cadre=held.cadre_id, told_post=held.post).exists()
    }


def _carry_out(plan: Plan, *, since: datetime, now: datetime) -> None:
    """Kind by kind in the order of the plan: what goes, what is ended, what is put back. A place is put back first."""
    # first who lives where, and that he lives here at all: records and duties follow their person
    _restore(plan.restored.get(RESIDENT, []), since, now)
    for label in _in_order({*plan.erased, *plan.ended, *plan.restored}):
        restored = plan.restored.get(label, []) if label != RESIDENT else []
        if label == PLACE:
            _restore(restored, since, now)
        _erase(label, plan.erased.get(label, set()), now)
        if told := plan.ended.get(label):
            ENDS[label](told, now)
        if label != PLACE:
            _restore(restored, since, now)


def _in_order(labels: Collection[str]) -> list[str]:
    """What hangs on others first."""
    return sorted(labels, key=lambda label: (ORDER.index(label) if label in ORDER else -1, label))


def _erase(label: str, pks: set[int], now: datetime) -> None:
    if not pks:
        return
    if label in ERASES:
        ERASES[label](pks, now)
    else:
        apps.get_model(label)._base_manager.filter(pk__in=pks).delete()
    # a foreign key is refused by the database; whatever names these by label and key since the plan was made, here
    if any(rows_naming(apps.get_model(label), pks)):
        raise IntegrityError(f"{label} is named by rows that came in between")


def _restore(entries: Sequence[Entry], since: datetime, now: datetime) -> None:
    for entry in entries:
        before = entry.before or {}
        if entry.label in RESTORES:
            RESTORES[entry.label](entry.pk, before, since, now)
            continue
        row = apps.get_model(entry.label)._base_manager.get(pk=entry.pk)
        row.save(update_fields=columns_set(row, before))


def _counted(label: str, rows: Collection[Any]) -> str:
    unit, noun = NOUNS.get(label) or ("条", str(apps.get_model(label)._meta.verbose_name))
    return f"{len(rows)} {unit}{noun}"
