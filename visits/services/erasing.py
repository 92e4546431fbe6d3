"""删除个人信息: one keeper proposes an erasure, another confirms it, and the person is erased at once (ADR 126).

Who may do which is decided by role: the office, which knows the person, proposes; the 安全管理员, who does not and reads
no name, confirms against the paper.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from duties.services import clocks_reconcile
from residents.choices import EndReason, ErasureGround, ErasureState
from residents.erased_list import erased_note, erased_read
from residents.erasing import merged_uids, rows_erase
from residents.models import Erasure, Resident
from residents.rules import may_confirm_erasure, may_propose_erasure
from residents.services import care_record_close, refuse_erased
from visits.services.care import clocks_lock

SHORTEST_REASON = 4  # characters
NO_LIST = "备份恢复用的名单写不进去，没有删除任何内容；请告诉系统管理员检查磁盘和 ERASED_LIST。"
AGAIN = "恢复备份后再次删除"


@transaction.atomic
def erasure_propose(*, resident: Resident, ground: str, reason: str, by: User, now: datetime) -> Erasure:
    """Propose that a person be erased. Raises ValidationError without a reason, and for one proposed or erased already."""
    if not may_propose_erasure(by):
        raise ValidationError("只有社区工作者可以申请删除个人信息。")
    person = _locked(resident)
    refuse_erased(resident_id=person.pk)
    if ground not in ErasureGround.values:
        raise ValidationError({"ground": "请选择删除的依据。"})
    if len(reason.strip()) < SHORTEST_REASON:
        raise ValidationError({"reason": "请写明情况，至少四个字，如：收到书面申请，编号 2026-031。"})
    open_ones = Erasure.objects.unscoped("of a person in hand").filter(state=ErasureState.PROPOSED)
    if open_ones.filter(resident=person).exists():
        raise ValidationError("此人已有一份待确认的删除申请，请等安全管理员确认，或先撤回那一份。")
    erasure = Erasure(
        community_id=person.community_id, resident=person, ground=ground, proposed_at=now, proposed_by=by
    )
    erasure.reason = reason.strip()
    erasure.save(force_insert=True)
    _audit_step(erasure, Action.CREATE, ["ground"], by, now)
    return erasure


@transaction.atomic
def erasure_withdraw(*, erasure: Erasure, by: User, now: datetime) -> Erasure:
    """Withdraw a proposal that waits. Raises ValidationError where it does not wait any more."""
    return _settle(_waiting(erasure), ErasureState.WITHDRAWN, by, now)


@transaction.atomic
def erasure_refuse(*, erasure: Erasure, by: User, now: datetime) -> Erasure:
    """Refuse a proposal; nothing is erased. Raises ValidationError as `erasure_confirm`."""
    row = _waiting(erasure)
    _refuse_unless_second(row, by)
    return _settle(row, ErasureState.REFUSED, by, now)


@transaction.atomic
def erasure_confirm(*, erasure: Erasure, by: User, now: datetime, erased_list: Path) -> Erasure:
    """Confirm a proposal and erase the person. It cannot be undone.

    Raises ValidationError where it does not wait any more, where the account may not or has proposed it itself, where
    an import of the community is in work, and where the list cannot be written; then nothing is erased.
    """
    row = _waiting(erasure)
    _refuse_unless_second(row, by)
    uids = merged_uids(row.resident)
    count = _erase(row.resident, now)
    row.refresh_from_db()
    row.reason = ""
    row.state, row.decided_at, row.decided_by = ErasureState.ERASED, now, by
    row.save(update_fields=["reason", "state", "decided_at", "decided_by"])
    _audit_erasure(row.resident, by, row.get_ground_display(), count, now)
    # the last step before the commit: a line too many has somebody erased again whom two keepers wanted erased
    try:
        erased_note(erased_list, uids, now=now)
    except OSError as failure:
        raise ValidationError(NO_LIST) from failure
    return row


def erased_again(*, erased_list: Path, now: datetime) -> int:
    """Erase whoever is on the list and stands in the database, as after a restore; return how many people.

    One transaction a person: stopped half-way, it goes on where it was. Raises ValidationError as `erasure_confirm`.
    """
    known: list[UUID] = erased_read(erased_list)
    people = Resident.objects.unscoped("by the list of the erased").filter(uid__in=known, erased_at=None)
    keys = list(people.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        with transaction.atomic():
            person = Resident.objects.unscoped("by the list of the erased").get(pk=key)
            _audit_erasure(person, None, AGAIN, _erase(person, now), now)
    return len(keys)


def _erase(resident: Resident, now: datetime) -> int:
    """End what runs for a person, then erase them; return how many rows and texts changed or went."""
    clocks = clocks_lock(care_record__resident=resident)
    person = _locked(resident)
    refuse_erased(resident_id=person.pk)
    today = local_day(now)
    records = person.care_records.unscoped("of a person in hand").filter(ended_on=None).order_by("pk")
    for record in records:
        care_record_close(
            care_record=record, ended_on=max(today, record.started_on), end_reason=EndReason.OTHER
        )
    clocks_reconcile(clocks=clocks, now=now)
    return rows_erase(resident=person, now=now)


def _locked(resident: Resident) -> Resident:
    return (
        Resident.objects.unscoped("of a person in hand").select_for_update(of=("self",)).get(pk=resident.pk)
    )


def _waiting(erasure: Erasure) -> Erasure:
    row = (
        Erasure.objects.unscoped("of a person in hand")
        .select_for_update(of=("self",))
        .select_related("resident")
        .get(pk=erasure.pk)
    )
    if row.state != ErasureState.PROPOSED:
        raise ValidationError(f"这份申请{row.get_state_display()}，不能再办理。")
    return row


def _refuse_unless_second(erasure: Erasure, by: User) -> None:
    if not may_confirm_erasure(by):
        raise ValidationError("删除个人信息由安全管理员确认。")
    if erasure.proposed_by_id == by.pk:
        raise ValidationError("申请和确认要由两个人办理，请另一位安全管理员确认。")


def _settle(erasure: Erasure, state: ErasureState, by: User, now: datetime) -> Erasure:
    erasure.state, erasure.decided_at, erasure.decided_by = state, now, by
    erasure.save(update_fields=["state", "decided_at", "decided_by"])
    _audit_step(erasure, Action.CHANGE, ["state"], by, now)
    return erasure


def _audit_step(erasure: Erasure, action: Action, fields: list[str], by: User, now: datetime) -> None:
    audit_event_record(
        now=now,
        user=by,
        action=action,
        object_type=Erasure._meta.label_lower,
        object_id=str(erasure.pk),
        community_id=erasure.community_id,
        fields=fields,
    )


def _audit_erasure(resident: Resident, by: User | None, reason: str, count: int, now: datetime) -> None:
    """Record whose information is gone: the key of a row without a name, and how many rows and texts."""
    audit_event_record(
        now=now,
        user=by,
        action="erase",
        object_type=Resident._meta.label_lower,
        object_id=str(resident.pk),
        community_id=resident.community_id,
        reason=reason,
        row_count=count,
    )
