"""What a notice says to its reader: what happened, and what they can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import QuerySet

from baibuting.common.day_labels import day_label
from baibuting.common.days import local_day
from buildings.scope import Scope
from duties.choices import RUNNING, DutyActionKind, EventKind, Rung
from duties.kinds import kind_of, related_rows
from duties.models import DutyEvent
from duties.permissions import DutyPermissions, duty_permissions
from duties.selectors import Disclosure, escalations_shown, notices_dealt_with, notices_shown, notices_waiting
from duties.story import (
    left_label,
    name_the_told,
    rung_post_label,
    status_label,
    taken_over_label,
    told_label,
)
from duties.wording import is_recorded_late, late_label


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as a page shows it, with the further ones about the same person."""

    event: DutyEvent
    title: str
    topic: str  # the title without the person: what distinguishes notices about one person
    status: str
    is_overdue: bool
    advice: str
    is_seen: bool
    when: str  # when the viewer was notified; "" where `advice` says when others were
    handled: str  # who has it in hand, or what the viewer has done
    allowed_actions: list[DutyActionKind]
    others: list[NoticeRow] = field(default_factory=list)


def notices_listed(scope: Scope, *, dealt_with: bool = False) -> QuerySet[DutyEvent]:
    """Return the viewer's notices, waiting or dealt with, with all that `notice_rows` reads."""
    rows = notices_dealt_with(scope) if dealt_with else notices_waiting(scope)
    return notices_shown(rows).select_related(*related_rows("duty__"))


def escalations_listed(scope: Scope) -> QuerySet[DutyEvent]:
    """Return the escalations in a scope, newest first, with all that `notice_rows` reads."""
    return escalations_shown(scope).select_related(*related_rows("duty__"))


def notice_rows(
    events: Sequence[DutyEvent],
    seen_by: Disclosure,
    now: datetime,
    *,
    to_me: bool,
    office: Scope = Scope.NOTHING,
) -> list[NoticeRow]:
    """Return the rows of a list by person. `to_me`: they address the cadre notified; else they say who was notified.

    A person stands where the newest notice about them does, with the most pressing duty in front; of several notices
    about one duty the newest is shown.
    `office` is where the viewer may write as the office does. Two queries; three more where they say who was notified.
    """
    if not to_me:
        name_the_told(events)
    found = duty_permissions(
        [event.duty for event in events],
        ladder=seen_by.ladder,
        cadre_id=seen_by.cadre_id,
        office=office,
        today=seen_by.today,
    )
    people: dict[tuple[int, int], dict[int, NoticeRow]] = {}
    for event in events:
        resident = kind_of(event.duty).resident(event.duty)
        own = people.setdefault((resident.pk if resident else -event.duty_id, event.duty.place_id), {})
        if event.duty_id not in own:
            own[event.duty_id] = _row(event, found[event.duty_id], seen_by, now, to_me=to_me)
        elif not getattr(event, "is_seen", True):
            own[event.duty_id] = replace(own[event.duty_id], is_seen=False)
    return [_person_row(list(own.values())) for own in people.values()]


def _person_row(rows: list[NoticeRow]) -> NoticeRow:
    first, *others = sorted(rows, key=lambda row: (row.event.duty.due_at, row.event.duty_id))
    return replace(first, others=others, is_seen=all(row.is_seen for row in rows))


def _row(
    event: DutyEvent, case: DutyPermissions, seen_by: Disclosure, now: datetime, *, to_me: bool
) -> NoticeRow:
    duty = event.duty
    advice = _advice(event, now) if to_me else _who(event, now)
    kind = kind_of(duty)
    topic = kind.category(duty, seen_by)
    what = [kind.address(duty), kind.person(duty, seen_by), topic]
    return NoticeRow(
        event=event,
        title=" ".join(part for part in what if part),
        topic=topic,
        status=status_label(duty, now),
        is_overdue=duty.outcome == "overdue",
        advice=advice,
        is_seen=getattr(event, "is_seen", True),
        when=_when(event, now) if to_me else "",
        handled=_handled(case, now),
        allowed_actions=case.allowed_actions,
    )


def _handled(case: DutyPermissions, now: datetime) -> str:
    """Return the viewer's last action: "您 3月6日已接办"; else who has the duty in hand, or has waived it."""
    own = [row for row in case.duty_actions if case.cadre_id is not None and row.by_cadre_id == case.cadre_id]
    acted = [row for row in own if row.kind in _DONE]
    if acted:
        day = local_day(acted[-1].at)
        return f"您 {day_label(day, now)}{_DONE[DutyActionKind(acted[-1].kind)]}"
    wave = case.waiver
    if wave is not None:
        return f"{rung_post_label(wave.rung or 0, wave.post)}已放行"
    return taken_over_label(case.duty_actions)


_DONE = {
    DutyActionKind.TAKE_OVER: "已接办",
    DutyActionKind.STAND_IN: "已指派代管",
    DutyActionKind.WAIVE: "已放行",
    DutyActionKind.REVOKE_WAIVER: "收回了放行",
}


def _advice(event: DutyEvent, now: datetime) -> str:
    """Return what to do, by the reader's post: the visitor goes, a secretary asks; "" for what is settled."""
    duty = event.duty
    kind = kind_of(duty)
    if event.kind == EventKind.LEFT:
        return f"{left_label(event, now)}，{kind.verb}已终止，不用再去"
    if duty.outcome not in RUNNING:
        return ""
    advice = kind.advice(event, goes=event.told_post == duty.accountable_post)
    if event.passed_over:
        advice += f"；{_vacant_label(event)}，直接报到您这里"
    return advice


def _vacant_label(event: DutyEvent) -> str:
    return "、".join(Rung(rung).label for rung in event.passed_over) + "一级岗位空缺"


def _who(event: DutyEvent, now: datetime) -> str:
    if event.told_cadre is None:
        return "各级岗位空缺，无人可报，请尽快补任"
    if is_recorded_late(event.fell_due_at, event.recorded_at):
        return f"应知会{told_label(event)}（{late_label(event.fell_due_at, event.recorded_at, now)}）"
    return f"{day_label(local_day(event.fell_due_at), now)}已知会{told_label(event)}"


def _when(event: DutyEvent, now: datetime) -> str:
    """Return when the viewer was notified: "11月29日知会"; of a notice written late both times."""
    if is_recorded_late(event.fell_due_at, event.recorded_at):
        return f"应知会 {late_label(event.fell_due_at, event.recorded_at, now)}"
    return f"{day_label(local_day(event.fell_due_at), now)}知会"
