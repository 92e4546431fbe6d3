"""What those on a duty's ladder do about it. Each action is a row that stays; only waivers touch the clock.

Every service locks the duty's clock first, as does all that changes a fact behind it (docs/adr/0001, 0055).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from accounts.models import User
from accounts.rules import may_write
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from buildings.scope import Scope
from cadres.choices import Post
from cadres.ladder import Ladder
from cadres.models import Appointment, Cadre
from cadres.selectors import neighbours
from cadres.services import cover_start
from duties.choices import DutyActionKind
from duties.models import Duty, DutyAction, DutyClock
from duties.permissions import DutyPermissions, accountable_appointment, duty_permissions
from duties.services import clocks_reconcile, notices_see

LONGEST_WORDS = 500


@transaction.atomic
def duty_take_over(
    *, duty: Duty, by: User, cadre: Cadre | None, now: datetime, words: str = ""
) -> DutyAction:
    """Record that the cadre takes the duty over. The clock runs on; what had reached them counts as dealt with.

    Raises ValidationError when the duty is settled, has not reached their rung, is their own, or taken over already.
    """
    case, _ = _locked(DutyActionKind.TAKE_OVER, duty, by, cadre, now)
    return _write(case, DutyActionKind.TAKE_OVER, by, now, _checked(words))


@transaction.atomic
def duty_note(*, duty: Duty, by: User, cadre: Cadre | None, words: str, now: datetime) -> DutyAction:
    """Record a note by the ladder or the office. Raises ValidationError without words or for a settled duty."""
    case, _ = _locked(DutyActionKind.NOTE, duty, by, cadre, now)
    return _write(
        case, DutyActionKind.NOTE, by, now, _checked(words, "请写下意见，如：已与楼栋长商定周五上门。")
    )


@transaction.atomic
def duty_stand_in_assign(
    *,
    duty: Duty,
    by: User,
    cadre: Cadre | None,
    stand_in: Cadre,
    from_on: date,
    until_on: date,
    now: datetime,
    words: str = "",
) -> DutyAction:
    """Record a stand-in of the same 片区 for the holder of the accountable post, from today at the earliest.

    Raises ValidationError where the post is vacant, for a cadre who serves elsewhere, and as `cover_start` does.
    """
    case, _ = _locked(DutyActionKind.STAND_IN, duty, by, cadre, now)
    today, words = local_day(now), _checked(words)
    duty = case.duty
    appointment = accountable_appointment(duty, today)
    if appointment is None:
        raise ValidationError(case.refusal(DutyActionKind.STAND_IN))
    if not neighbours(appointment, today).filter(cadre=stand_in).exists():
        raise ValidationError({"stand_in": "代管人应是同一片区在任的骨干，请重新选择。"})
    from_on = max(from_on, today)
    cover = cover_start(
        appointment=appointment,
        stand_in=stand_in,
        from_on=from_on,
        until_on=until_on,
        reason=f"{Post(case.post).label}指派",
    )
    audit_event_record(
        now=now,
        user=by,
        action=Action.CHANGE,
        object_type=Appointment._meta.label_lower,
        object_id=str(appointment.pk),
        community_id=duty.community_id,
        fields=["covers"],
    )
    return _write(
        case,
        DutyActionKind.STAND_IN,
        by,
        now,
        words,
        stand_in=stand_in,
        from_on=from_on,
        until_on=until_on,
        cover=cover,
    )


@transaction.atomic
def duty_waive(*, duty: Duty, by: User, cadre: Cadre | None, reason: str, now: datetime) -> DutyAction:
    """Waive further steps of the ladder for this round; an overdue duty stays overdue until a visit settles it.

    Raises ValidationError without a reason, for the cadre's own duty, or when it is waived already.
    """
    case, clock = _locked(DutyActionKind.WAIVE, duty, by, cadre, now)
    words = _checked(reason, "请写明放行原因，如：老人随子女外出，下月初回来再访。")
    at = _after_all(case, now)
    row = _write(case, DutyActionKind.WAIVE, by, at, words)
    clocks_reconcile(clocks=[clock], now=at)
    return row


@transaction.atomic
def duty_waiver_revoke(
    *, duty: Duty, by: User, cadre: Cadre | None, now: datetime, words: str = ""
) -> DutyAction:
    """Revoke the waiver: the ladder goes on, and what would have been raised meanwhile falls due now.

    Raises ValidationError where no waiver is in force, or it was granted on a higher rung.
    """
    case, clock = _locked(DutyActionKind.REVOKE_WAIVER, duty, by, cadre, now)
    words, at = _checked(words), _after_all(case, now)
    row = _write(case, DutyActionKind.REVOKE_WAIVER, by, at, words, revokes=case.waiver)
    clocks_reconcile(clocks=[clock], now=at)
    return row


def _locked(
    kind: DutyActionKind, duty: Duty, by: User, cadre: Cadre | None, now: datetime
) -> tuple[DutyPermissions, DutyClock]:
    """Lock the duty's clock; return permissions and clock. Raises ValidationError where `kind` is refused."""
    clock = DutyClock.objects.select_for_update(of=("self",)).get(pk=duty.clock_id)
    duty = Duty.objects.select_related("place").get(pk=duty.pk)
    office = Scope.EVERYWHERE if may_write(by, Duty._meta.label_lower) else Scope.NOTHING
    case = duty_permissions(
        [duty],
        ladder=Ladder.load([duty.accountable]),
        cadre_id=cadre.pk if cadre else None,
        office=office,
        today=local_day(now),
    )[duty.pk]
    refusal = case.refusal(kind)
    if refusal:
        raise ValidationError(refusal)
    # off the ladder, the office acts without a post
    return (case if case.rung is not None else replace(case, cadre_id=None)), clock


def _checked(words: str, required: str = "") -> str:
    words = words.strip()
    if required and not words:
        raise ValidationError({"words": required})
    if len(words) > LONGEST_WORDS:
        raise ValidationError({"words": f"最多写 {LONGEST_WORDS} 个字，现在有 {len(words)} 个字，请删减。"})
    return words


def _after_all(case: DutyPermissions, now: datetime) -> datetime:
    """Return `now`, but never before what a sweep or another action recorded while this waited for the lock.

    What was notified then stays, and is not taken for a mistake.
    """
    told = case.duty.events.aggregate(last=Max("recorded_at"))["last"]
    return max([now, *(row.at for row in case.duty_actions), *([told] if told else [])])


def _write(
    case: DutyPermissions, kind: DutyActionKind, by: User, at: datetime, words: str, **details: Any
) -> DutyAction:
    duty = case.duty
    if case.cadre_id is not None:
        notices_see(duty=duty, cadre_id=case.cadre_id, now=at)
    return DutyAction.objects.create(
        duty=duty,
        community_id=duty.community_id,
        place=duty.place,
        kind=kind,
        by_user=by,
        by_cadre_id=case.cadre_id,
        rung=case.rung,
        post=case.post,
        words=words,
        at=at,
        **details,
    )
