"""Reading records, visits and incidents for the pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from accounts.models import AuditEvent
from baibuting.common.days import local_day
from buildings.models import Place
from buildings.scope import Scope
from cadres.choices import Post
from cadres.ladder import Ladder, rung_post
from duties.choices import RUNNING, DutyKind, EventKind, HandlingKind, Outcome, Rung
from duties.clock import falls_due, steps
from duties.models import Duty, Handling
from duties.rounds import terms_on
from duties.selectors import COMING_DAYS, Sight, duties_shown
from duties.standing import Moment, as_it_stood
from residents.models import CareRecord, Household, Resident
from visits.facts import terms_in_force
from visits.models import Incident, Visit
from visits.story import status_words

# "Now" for conditions that do not ask what time it is.
ALWAYS_NOW = Moment(date.max, datetime.max.replace(tzinfo=UTC), is_now=True)


def records_open_at(moment: Moment) -> Q:
    """The condition on care records that were open at a moment."""
    if moment.is_now:
        return Q(ended_on=None)
    return Q(started_on__lte=moment.day) & (Q(ended_on=None) | Q(ended_on__gt=moment.day))


def never_seen_at(moment: Moment) -> Combinable:
    """The condition on records open at a moment whose person nobody had seen since the record began."""
    seen = Visit.objects.filter(
        resident=OuterRef("resident"), voided_at=None, seen=True, visited_at__date__gte=OuterRef("started_on")
    )
    if not moment.is_now:
        seen = seen.filter(visited_at__lte=moment.at)
    return records_open_at(moment) & ~Exists(seen)


def never_seen() -> Combinable:
    """The condition on open care records whose person nobody has seen since the record began."""
    return never_seen_at(ALWAYS_NOW)


def records_never_seen(scope: Scope) -> QuerySet[CareRecord]:
    """Open records of a scope whose person was never seen, the longest waiting first."""
    return CareRecord.objects.within(scope).filter(never_seen()).order_by("started_on", "id")


def incidents_running_at(moment: Moment) -> Q:
    """The condition on incidents that were not closed at a moment."""
    if moment.is_now:
        return Q(closed_at=None)
    return Q(reported_at__lte=moment.at) & (Q(closed_at=None) | Q(closed_at__gt=moment.at))


def incidents_running(scope: Scope) -> QuerySet[Incident]:
    """Incidents of a scope that are not closed, newest first."""
    return Incident.objects.within(scope).filter(incidents_running_at(ALWAYS_NOW))


def record_posts(records: Iterable[CareRecord], today: date) -> dict[int, str]:
    """Which post answers for each record today, by its rule in force. Two queries for all of them."""
    records = list(records)
    if not records:
        return {}
    terms = terms_in_force(
        {record.community_id for record in records}, {record.category_id for record in records}
    )
    return {
        record.pk: terms_on(terms[record.community_id, record.category_id], today).accountable_post
        for record in records
        if (record.community_id, record.category_id) in terms
    }


def last_visits(records: Sequence[CareRecord], until: datetime | None = None) -> dict[int, Visit]:
    """The latest visit to each record's person that saw him, by resident; none after `until`. One query."""
    visits = Visit.objects.filter(
        resident__in={record.resident_id for record in records}, voided_at=None, seen=True
    )
    if until is not None:
        visits = visits.filter(visited_at__lte=until)
    latest = visits.order_by("resident_id", "-visited_at", "-id").distinct("resident_id")
    return {visit.resident_id: visit for visit in latest.select_related("visitor")}


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty as a list shows it to one viewer. `chip` is overdue, today, week, done or plain."""

    duty: Duty
    address: str
    person: str
    category: str
    status: str
    chip: str
    rung_label: str
    post_label: str
    holder: str


def duty_rows(duties: Sequence[Duty], seen_by: Sight, now: datetime) -> list[DutyRow]:
    """The rows of a list, in its order; the duties come from `duties_listed`. No query."""
    return [_duty_row(duty, seen_by, now) for duty in duties]


def duties_listed(scope: Scope) -> QuerySet[Duty]:
    """Duties of a scope with all that `duty_rows` reads."""
    return duties_shown(scope).select_related("clock__incident")


def _duty_row(duty: Duty, seen_by: Sight, now: datetime) -> DutyRow:
    day = local_day(now)  # the day that is shown; what the viewer may know is a matter of today
    holder = seen_by.ladder.holder(duty.building_id, duty.accountable_post, day)
    return DutyRow(
        duty=duty,
        address=duty_address(duty),
        person=duty_person(duty, seen_by),
        category=duty_category(duty, seen_by),
        status=status_words(duty, now),
        chip=_chip(duty, day),
        rung_label=duty.get_rung_display() if duty.rung is not None else "",
        post_label=duty.get_accountable_post_display(),
        holder=holder.cadre_name if holder else "",
    )


def duty_address(duty: Duty) -> str:
    """Where it is owed: "怡和苑北区 第一片区 504栋 2-1601"."""
    if duty.care_record is None:
        return duty.building.full_name
    return flat_address(duty.building, duty.care_record.resident.household)


def flat_address(building: Place, household: Household) -> str:
    """A building with the flat in it; of somebody who has moved to another building since, the building alone."""
    return (
        f"{building.full_name} {household.short}"
        if household.building_id == building.pk
        else building.full_name
    )


def duty_person(duty: Duty, seen_by: Sight) -> str:
    """Whom it is owed to, as the viewer may read it; "" for an arrival."""
    if duty.care_record is None:
        return ""
    return seen_by.person(duty.care_record.resident, duty.building_id, duty.accountable_post)


def duty_category(duty: Duty, seen_by: Sight) -> str:
    """Its category as the viewer may read it; the kind of incident for an arrival."""
    if duty.category is None:
        return duty.clock.incident.get_kind_display()
    return seen_by.category(duty.category, duty.building_id, duty.accountable_post)


def _chip(duty: Duty, today: date) -> str:
    if duty.outcome == Outcome.OPEN:
        days = (duty.due_on - today).days
        return "today" if days <= 0 else "week" if days <= COMING_DAYS else "plain"
    return {Outcome.OVERDUE: "overdue", Outcome.IN_TIME: "done"}.get(Outcome(duty.outcome), "plain")


@dataclass(frozen=True, slots=True)
class Attendance:
    """A post that must turn up at an incident: who holds it, when he came, or how he stands."""

    post: str
    post_label: str
    holder: str
    duty: Duty | None
    arrived_at: datetime | None
    arrived_name: str
    status: str

    @property
    def is_missing(self) -> bool:
        """Required, and not there yet."""
        return self.duty is not None and self.arrived_at is None


def attendance(incident: Incident, today: date, now: datetime) -> list[Attendance]:
    """Everybody required at an incident, and whoever else turned up. Eight queries at most."""
    duties = {
        duty.accountable_post: duty
        for duty in Duty.objects.filter(clock=incident.clock_id, kind=DutyKind.ARRIVAL)
    }
    arrivals = {arrival.post: arrival for arrival in incident.arrivals.select_related("cadre")}
    ladder = Ladder.load([incident.building_id])
    found = []
    for post in dict.fromkeys([*incident.rule.required_posts, *arrivals]):
        holder = ladder.holder(incident.building_id, post, today)
        arrival, duty = arrivals.get(post), duties.get(post)
        found.append(
            Attendance(
                post=post,
                post_label=Post(post).label,
                holder=holder.cadre_name if holder else "",
                duty=duty,
                arrived_at=arrival.arrived_at if arrival else None,
                arrived_name=arrival.cadre.name if arrival and arrival.cadre else "",
                status=status_words(duty, now) if duty else "自行到场",
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A running incident as a list shows it: required posts with the duty and the time of arrival."""

    incident: Incident
    posts: list[tuple[str, Duty, datetime | None]]
    missing: int
    status: str
    is_late: bool


def incident_rows(
    incidents: Sequence[Incident], now: datetime, moment: Moment | None = None
) -> list[IncidentRow]:
    """The rows of a list of incidents, as they stood at `moment` where it is given. One query."""
    duties: dict[int, list[Duty]] = {}
    for duty in Duty.objects.filter(clock__in=[incident.clock_id for incident in incidents]).order_by("pk"):
        # a list of incidents shows no rungs
        then = duty if moment is None else as_it_stood(duty, moment, None)
        duties.setdefault(duty.clock_id, []).append(then)
    found = []
    for incident in incidents:
        own = duties.get(incident.clock_id, [])
        missing = [duty for duty in own if duty.done_at is None]
        found.append(
            IncidentRow(
                incident=incident,
                posts=[(duty.get_accountable_post_display(), duty, duty.done_at) for duty in own],
                missing=len(missing),
                status=status_words(missing[0], now) if missing else "全部到场",
                is_late=any(duty.outcome == Outcome.OVERDUE for duty in missing),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One rung of a duty's ladder: who answers on it today, and when it was, or will be, told."""

    rung_label: str
    post_label: str
    holder: str
    is_cover: bool
    at: datetime
    state: str  # told, taken_back, coming, waived, not_needed
    handled: str  # what was done on the rung: 已接办, 已放行


def ladder_steps(duty: Duty, now: datetime, today: date, ladder: Ladder) -> list[LadderStep]:
    """A duty's ladder with today's holders; `ladder` knows its building. Two queries."""
    kinds: dict[int, set[str]] = {}
    for event in duty.events.exclude(rung=None):
        kinds.setdefault(event.rung or 0, set()).add(event.kind)
    done = _done_on_rungs(duty)
    found = []
    for step in steps(duty.due_at, duty.ladder):
        falls = falls_due(step.at, duty.waived_times)
        holder = ladder.rung_holder(duty.building_id, step.rung, today, duty.accountable_post)
        found.append(
            LadderStep(
                rung_label=Rung(step.rung).label,
                post_label=Post(rung_post(step.rung, duty.accountable_post)).label,
                holder=holder.cadre_name if holder else "",
                is_cover=bool(holder and holder.is_cover),
                at=falls or step.at,
                state=_step_state(kinds.get(step.rung, set()), duty, falls, now),
                handled=done.get(step.rung, ""),
            )
        )
    return found


def _done_on_rungs(duty: Duty) -> dict[int, str]:
    """By rung: that it has taken the duty over, or waved the round through."""
    words = {HandlingKind.TAKE_OVER: "已接办", HandlingKind.WAVE_THROUGH: "已放行"}
    rows = duty.handlings.filter(kind__in=words, taken_back=None).order_by("at", "pk")
    return {row.rung or 0: words[HandlingKind(row.kind)] for row in rows}


def _step_state(kinds: set[str], duty: Duty, at: datetime | None, now: datetime) -> str:
    if EventKind.STOOD_DOWN in kinds and EventKind.REINSTATED not in kinds:
        return "taken_back"
    if EventKind.RAISED in kinds:
        return "told"
    if duty.outcome in RUNNING and at is None:
        return "waived"
    if duty.outcome in RUNNING and at is not None and at > now:
        return "coming"
    return "not_needed"


def audit_of_person(resident: Resident) -> QuerySet[AuditEvent]:
    """What the audit trail knows of a person: himself, his care records, visits, and what was done about his duties."""
    records = CareRecord.objects.filter(resident=resident).annotate(text=Cast("pk", CharField()))
    visits = Visit.objects.filter(resident=resident).annotate(text=Cast("pk", CharField()))
    handlings = Handling.objects.filter(duty__care_record__resident=resident).annotate(
        text=Cast("pk", CharField())
    )
    return AuditEvent.objects.filter(
        Q(object_type="residents.resident", object_id=str(resident.pk))
        | Q(object_type="residents.carerecord", object_id__in=records.values("text"))
        | Q(object_type="visits.visit", object_id__in=visits.values("text"))
        | Q(object_type="duties.handling", object_id__in=handlings.values("text"))
    )
