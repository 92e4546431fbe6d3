"""What may be done about a duty: by the rung held today, and by who was notified.

One table of refusals, used by the services that act and by the pages that offer the actions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from buildings.scope import Scope
from cadres.choices import Post
from cadres.ladder import TOP_RUNG, Ladder
from cadres.models import Appointment
from duties.choices import RUNNING, DutyActionKind, Rung
from duties.events import notices_in_force
from duties.models import Duty, DutyAction, DutyEvent


@dataclass(frozen=True, slots=True)
class DutyPermissions:
    """What one cadre, or the office, may do about a duty.

    `rung` is the highest rung of its ladder that the cadre holds or stands in for, None for none; `is_accountable`
    whether they hold the accountable post themselves. `lowest_told` is the lowest step notified and not withdrawn,
    `noticed_at` when the newest notice reached them. `holder` holds the accountable post today, "" where vacant.
    """

    duty: Duty
    cadre_id: int | None
    rung: int | None
    post: str
    is_accountable: bool
    holder: str
    is_office: bool
    lowest_told: int | None = None
    noticed_at: datetime | None = None
    duty_actions: list[DutyAction] = field(default_factory=list)

    @property
    def waiver(self) -> DutyAction | None:
        """Return the waiver that is in force; None where there is none."""
        taken_back = {row.revokes_id for row in self.duty_actions}
        waivers = [row for row in self.duty_actions if row.kind == DutyActionKind.WAIVE]
        return next((row for row in waivers if row.pk not in taken_back), None)

    def refusal(self, kind: DutyActionKind) -> str:
        """Return why this may not be done, as a sentence for the user; "" where it may."""
        if self.duty.outcome not in RUNNING:
            return "这件事已经办完或取消，不用再处理。"
        if kind == DutyActionKind.NOTE:
            on_it = self.is_office or self.rung is not None
            return "" if on_it else "只有这件事的各级责任人和社区办可以添加意见。"
        if self.rung is None:
            return f"您不是这件事的责任人，不能{kind.label}；请由楼栋、片区、苑区或社区的责任人处理。"
        if kind != DutyActionKind.REVOKE_WAIVER and not self.has_reached_him:
            return "这件事还没有报到您这一级，暂时不用处理。"
        return _REFUSALS[kind](self)

    def may(self, kind: DutyActionKind) -> bool:
        """Return whether this may be done."""
        return not self.refusal(kind)

    @property
    def lacks_a_holder(self) -> bool:
        """Return whether the cadre could assign a stand-in if the post were not vacant."""
        is_above = self.has_reached_him and not self.is_accountable
        return is_above and not self.holder and self.duty.outcome in RUNNING

    @property
    def allowed_actions(self) -> list[DutyActionKind]:
        """Return what is offered: all that may be done, and a stand-in where the page asks to fill the post first."""
        return [
            kind
            for kind in DutyActionKind
            if self.may(kind) or (kind == DutyActionKind.STAND_IN and self.lacks_a_holder)
        ]

    @property
    def has_reached_him(self) -> bool:
        """Return whether the cadre's rung, or one below it, was notified."""
        return self.rung is not None and self.lowest_told is not None and self.lowest_told <= self.rung


def _take_over(case: DutyPermissions) -> str:
    if case.is_accountable:
        return "这件事本来就由您办理，不用接办。"
    if case.waiver is not None:
        return "这一轮已经放行，不用再接办；要继续督办，请先收回放行。"
    own = [row.at for row in case.duty_actions if _is_own(row, case) and row.kind == DutyActionKind.TAKE_OVER]
    if own and (case.noticed_at is None or max(own) >= case.noticed_at):
        return "您已经接办这件事，不用再接办。"
    return ""


def _stand_in(case: DutyPermissions) -> str:
    post = case.duty.get_accountable_post_display()
    if case.is_accountable:
        return "这是您自己的岗位，请在手机“我的”里办理请假。"
    if not case.holder:
        return f"{case.duty.place.name}的{post}空缺，没有可以代管的任职；请先任命{post}。"
    return ""


def _waive(case: DutyPermissions) -> str:
    if case.is_accountable:
        return "自己负责的事不能自己放行，请由上一级决定。"
    if case.waiver is not None:
        return "这一轮已经放行，不用再放行。"
    return ""


def _revoke_waiver(case: DutyPermissions) -> str:
    waiver = case.waiver
    if waiver is None:
        return "这一轮没有放行，不用收回。"
    if (case.rung or 0) < (waiver.rung or 0):
        return f"这是{Rung(waiver.rung or 0).label}一级放行的，请由同级或上一级收回。"
    return ""


_REFUSALS: dict[DutyActionKind, Callable[[DutyPermissions], str]] = {
    DutyActionKind.TAKE_OVER: _take_over,
    DutyActionKind.STAND_IN: _stand_in,
    DutyActionKind.WAIVE: _waive,
    DutyActionKind.REVOKE_WAIVER: _revoke_waiver,
}


def _is_own(row: DutyAction, case: DutyPermissions) -> bool:
    return case.cadre_id is not None and row.by_cadre_id == case.cadre_id


def accountable_appointment(duty: Duty, today: date) -> Appointment | None:
    """Return the appointment accountable for a duty today, the holder's or a stand-in's; None for a vacant post."""
    holder = Ladder.load([duty.accountable]).answering(duty.accountable, 0, today)
    if holder is None:
        return None
    return Appointment.objects.select_related("place__parent", "cadre").get(pk=holder.appointment_id)


def duty_permissions(
    duties: Sequence[Duty], *, ladder: Ladder, cadre_id: int | None, office: Scope, today: date
) -> dict[int, DutyPermissions]:
    """Return what one user may do about each duty, by its id; `ladder` is loaded with the duties. Two queries.

    `office` is where the user may write as the office does, nowhere for others. Duties need `place` loaded.
    """
    ids = [duty.pk for duty in duties]
    duty_actions: dict[int, list[DutyAction]] = defaultdict(list)
    for row in DutyAction.objects.filter(duty__in=ids).select_related("by_cadre", "stand_in"):
        duty_actions[row.duty_id].append(row)
    events: dict[int, list[DutyEvent]] = defaultdict(list)
    for event in DutyEvent.objects.filter(duty__in=ids).exclude(rung=None):
        events[event.duty_id].append(event)
    return {
        duty.pk: _permissions(duty, ladder, cadre_id, office, today, events[duty.pk], duty_actions[duty.pk])
        for duty in duties
    }


def _permissions(
    duty: Duty,
    ladder: Ladder,
    cadre_id: int | None,
    office: Scope,
    today: date,
    events: Sequence[DutyEvent],
    duty_actions: list[DutyAction],
) -> DutyPermissions:
    holders = {rung: ladder.answering(duty.accountable, rung, today) for rung in range(TOP_RUNG + 1)}
    held = [
        rung for rung, one in holders.items() if cadre_id is not None and one and one.cadre_id == cadre_id
    ]
    in_force = notices_in_force(events)
    own = [event.recorded_at for event in in_force if event.told_cadre_id == cadre_id]
    top = holders[held[-1]] if held else None
    visitor = holders[0]
    return DutyPermissions(
        duty=duty,
        cadre_id=cadre_id,
        rung=held[-1] if held else None,
        post=str(Post(top.post)) if top else "",
        is_accountable=0 in held,
        holder=visitor.cadre_name if visitor else "",
        is_office=office.covers(duty.place.path),
        lowest_told=min((event.rung or 0 for event in in_force), default=None),
        noticed_at=max(own, default=None) if cadre_id is not None else None,
        duty_actions=duty_actions,
    )
