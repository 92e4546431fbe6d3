"""Writes on gatherings: planning, signing up, calling the roll."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.bulk import rows_update
from baibuting.common.entries import Taking
from buildings.models import Place
from buildings.scope import Scope
from cadres.models import Cadre
from duties.models import DutyClock
from duties.services import clocks_reconcile
from gatherings.choices import Kind, State, Way
from gatherings.models import Attendance, Gathering
from gatherings.payloads import RollEntry
from gatherings.selectors import expected
from routines.choices import Matter
from routines.models import Routine
from volunteers.models import Volunteer
from volunteers.services import volunteer_of

DETAILS = ("kind", "title", "venue", "starts_at", "ends_at", "host", "team", "organisation", "is_open")
MOST_OTHERS = 5000


@transaction.atomic
def gathering_plan(*, place: Place, now: datetime, by: User | None, **details: Any) -> Gathering:
    """Plan a gathering of a place. Raises ValidationError for what cannot be: see `_save`."""
    if place.closed_on:
        raise ValidationError({"place": f"{place.name}已停用，请选择在用的范围。"})
    made = Gathering(place=place, community_id=place.community_id, created_by=by, created_at=now)
    return _save(made, details)


@transaction.atomic
def gathering_change(*, gathering: Gathering, **details: Any) -> Gathering:
    """Change a gathering until its roll is called."""
    return _save(_planned(gathering), details)


@transaction.atomic
def gathering_cancel(*, gathering: Gathering, reason: str) -> Gathering:
    """Cancel a gathering that was not held."""
    gathering = _planned(gathering)
    if not reason.strip():
        raise ValidationError({"reason": "请填写取消原因，如：下雨改期。"})
    gathering.state, gathering.cancelled_reason = State.CANCELLED, reason.strip()
    gathering.full_clean(exclude=["uid"])
    gathering.save(update_fields=["state", "cancelled_reason"])
    return gathering


def _save(gathering: Gathering, details: dict[str, Any]) -> Gathering:
    for field, value in details.items():
        if field not in DETAILS:
            raise ValueError(f"{field} is not changed here")
        setattr(gathering, field, value.strip() if field in ("title", "venue") else value)
    community_id = gathering.community_id
    if gathering.host is not None and gathering.host.community_id != community_id:
        raise ValidationError({"host": "主持人必须是本社区的骨干，请重新选择。"})
    if gathering.team is not None and gathering.team.place.community_id != community_id:
        raise ValidationError({"team": "请选择本社区的队伍。"})
    if gathering.organisation is not None and gathering.organisation.community_id != community_id:
        raise ValidationError({"organisation": "请选择本社区的党组织。"})
    gathering.full_clean()
    gathering.save()
    return gathering


def _planned(gathering: Gathering) -> Gathering:
    """Return the locked row. Raises ValidationError where it was held or cancelled."""
    locked = Gathering.objects.select_for_update(of=("self",)).get(pk=gathering.pk)
    if locked.state != State.PLANNED:
        raise ValidationError(f"{locked.title}{locked.get_state_display()}，不能再改。")
    return locked


@transaction.atomic
def people_sign_up(*, gathering: Gathering, volunteers: Sequence[Volunteer], now: datetime) -> int:
    """Sign people up; return how many were not yet. Raises ValidationError for people of another community."""
    gathering = _planned(gathering)
    _refuse_strangers(gathering, volunteers)
    there = set(gathering.attendances.values_list("volunteer", flat=True))
    new = {one.pk for one in volunteers} - there
    Attendance.objects.bulk_create(
        Attendance(gathering=gathering, volunteer_id=pk, signed_up_at=now) for pk in sorted(new)
    )
    return len(new)


@transaction.atomic
def person_sign_off(*, gathering: Gathering, volunteer: Volunteer) -> None:
    """Take a person's signing up back, before the roll is called."""
    Attendance.objects.filter(gathering=_planned(gathering), volunteer=volunteer).delete()


@transaction.atomic
def roll_take(
    *,
    gathering: Gathering,
    there: Sequence[Volunteer],
    others: int,
    now: datetime,
    by: User | None,
    spoke: Collection[int] = (),
    way: str = Way.ROLL,
) -> int:
    """Write who was there, in one go; again it is a correction, which writes what differs. Return how many rows did.

    `spoke` are the keys of those who went on stage. Duties that it settles, or no longer does, are judged in the same
    transaction: their clocks are locked first. A constant number of statements, however many people.
    """
    clocks = _clocks(gathering, {one.pk for one in there})
    gathering = Gathering.objects.select_for_update(of=("self",)).get(pk=gathering.pk)
    _refuse_roll(gathering, there, others, now)
    was = {row.volunteer_id: row for row in gathering.attendances.all()}
    came = {one.pk for one in there}
    new: list[Attendance] = []
    changed: list[Attendance] = []
    for pk in sorted(came | was.keys()):
        row = was.get(pk) or Attendance(gathering=gathering, volunteer_id=pk)
        told = (pk in came, pk in came and pk in spoke)
        if (row.was_there, row.spoke) == told:
            continue
        row.was_there, row.spoke = told
        row.way, row.recorded_at, row.recorded_by = way, now, by
        (changed if row.pk else new).append(row)
    Attendance.objects.bulk_create(new)
    rows_update(changed, ("was_there", "spoke", "way", "recorded_at", "recorded_by_id"))
    gathering.state, gathering.others, gathering.held_recorded_at = State.HELD, others, now
    gathering.save(update_fields=["state", "others", "held_recorded_at"])
    clocks_reconcile(clocks=clocks, now=now)
    return len(new) + len(changed)


def _refuse_roll(gathering: Gathering, there: Sequence[Volunteer], others: int, now: datetime) -> None:
    if gathering.state == State.CANCELLED:
        raise ValidationError(f"{gathering.title}已取消，不能点名。")
    if gathering.starts_at > now:
        raise ValidationError("活动还没有开始，请在开始以后点名。")
    if not 0 <= others <= MOST_OTHERS:
        raise ValidationError({"others": f"另有人数请填 0 到 {MOST_OTHERS}。"})
    if not there and not others:
        raise ValidationError("没有人到场，请取消活动并写明原因。")
    _refuse_strangers(gathering, there)


def _refuse_strangers(gathering: Gathering, volunteers: Iterable[Volunteer]) -> None:
    strangers = [one.name for one in volunteers if one.community_id != gathering.community_id]
    if strangers:
        raise ValidationError(f"{'、'.join(strangers)}不是本社区登记的人，请先在本社区登记。")


def _clocks(gathering: Gathering, there: Collection[int]) -> list[DutyClock]:
    """Lock and return the clocks of the routines that a roll can settle or unsettle."""
    routines = Routine.objects.filter(community=gathering.community_id)
    if gathering.kind == Kind.TRAINING:
        before = Attendance.objects.filter(gathering=gathering).values("volunteer")
        people = Volunteer.objects.filter(Q(pk__in=there) | Q(pk__in=before)).exclude(cadre=None)
        routines = routines.filter(
            matter=Matter.GROUP_TRAINING, appointment__cadre__in=people.values("cadre")
        )
    elif gathering.kind == Kind.STUDY:
        whose = Q(appointment__place=gathering.place_id)
        if gathering.host_id:
            whose |= Q(appointment__cadre=gathering.host_id)
        if gathering.organisation_id:
            whose |= Q(appointment__organisation=gathering.organisation_id)
        routines = routines.filter(whose, matter=Matter.MEMBER_STUDY)
    else:
        return []
    clocks = DutyClock.objects.filter(pk__in=routines.order_by().values("clock"))
    return list(clocks.order_by("pk").select_for_update())


@transaction.atomic
def volunteers_named(*, community: Place, names: Sequence[str], scope: Scope) -> list[Volunteer]:
    """Return the people of a community by their names; a cadre's row is made on first use.

    Raises ValidationError naming whoever is not registered in the scope, or shares the name with another.
    """
    people: dict[str, list[Volunteer | Cadre]] = {name: [] for name in names}
    volunteers = Volunteer.objects.within(scope).filter(community=community, name__in=names)
    for volunteer in volunteers.order_by("pk"):
        people[volunteer.name].append(volunteer)
    cadres = Cadre.objects.within(scope).filter(community=community, name__in=names, volunteer=None)
    for cadre in cadres.order_by("pk"):
        people[cadre.name].append(cadre)
    unknown = [name for name, found in people.items() if not found]
    if unknown:
        raise ValidationError(
            {"names": f"没有找到{'、'.join(unknown)}，请先登记为志愿者，或计入“另有人数”。"}
        )
    double = [name for name, found in people.items() if len(found) > 1]
    if double:
        raise ValidationError({"names": f"有几位同名的{'、'.join(double)}，请先让本人报名，再在名单上勾选。"})
    return [
        found[0] if isinstance(found[0], Volunteer) else volunteer_of(cadre=found[0])
        for found in people.values()
    ]


@transaction.atomic
def make_up_plan(
    *,
    community: Place,
    cadres: Sequence[Cadre],
    starts_at: datetime,
    hours: int,
    venue: str,
    now: datetime,
    by: User,
) -> Gathering:
    """安排补课: plan a training for those who are behind, and sign all of them up."""
    if not cadres:
        raise ValidationError("没有人落下轮训，不用安排补课。")
    if starts_at <= now:
        raise ValidationError({"starts_at": "补课的开始时间要晚于现在。"})
    gathering = gathering_plan(
        place=community,
        kind=Kind.TRAINING,
        title="党小组长轮训补课",
        venue=venue,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=hours),
        now=now,
        by=by,
    )
    people = [volunteer_of(cadre=one) for one in {one.pk: one for one in cadres}.values()]
    people_sign_up(gathering=gathering, volunteers=people, now=now)
    audit_event_record(
        now=now,
        user=by,
        action=Action.CREATE,
        object_type=Gathering._meta.label_lower,
        object_id=str(gathering.pk),
        community_id=community.pk,
        reason="安排补课",
        row_count=len(people),
    )
    return gathering


def roll_enter(*, read: RollEntry, taking: Taking) -> None:
    """Call the roll as a phone's entry says. Raises ValidationError where the sender hosts no such gathering.

    A roll that was called elsewhere after this one was typed stays; the office then decides.
    """
    gathering = (
        Gathering.objects.filter(pk=read.gathering_id, host=taking.cadre).select_related("place").first()
    )
    if gathering is None:
        raise ValidationError({"gathering": "这次活动不由您主持，由社区办核对后点名。"})
    taking.place, taking.made = gathering.place, gathering
    if gathering.held_recorded_at is not None and gathering.held_recorded_at > read.made_at:
        raise ValidationError({"gathering": "这次活动后来已经点过名，由社区办核对哪一份为准。"})
    there = list(expected(gathering).filter(pk__in=read.there))
    roll_take(gathering=gathering, there=there, others=read.others, now=taking.now, by=taking.sender)
