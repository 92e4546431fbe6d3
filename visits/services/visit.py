"""Recording visits, filling in what one leaves open, correcting and voiding them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from buildings.models import Place
from cadres.models import Cadre
from cadres.selectors import post_held_on
from duties.services import clocks_reconcile
from residents.models import Resident
from residents.services import refuse_erased
from visits.choices import Method, VisitOrigin
from visits.models import Visit
from visits.sameness import Telling, are_apart, day_of, telling, to_the_minute, visitor_key
from visits.services.care import clocks_lock
from visits.visitors import NAME_ONLY, is_visitor_name

CORRECTED = "更正"  # prefix of the void reason of a visit that another one corrects
TAKEN_BACK = "撤销导入"  # the void reason of a visit whose import was undone: imported again it is a new one
LONGEST_REASON = 100 - len(CORRECTED) - 1


class SameVisitError(ValidationError):
    """The visit is recorded already: the same person, day and visitor. `visit` is it."""

    def __init__(self, visit: Visit) -> None:
        super().__init__("当天已有同一走访人的走访记录，没有重复登记。", code="same_visit")
        self.visit = visit


@transaction.atomic
def visit_record(
    *,
    resident: Resident,
    visited_at: datetime,
    now: datetime,
    origin: VisitOrigin,
    method: Method = Method.HOME,
    seen: bool = True,
    visitor: Cadre | None = None,
    visitor_name: str = "",
    notes: str = "",
    request: str = "",
    has_time: bool = True,
    recorded_by: User | None = None,
    uid: UUID | None = None,
    once_a_day: bool = False,
) -> Visit:
    """Record one visit and settle, in the same transaction, every duty of the person that it satisfies.

    Raises ValidationError when it is in the future, without a visitor, the visitor's name is no name, or the person has
    been erased; with `once_a_day` SameVisitError where the visitor has a visit of that day already (see visits.sameness).
    """
    _refuse_moment_and_visitor(visited_at, now, visitor, visitor_name)
    clocks = clocks_lock(care_record__resident=resident)
    refuse_erased(resident_id=resident.pk)
    if once_a_day:
        same = _same_visits(
            resident, visited_at=visited_at, has_time=has_time, visitor=visitor, visitor_name=visitor_name
        )
        if same:
            raise SameVisitError(same[0])
    visit = _create(
        resident=resident,
        building=resident.household.building,
        visited_at=visited_at,
        has_time=has_time,
        received_at=now,
        method=method,
        seen=seen,
        visitor=visitor,
        visitor_name=visitor_name,
        notes=notes,
        request=request,
        origin=origin,
        recorded_by=recorded_by,
        uid=uid or uuid4(),
    )
    clocks_reconcile(clocks=clocks, now=now)
    return visit


@transaction.atomic
def visit_take(
    *, resident: Resident, visited_at: datetime, has_time: bool, now: datetime, visitor: Cadre, **told: Any
) -> Visit:
    """Record a visit from the visitor's own phone, unless the office has recorded it already.

    It has where a visit of that day by the same visitor is of another origin, with the same method and outcome, and no
    two given times are an hour apart. Then the phone's time and text are added to that visit, which is returned:
    nothing of the entry is lost and nothing is counted twice. An entry with another outcome or method is a visit of
    its own; so are two entries by phone, each of which was meant.
    """
    clocks_lock(care_record__resident=resident)
    refuse_erased(resident_id=resident.pk)
    sent = telling(
        visited_at=visited_at,
        has_time=has_time,
        method=told["method"],
        seen=told["seen"],
        visitor=visitor.name,
        notes=told["notes"],
        request=told["request"],
    )
    for known in _same_day(resident.pk, visited_at, visitor, visitor.name):
        if known.origin != VisitOrigin.PHONE and _is_booked(known, sent, visited_at):
            return visit_enrich(
                visit=known,
                now=now,
                visited_at=visited_at,
                has_time=has_time,
                visitor=visitor,
                notes=_joined(known.notes, told["notes"]),
                request=_joined(known.request, told["request"]),
            )
    return visit_record(
        resident=resident, visited_at=visited_at, has_time=has_time, now=now, visitor=visitor, **told
    )


def _is_booked(known: Visit, sent: Telling, visited_at: datetime) -> bool:
    told = known.telling
    is_later = visited_at > known.received_at  # it had not taken place when the other was entered
    return (told.method, told.seen) == (sent.method, sent.seen) and not are_apart(told, sent) and not is_later


def _joined(known: str, told: str) -> str:
    """Return both texts, the second only where it is not in the first."""
    return told if not known else known if not told or told in known else f"{known}；{told}"


@transaction.atomic
def visit_enrich(
    *,
    visit: Visit,
    now: datetime,
    visited_at: datetime,
    has_time: bool,
    visitor: Cadre | None = None,
    visitor_name: str = "",
    notes: str = "",
    request: str = "",
) -> Visit:
    """Fill in what a visit leaves open and reconcile duties; text that contains the stored text may replace it.

    Nothing stored is lost, so no former version is kept; a visitor known by name alone becomes the cadre of that name.
    Raises ValidationError for a voided visit and for a time after the one at which the visit was entered.
    """
    clocks = clocks_lock(care_record__resident=visit.resident_id)
    visit = (
        Visit.objects.unscoped("of a visit in hand")
        .select_for_update(of=("self",))
        .select_related("visitor", "building")
        .get(pk=visit.pk)
    )
    _refuse_voided(visit)
    post = post_held_on(visitor, visit.building, local_day(visited_at)) if visitor else ""
    more = Blanks(visited_at, has_time, visitor.pk if visitor else None, post, visitor_name, notes, request)
    before = fill_blanks(visit=visit, more=more)
    if visitor and visit.visitor_id is None and visitor_key(visitor.name) == visitor_key(visit.visitor_name):
        before |= {"visitor_id": None, "visitor_post": visit.visitor_post}
        visit.visitor_id, visit.visitor_post = visitor.pk, post
    for name, text in (("notes", notes), ("request", request)):
        if getattr(visit, name) != text and getattr(visit, name) in text:
            before.setdefault(name, getattr(visit, name))
            setattr(visit, name, text)
    if visit.visited_at > visit.received_at:
        raise ValidationError({"visited_at": "走访时间晚于这条记录的录入时间，请核对。"})
    if before:
        visit.save(update_fields=list(before))
        clocks_reconcile(clocks=clocks, now=now)
    return visit


@dataclass(frozen=True, slots=True)
class Blanks:
    """Values that may fill what a visit leaves open."""

    visited_at: datetime
    has_time: bool
    visitor_id: int | None
    visitor_post: str
    visitor_name: str
    notes: str
    request: str


def fill_blanks(*, visit: Visit, more: Blanks) -> dict[str, Any]:
    """Set on the row what it leaves open. Return the former values, by attribute name. Saves nothing."""
    told, before = visit.telling, dict[str, Any]()

    def fill(**columns: Any) -> None:
        for name, value in columns.items():
            before[name] = getattr(visit, name)
            setattr(visit, name, value)

    if told.at is None and more.has_time:
        fill(visited_at=more.visited_at, has_time=True)
    if not told.visitor and (more.visitor_id or more.visitor_name):
        fill(visitor_id=more.visitor_id, visitor_post=more.visitor_post, visitor_name=more.visitor_name)
    if not told.notes and more.notes:
        fill(notes=more.notes)
    if not told.request and more.request:
        fill(request=more.request)
    return before


class VisitChanges(TypedDict, total=False):
    """The values a correction may change; others stay."""

    resident: Resident
    visited_at: datetime
    has_time: bool
    method: str
    seen: bool
    visitor: Cadre | None
    visitor_name: str
    notes: str
    request: str


@transaction.atomic
def visit_correct(
    *, visit: Visit, reason: str, now: datetime, user: User | None, **changes: Unpack[VisitChanges]
) -> Visit:
    """作废并重记: void a mistaken visit and record it anew, linked to it; duties are reconciled once.

    Raises ValidationError for a voided visit, without a reason or a change, and where the new one is refused.
    """
    people = {visit.resident_id, changes["resident"].pk if "resident" in changes else visit.resident_id}
    clocks = clocks_lock(care_record__resident__in=people)
    old = (
        Visit.objects.unscoped("of a visit in hand")
        .select_for_update(of=("self",))
        .select_related("building", "resident", "visitor")
        .get(pk=visit.pk)
    )
    _refuse_voided(old)
    if not reason.strip():
        raise ValidationError({"reason": "请写明更正的原因，如：日期记错了。"})
    said = _as_corrected(old, changes)
    _refuse_moment_and_visitor(said["visited_at"], now, said["visitor"], said["visitor_name"])
    _refuse_same(old, said)
    old.voided_at, old.void_reason = now, f"{CORRECTED}：{reason.strip()}"
    old.save(update_fields=["voided_at", "void_reason"])
    new = _create(**said, received_at=now, origin=VisitOrigin.OFFICE, recorded_by=user, corrects=old)
    clocks_reconcile(clocks=clocks, now=now)
    return new


def _as_corrected(old: Visit, changes: VisitChanges) -> dict[str, Any]:
    """Return the visit as it should have been recorded. Raises ValidationError where nothing would change."""
    names = VisitChanges.__annotations__
    before = {name: getattr(old, name) for name in names}
    said = {**before, **changes}
    if to_the_minute(said["visited_at"]) == to_the_minute(old.visited_at):
        said["visited_at"] = old.visited_at  # a form shows no seconds
    if said == before:
        raise ValidationError("没有改动任何一项，请改正后再保存；只想取消这条走访的，请用“作废”。")
    is_moved = said["resident"] != old.resident
    said["building"] = said["resident"].household.building if is_moved else old.building
    return said


def _refuse_same(old: Visit, said: dict[str, Any]) -> None:
    """Raise SameVisitError where the correction would make it the same as another visit, which it was not before."""
    names = ("visited_at", "has_time", "visitor", "visitor_name")
    known = _same_visits(old.resident, **{name: getattr(old, name) for name in names})
    found = [
        one
        for one in _same_visits(said["resident"], **{name: said[name] for name in names})
        if one not in known
    ]
    if found:
        raise SameVisitError(found[0])


@transaction.atomic
def visit_void(*, visit: Visit, reason: str, now: datetime) -> Visit:
    """Void a mistaken visit; it stays readable and no longer counts.

    Raises ValidationError without a reason or when it was voided before.
    """
    clocks = clocks_lock(care_record__resident=visit.resident_id)
    visit = Visit.objects.unscoped("of a visit in hand").select_for_update(of=("self",)).get(pk=visit.pk)
    if not reason.strip():
        raise ValidationError({"void_reason": "请写明作废原因，如：重复录入。"})
    _refuse_voided(visit)
    visit.voided_at, visit.void_reason = now, reason.strip()
    visit.save(update_fields=["voided_at", "void_reason"])
    clocks_reconcile(clocks=clocks, now=now)
    return visit


def _refuse_voided(visit: Visit) -> None:
    if visit.voided_at:
        raise ValidationError("这条走访记录已经作废。")
    refuse_erased(resident_id=visit.resident_id)


def _refuse_moment_and_visitor(
    visited_at: datetime, now: datetime, visitor: Cadre | None, visitor_name: str
) -> None:
    if visited_at > now:
        raise ValidationError({"visited_at": "走访时间不能晚于现在，请改成实际走访的时间。"})
    if visitor is None and not visitor_name:
        raise ValidationError({"visitor": "请选择走访人；不在名册上的，请写下姓名。"})
    if not is_visitor_name(visitor_name):
        raise ValidationError({"visitor_name": NAME_ONLY})


def _same_visits(
    resident: Resident, *, visited_at: datetime, has_time: bool, visitor: Cadre | None, visitor_name: str
) -> list[Visit]:
    """Return visits in force of that day and visitor, except those whose given time is an hour or more away."""
    who = visitor.name if visitor else visitor_name
    told = telling(
        visited_at=visited_at, has_time=has_time, method="", seen=True, visitor=who, notes="", request=""
    )
    same_day = _same_day(resident.pk, visited_at, visitor, who)
    return [one for one in same_day if not are_apart(one.telling, told)]


def _same_day(resident_id: int, visited_at: datetime, visitor: Cadre | None, who: str) -> Sequence[Visit]:
    """Return the visits in force to the resident on that day by that visitor, the earliest first."""
    begins, ends = day_of(visited_at)
    rows = (
        Visit.objects.unscoped("of a visit in hand")
        .filter(resident=resident_id, voided_at=None, visited_at__gte=begins, visited_at__lt=ends)
        .select_related("visitor")
    )
    key = visitor_key(who)
    return [
        row
        for row in rows.order_by("visited_at", "pk")
        if (visitor is not None and row.visitor_id == visitor.pk)
        or visitor_key(row.visitor_shown) == key != ""
    ]


def _create(
    *, resident: Resident, building: Place, visited_at: datetime, visitor: Cadre | None, **columns: Any
) -> Visit:
    post = post_held_on(visitor, building, local_day(visited_at)) if visitor else ""
    return Visit.objects.create(
        community_id=resident.community_id,
        building=building,
        resident=resident,
        visited_at=visited_at,
        visitor=visitor,
        visitor_post=post,
        **columns,
    )
