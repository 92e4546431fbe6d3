"""The demo's plans as rows: residents, records with their clocks, visits. Facts in bulk, states by the product."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from accounts.models import User
from baibuting.common.days import midnight
from baibuting.common.names import pinyin_initials
from baibuting.common.persons import phone_digest
from buildings.models import Place
from cadres.choices import BUILDING_POSTS
from cadres.ladder import Holder, Ladder
from demo.habits import VisitDay
from demo.population import RecordPlan, ResidentPlan
from duties.models import DutyClock
from duties.rounds import Terms
from residents.models import CareCategory, CareRecord, Household, Resident
from residents.rules import id_number_digest
from visits.choices import Method, Source, VisitOrigin
from visits.models import Visit

_SEEN = (
    "身体尚好，情绪稳定", "血压偏高，已提醒按时服药", "聊了半小时，精神不错", "帮忙换了灯泡", "家里整洁，冰箱里有菜",
    "送去米和油", "腿脚不便，已约社区医院上门", "陪同量了血压，正常", "子女周末会来，放心", "正在办理低保年审，材料已交",
)  # fmt: skip
_UNSEEN = ("敲门无人应，邻居说去女儿家了", "不在家，门上留了便条", "去菜场了，改天再来")
_REQUESTS = (
    "希望申请临时救助",
    "厨房水管漏水，想请物业看看",
    "想找一份保洁的活",
    "盼着装一个扶手",
    "想办老年证",
)


@dataclass(slots=True)
class Entered:
    """One care record with its clock: when the office entered it, and the visits that arrived late."""

    plan: RecordPlan
    resident: Resident
    building: Place
    record: CareRecord
    clock: DutyClock
    known_at: datetime
    late_visits: list[tuple[datetime, Visit]] = field(default_factory=list)


@dataclass(slots=True)
class Desk:
    """What every entry needs: when the system was opened, who is accountable where, the clerk."""

    opened_at: datetime
    now: datetime
    ladder: Ladder
    clerk: User
    terms: dict[str, Terms]
    random: Random
    accounts: dict[int, User] = field(default_factory=dict)  # by cadre


def enter_people(plans: list[ResidentPlan], community: Place, desk: Desk) -> list[Entered]:
    """Store residents and records. Those begun before the system was opened came with the first roster."""
    places = {(plan.building.pk, plan.entrance, plan.room) for plan in plans}
    households = {
        (made.building_id, made.entrance, made.room): made
        for made in Household.objects.bulk_create(
            Household(building_id=building, entrance=entrance, room=room)
            for building, entrance, room in sorted(places)
        )
    }
    known = [[_known_at(record, desk) for record in plan.records] for plan in plans]
    residents = Resident.objects.bulk_create(
        _resident(plan, community, households[plan.building.pk, plan.entrance, plan.room], min(moments))
        for plan, moments in zip(plans, known, strict=True)
    )
    categories = {category.code: category for category in CareCategory.objects.all()}
    rows = [
        (plan, record, resident, known_at)
        for plan, resident, moments in zip(plans, residents, known, strict=True)
        for record, known_at in zip(plan.records, moments, strict=True)
    ]
    rows.sort(key=lambda row: row[3])
    records = CareRecord.objects.bulk_create(
        CareRecord(
            community=community,
            building=plan.building,
            resident=resident,
            category=categories[record.code],
            started_on=record.started_on,
            ended_on=record.ended_on,
            end_reason=record.end_reason,
            created_at=known_at,
        )
        for plan, record, resident, known_at in rows
    )
    clocks = DutyClock.objects.bulk_create(
        DutyClock(
            source=Source.CARE, community=community, care_record=record, next_check_at=record.created_at
        )
        for record in records
    )
    return [
        Entered(record, resident, plan.building, stored, clock, known_at)
        for (plan, record, resident, known_at), stored, clock in zip(rows, records, clocks, strict=True)
    ]


def _known_at(record: RecordPlan, desk: Desk) -> datetime:
    typed_at = midnight(record.started_on) + timedelta(minutes=desk.random.randint(9 * 60, 16 * 60))
    return max(desk.opened_at, typed_at)


def _resident(plan: ResidentPlan, community: Place, household: Household, known_at: datetime) -> Resident:
    person = plan.person
    return Resident(
        community=community,
        household=household,
        name=person.name,
        name_initials=pinyin_initials(person.name),
        gender=person.gender,
        born_on=person.born_on,
        id_number=person.id_number,
        id_number_digest=id_number_digest(person.id_number),
        phone=person.phone,
        phone_digest=phone_digest(person.phone, of="resident"),
        created_at=known_at,
    )


def enter_visits(entered: list[Entered], desk: Desk) -> list[Visit]:
    """Store the visits that reached the office on their own day; late ones are kept with their record.

    Visits from before the system was opened came with the first roster, without a time of day.
    """
    made: list[Visit] = []
    for item in entered:
        for planned in item.plan.visits:
            visit = _visit(item, planned, desk)
            if planned.days_late and visit.received_at > desk.opened_at:
                item.late_visits.append((visit.received_at, visit))
            else:
                made.append(visit)
                made += _also(item, planned, desk)
    made = sorted(
        (visit for visit in made if visit.received_at <= desk.now), key=lambda visit: visit.visited_at
    )
    return Visit.objects.bulk_create(made)


def _visit(item: Entered, planned: VisitDay, desk: Desk) -> Visit:
    """Return a visit that counts under the record's rule."""
    random, code = desk.random, item.plan.code
    method = Method.HOME
    if code == "hospital" and random.random() < 0.6:
        method = Method.HOSPITAL
    if code == "laid_off":
        method = random.choice((Method.HOME, Method.PHONE, Method.PHONE, Method.OFFICE))
    visit = _row(item, planned, desk, method=method, seen=True, notes=random.choice(_SEEN))
    if random.random() < 0.06:
        visit.request = random.choice(_REQUESTS)
    return visit


def _also(item: Entered, planned: VisitDay, desk: Desk) -> list[Visit]:
    """Return an occasional visit that does not count: no one at home the day before, or a phone call."""
    random, day = desk.random, planned.day - timedelta(days=1)
    if day < item.plan.started_on or random.random() > 0.08:
        return []
    if item.plan.code != "laid_off" and random.random() < 0.4:
        return [_row(item, VisitDay(day), desk, method=Method.PHONE, seen=True, notes="电话问候，一切都好")]
    return [_row(item, VisitDay(day), desk, method=Method.HOME, seen=False, notes=random.choice(_UNSEEN))]


def _row(item: Entered, planned: VisitDay, desk: Desk, *, method: Method, seen: bool, notes: str) -> Visit:
    random, day = desk.random, planned.day
    holder = _visitor(item, day, desk)
    account = desk.accounts.get(holder.cadre_id) if holder else None
    visited_at = midnight(day) + timedelta(minutes=random.randint(8 * 60 + 30, 16 * 60 + 30))
    received_at = visited_at + timedelta(minutes=2 if account else random.randint(10, 50))
    origin, recorded_by, has_time = VisitOrigin.OFFICE, desk.clerk, True
    if account:
        origin, recorded_by = VisitOrigin.PHONE, account
    if planned.days_late:
        received_at = midnight(day + timedelta(days=planned.days_late)) + timedelta(
            minutes=random.randint(500, 640)
        )
    if day < desk.opened_at.date():
        visited_at, received_at, has_time = midnight(day), desk.opened_at, False
        origin, recorded_by, notes = VisitOrigin.IMPORT, desk.clerk, ""
    return Visit(
        community_id=item.record.community_id,
        building=item.building,
        resident=item.resident,
        visited_at=visited_at,
        has_time=has_time,
        received_at=received_at,
        method=method,
        seen=seen,
        visitor_id=holder.cadre_id if holder else None,
        visitor_post=holder.post if holder else "",
        visitor_name="" if holder else "社区网格员",
        notes=notes,
        origin=origin,
        recorded_by=recorded_by,
    )


def _visitor(item: Entered, day: date, desk: Desk) -> Holder | None:
    """Return the holder accountable for the person that day; where the post is vacant, another of the building."""
    accountable = desk.terms[item.plan.code].accountable_post
    for post in (accountable, *BUILDING_POSTS):
        holder = desk.ladder.holder(item.building.pk, post, day)
        if holder is not None:
            return holder
    return None
