"""Verifying the chain by night, and raising an alarm where something is wrong with the trail itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import transaction

from audit.choices import AlarmKind
from audit.models import AuditAlarm, AuditCheck
from audit.verifying import Problem, audit_problems
from baibuting.common.days import local_day

logger = logging.getLogger(__name__)

BEGINS = timedelta(hours=3)  # after midnight, when nobody works with the portal
LONGEST = timedelta(hours=2)
"""How long a verification may take until it is ended; one that is not finished then is an alarm."""


def audit_check(*, now: datetime, checkpoints: Path, read_clock: Callable[[], datetime]) -> AuditCheck | None:
    """Verify the chain where this has not begun since three in the night; return the verification, None where it has.

    One that is killed is not begun anew the same night: it would keep a worker busy for ever. It is an alarm instead.
    """
    night = local_day(now - BEGINS)
    check, is_new = AuditCheck.objects.get_or_create(night=night, defaults={"started_at": now})
    if not is_new:
        if check.finished_at is None and now - check.started_at > LONGEST:
            alarm_raise(kind=AlarmKind.UNFINISHED, now=now)
        return None
    problems = audit_problems(checkpoints)
    problems_record(problems=problems, now=read_clock(), night=night)
    check.refresh_from_db()
    return check


@transaction.atomic
def problems_record(*, problems: Sequence[Problem], now: datetime, night: date | None = None) -> None:
    """Record what a verification found, and raise or end the alarm; by hand it stands for the day's own."""
    AuditCheck.objects.update_or_create(
        night=night or local_day(now - BEGINS),
        defaults={"finished_at": now, "problems": len(problems)},
        create_defaults={"started_at": now, "finished_at": now, "problems": len(problems)},
    )
    alarm_end(kind=AlarmKind.UNFINISHED, now=now)
    if problems:
        logger.error("audit: the chain does not verify, %s problems; verify_audit names them", len(problems))
        alarm_raise(kind=AlarmKind.BROKEN, now=now, count=len(problems))
    else:
        alarm_end(kind=AlarmKind.BROKEN, now=now)


def alarm_raise(*, kind: AlarmKind, now: datetime, count: int = 0) -> AuditAlarm:
    """Raise an alarm, or bring the one that stands up to date. A new one owes the auditors a mail."""
    alarm, _ = AuditAlarm.objects.update_or_create(
        kind=kind,
        ended_at=None,
        defaults={"count": count},
        create_defaults={"count": count, "began_at": now, "next_attempt_at": now},
    )
    return alarm


def alarm_end(*, kind: AlarmKind, now: datetime) -> None:
    """End the alarm of a kind, if there is one; a mail not sent by then is not sent any more."""
    AuditAlarm.objects.filter(kind=kind, ended_at=None).update(ended_at=now, next_attempt_at=None)
