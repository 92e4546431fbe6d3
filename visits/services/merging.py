"""Merging two registrations of one person, with visits, records and duties; and undoing that within a day."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from duties.services import clocks_reconcile
from residents.choices import EndReason, ErasureState
from residents.doubles import merge_refusal
from residents.merging import Join, filled_in, joins
from residents.models import CareRecord, Erasure, Household, Resident, ResidentMerge
from residents.services import care_record_change, resident_change
from visits.models import Visit
from visits.services.care import clocks_lock

UNDO_WITHIN = timedelta(days=1)
SAME_VISIT = "合并重复登记：与另一条走访记录相同"
_RECORD = ("resident_id", "building_id", "started_on", "ended_on", "end_reason", "notes")
_VISIT = ("resident_id", "voided_at", "void_reason")
_MOVED_BY_NAME = frozenset({"care_records", "visits", "merges", "erasures"})
_BUILT_ON = "合并之后又有改动（{}），不能整个撤销；请在居民页面逐项更正。"


@transaction.atomic
def residents_merge(*, kept: Resident, gone: Resident, now: datetime, user: User | None) -> ResidentMerge:
    """Merge `gone` into `kept`: related rows are moved, blanks filled in, overlapping records joined.

    Raises ValidationError where the two contradict each other, or where one of them has been merged already.
    """
    clocks = clocks_lock(care_record__resident__in=[kept.pk, gone.pk])
    kept, gone = _locked(kept, gone)
    refusal = merge_refusal(kept, gone)
    if refusal:
        raise ValidationError(refusal)
    changes = filled_in(kept, gone)
    records, visits = (
        _records(kept.pk, gone.pk),
        list(Visit.objects.unscoped("of two people in hand").filter(resident=gone).order_by("pk")),
    )
    before = {
        "gone": _values(gone),
        "kept": _said(kept, changes),
        "records": {record.pk: _said(record, _RECORD) for record in records},
        "visits": {visit.pk: _said(visit, _VISIT) for visit in visits},
        "merges": list(
            ResidentMerge.objects.unscoped("of two people in hand")
            .filter(kept=gone)
            .values_list("pk", flat=True)
        ),
        "erasures": _erasures_move(kept, gone),
        "others": _others_move(kept, gone),
    }
    _visits_move(visits, kept, now)
    _records_move(records, kept, local_day(now))
    ResidentMerge.objects.unscoped("of two people in hand").filter(pk__in=before["merges"]).update(kept=kept)
    gone_id = gone.pk
    gone.delete()
    resident_change(resident=kept, **changes)
    clocks_reconcile(clocks=clocks, now=now)
    after = _after(kept, before, records, visits)
    merge = ResidentMerge(
        community_id=kept.community_id, kept=kept, gone_id=gone_id, merged_at=now, merged_by=user
    )
    merge.journal = json.dumps({"before": before, "after": after}, ensure_ascii=False)
    merge.save()
    _audit(kept, "merge", now, user)
    return merge


@transaction.atomic
def residents_merge_undo(*, merge: ResidentMerge, now: datetime, user: User | None) -> Resident:
    """Restore the registration that was merged, with all its related rows.

    Raises ValidationError after a day, the second time, and where the rows have changed since.
    """
    merge = (
        ResidentMerge.objects.unscoped("of two people in hand")
        .select_for_update(of=("self",))
        .get(pk=merge.pk)
    )
    if merge.undone_at is not None:
        raise ValidationError("这次合并已经撤销过。")
    if now - merge.merged_at > UNDO_WITHIN:
        raise ValidationError("合并已超过一天，不能撤销；请在居民页面逐项更正，或另行登记。")
    if not merge.journal:
        raise ValidationError("此人的个人信息已按规定删除，不能撤销合并。")
    journal = json.loads(merge.journal)
    before, clocks = journal["before"], clocks_lock(care_record__resident=merge.kept_id)
    kept = (
        Resident.objects.unscoped("of two people in hand")
        .select_for_update(of=("self",))
        .get(pk=merge.kept_id)
    )
    records = list(
        CareRecord.objects.unscoped("of two people in hand")
        .select_for_update(of=("self",))
        .filter(resident=kept)
        .order_by("pk")
    )
    visits = list(
        Visit.objects.unscoped("of two people in hand").filter(pk__in=before["visits"]).order_by("pk")
    )
    _refuse_what_was_built_on(merge, journal, records, _after(kept, before, records, visits))
    resident_change(resident=kept, **_opened(Resident, before["kept"]))
    gone = Resident(**_opened(Resident, before["gone"]))
    gone.save(force_insert=True)
    resident_change(resident=gone)  # its digests follow from its values
    _records_restore(records, before["records"])
    _visits_restore(visits, before["visits"])
    ResidentMerge.objects.unscoped("of two people in hand").filter(pk__in=before["merges"]).update(kept=gone)
    moved = Erasure.objects.unscoped("of two people in hand").filter(pk__in=before.get("erasures", []))
    moved.update(resident=gone)
    _others_restore(gone, kept, before.get("others", {}))
    clocks_reconcile(clocks=clocks, now=now)
    merge.undone_at = now
    merge.save(update_fields=["undone_at"])
    _audit(kept, "merge-undo", now, user)
    return gone


def _erasures_move(kept: Resident, gone: Resident) -> list[int]:
    """Move what was decided about erasing `gone`, and return its keys. Raises ValidationError where either is proposed."""
    erasures = Erasure.objects.unscoped("of two people in hand")
    if erasures.filter(resident__in=[kept, gone], state=ErasureState.PROPOSED).exists():
        raise ValidationError("其中一条有待确认的删除申请，请先办理或撤回，再合并。")
    keys = list(erasures.filter(resident=gone).values_list("pk", flat=True))
    erasures.filter(pk__in=keys).update(resident=kept)
    return keys


def _others_move(kept: Resident, gone: Resident) -> dict[str, list[int]]:
    """Move the rows of higher apps that name `gone`, and return their keys by "app.model.column"."""
    moved: dict[str, list[int]] = {}
    for relation in Resident._meta.related_objects:
        if relation.get_accessor_name() in _MOVED_BY_NAME:
            continue
        model, column = apps.get_model(relation.field.model._meta.label), relation.field.name
        rows = model._base_manager.filter(**{column: gone.pk})
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        if keys:
            rows.update(**{column: kept.pk})
            moved[f"{model._meta.label_lower}.{column}"] = keys
    return moved


def _others_restore(gone: Resident, kept: Resident, moved: Mapping[str, list[int]]) -> None:
    for name, keys in moved.items():
        label, column = name.rsplit(".", 1)
        rows = apps.get_model(label)._base_manager.filter(pk__in=keys, **{column: kept.pk})
        rows.update(**{column: gone.pk})


def _locked(kept: Resident, gone: Resident) -> tuple[Resident, Resident]:
    """Return both rows, locked in one order. Raises ValidationError where one no longer exists."""
    rows = (
        Resident.objects.unscoped("of two people in hand")
        .select_for_update(of=("self",))
        .filter(pk__in=[kept.pk, gone.pk])
    )
    found = {row.pk: row for row in rows.order_by("pk")}
    if len(found) < 2:
        raise ValidationError("其中一条已经合并过，请回到列表查看。")
    return found[kept.pk], found[gone.pk]


def _records(*resident_ids: int) -> list[CareRecord]:
    rows = (
        CareRecord.objects.unscoped("of two people in hand")
        .select_for_update(of=("self",))
        .filter(resident__in=resident_ids)
    )
    return list(rows.order_by("pk"))


def _records_move(records: list[CareRecord], kept: Resident, today: date) -> None:
    """Join what overlaps, and move the rest to the one kept; what runs belongs to their building."""
    found = joins(records, kept.pk)
    for join in found:
        for other in join.others:
            care_record_change(
                care_record=other,
                started_on=other.started_on,
                ended_on=other.ended_on or max(other.started_on, today),
                end_reason=EndReason.MISTAKE,
            )
    building_id = kept.household.building_id
    for record in (
        CareRecord.objects.unscoped("of two people in hand")
        .filter(pk__in=[record.pk for record in records])
        .order_by("pk")
    ):
        record.resident = kept
        record.building_id = building_id if record.ended_on is None else record.building_id
        record.save(update_fields=["resident", "building"])
    for join in found:
        _record_extend(join)
    for record in records:
        record.refresh_from_db()


def _record_extend(join: Join) -> None:
    care_record_change(
        care_record=join.stays,
        started_on=join.started_on,
        ended_on=join.ended_on,
        end_reason=join.end_reason,
        notes=join.notes,
    )


def _visits_move(visits: list[Visit], kept: Resident, now: datetime) -> None:
    """Move visits to the one kept; a visit that was recorded for both is voided once."""
    known = {
        _told(visit)
        for visit in Visit.objects.unscoped("of two people in hand").filter(resident=kept, voided_at=None)
    }
    for visit in visits:
        visit.resident = kept
        if visit.voided_at is None and _told(visit) in known:
            visit.voided_at, visit.void_reason = now, SAME_VISIT
        _visit_save(visit)


def _told(visit: Visit) -> tuple[Any, ...]:
    return (
        visit.visited_at, visit.has_time, visit.method, visit.seen, visit.visitor_id, visit.visitor_name,
        str(visit.notes), str(visit.request),
    )  # fmt: skip


def _visit_save(visit: Visit) -> None:
    visit.save(update_fields=["resident", "voided_at", "void_reason"])


def _refuse_what_was_built_on(
    merge: ResidentMerge, journal: Mapping[str, Any], records: list[CareRecord], today: Mapping[str, Any]
) -> None:
    before, after = journal["before"], journal["after"]
    said = {"kept": "居民资料", "records": "必访记录", "visits": "走访记录"}
    changed = [words for key, words in said.items() if today[key] != after[key]]
    if len(records) != len(before["records"]) and said["records"] not in changed:
        changed.append(said["records"])
    if not Household.objects.filter(pk=before["gone"]["household_id"]).exists():
        changed.append("住户")
    if changed:
        raise ValidationError(_BUILT_ON.format("、".join(changed)))


def _records_restore(records: list[CareRecord], before: Mapping[str, Mapping[str, Any]]) -> None:
    """Restore owners first, then values: at no moment has one person two running records of a category."""
    for record in records:
        record.resident_id = before[str(record.pk)]["resident_id"]
        record.save(update_fields=["resident"])
    for record in sorted(records, key=lambda one: before[str(one.pk)]["ended_on"] is None):
        for name, value in _opened(CareRecord, before[str(record.pk)]).items():
            setattr(record, name, value)
        record.save(update_fields=[name.removesuffix("_id") for name in _RECORD])


def _visits_restore(visits: list[Visit], before: Mapping[str, Mapping[str, Any]]) -> None:
    for visit in visits:
        for name, value in _opened(Visit, before[str(visit.pk)]).items():
            setattr(visit, name, value)
        _visit_save(visit)


def _after(
    kept: Resident, before: Mapping[str, Any], records: Iterable[CareRecord], visits: Iterable[Visit]
) -> dict[str, Any]:
    """Return the present values of the rows, as JSON."""
    said = {
        "kept": _said(kept, before["kept"]),
        "records": {record.pk: _said(record, _RECORD) for record in records},
        "visits": {visit.pk: _said(visit, _VISIT) for visit in visits},
    }
    plain: dict[str, Any] = json.loads(json.dumps(said))
    return plain


def _values(row: models.Model) -> dict[str, Any]:
    """Return every column of a row but its digests, which follow from the others."""
    digests = getattr(row, "digests", {})
    return _said(row, [field.attname for field in row._meta.concrete_fields if field.attname not in digests])


def _said(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """Return columns as JSON; sealed ones are decrypted, since the journal is sealed as a whole."""
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str | UUID) else value


def _opened(model: type[models.Model], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same as Python values."""
    columns = {field.attname: field for field in model._meta.concrete_fields}
    return {
        name: value if isinstance(columns[name], models.BinaryField) else columns[name].to_python(value)
        for name, value in said.items()
    }


def _audit(kept: Resident, field: str, now: datetime, user: User | None) -> None:
    audit_event_record(
        now=now,
        user=user,
        action=Action.CHANGE,
        object_type="residents.resident",
        object_id=str(kept.pk),
        community_id=kept.community_id,
        fields=[field],
    )
