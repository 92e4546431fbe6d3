"""What the phone reads: duties due at the viewer's buildings, the people there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from baibuting.common import day_labels
from baibuting.common.days import local_day
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from cadres.choices import BUILDING_POSTS
from cadres.ladder import Accountable
from cadres.models import Appointment, Cover
from cadres.selectors import in_force
from duties.as_of import COMING_DAYS
from duties.choices import RUNNING, DutyActionKind, Outcome
from duties.events import notices_in_force
from duties.kinds import Link, PhoneCard, all_kinds, families, kind_of, kinds_of
from duties.models import Duty, DutyAction, DutyEvent
from duties.rows import duties_listed
from duties.selectors import Disclosure, answered_by, notices, owed_by_name
from duties.story import rung_post_label, status_label, taken_over_label
from phone.choices import WAITING
from phone.duty_links import action_of
from phone.models import RestoreEpoch, Submission
from residents.models import CareRecord, Household, Resident
from residents.rules import walking_order
from visits.models import Incident, Visit
from visits.selectors import last_visits, seen_in_vain

STATES = (("overdue", "逾期"), ("today", "今天"), ("week", "七天内"))


def epoch() -> str:
    """Return the uid of the current restore epoch, which phones compare; "" before the first."""
    newest = RestoreEpoch.objects.first()
    return str(newest.uid) if newest else ""


def own_buildings(cadre_id: int, today: date) -> list[Place]:
    """Return the buildings in which a cadre holds a building's post, or covers one. One query."""
    covering = Cover.objects.running(today).filter(stand_in=cadre_id)
    held = Appointment.objects.filter(
        in_force(today),
        Q(cadre=cadre_id) | Q(pk__in=covering.values("appointment")),
        place__level=Level.BUILDING,
        organisation=None,
    )
    return list(
        Place.objects.filter(pk__in=held.values("place"))
        .select_related("parent__parent")
        .order_by("sort_key", "pk")
    )


def own_appointments(cadre_id: int, today: date) -> list[Appointment]:
    """Return a cadre's own appointments of today, each with the covers that are not over. Two queries."""
    held = Appointment.objects.filter(in_force(today), cadre=cadre_id).select_related(
        "place__parent__parent", "organisation"
    )
    appointments = list(held.order_by("place__sort_key", "post").prefetch_related("covers__stand_in"))
    for appointment in appointments:
        coming = [cover for cover in appointment.covers.all() if cover.until_on >= today]
        appointment.coming_covers = sorted(coming, key=lambda cover: cover.from_on)  # type: ignore[attr-defined]
    return appointments


def covering_for(cadre_id: int, today: date) -> list[Cover]:
    """Return the covers in which a cadre is the stand-in today. One query."""
    covers = Cover.objects.running(today).filter(stand_in=cadre_id)
    return list(covers.select_related("appointment__cadre", "appointment__place__parent__parent"))


def flat_label(household: Household) -> str:
    """Return where in the building a household lives: "1 单元 301"."""
    parts = [f"{household.entrance} 单元"] if household.entrance else []
    return " ".join([*parts, household.room]) if household.room else "".join(parts) or "室号未填"


def staircase_label(household: Household) -> str:
    """Return the staircase a flat is reached by: "1 单元"; "" where it has none."""
    return f"{household.entrance} 单元" if household.entrance else ""


@dataclass(slots=True)
class Card:
    """A person with everything due for them, or, without `resident`, one duty that concerns no person.

    `state` is overdue, today or week; `duties` the most pressing first; `action` what is offered besides a visit.
    `why` says of a person seen since the round began why it is overdue all the same; then `last_seen` is "".
    `pending` says what was reported of the person and has not been decided.
    `staircase` is what short rows are grouped by, `door` the rest of the address.
    """

    resident: Resident | None
    name: str
    address: str
    state: str
    status: str
    chips: list[str]
    last_seen: str
    told: str
    why: str = ""
    duties: list[Duty] = field(default_factory=list)
    may_call: bool = False
    action: Link | None = None
    pending: str = ""
    staircase: str = ""
    door: str = ""

    @property
    def order(self) -> tuple[object, ...]:
        """Return the key that cards are sorted by: by urgency, then as one walks (docs/adr/0140)."""
        first, home = self.duties[0], self.resident.household if self.resident else None
        state = [word for word, _ in STATES].index(self.state)
        flat = walking_order(home.entrance, home.room) if home else ("", 0, "")
        return (state, first.place.sort_key, first.place_id, *flat, first.due_at, first.pk)

    @property
    def pressing(self) -> tuple[object, ...]:
        """Return the key by which the most pressing card is the first."""
        state = [word for word, _ in STATES].index(self.state)
        return (state, self.duties[0].due_at, self.duties[0].pk)


def duties_due(scope: Scope, building_ids: Sequence[int], today: date) -> QuerySet[Duty]:
    """Return duties at the cadre's buildings, those owed by name and those that have reached the cadre's rung:
    overdue, due today or within a week.

    Kinds that have a list of their own are left out.
    """
    elsewhere = [kind.code for kind in all_kinds() if kind.phone_card == PhoneCard.ELSEWHERE]
    reached = notices(scope).order_by().values("duty")
    by_name = owed_by_name(answered_by(scope.cadre_id or 0, today), today)
    due = duties_listed(scope).filter(outcome__in=RUNNING, due_on__lte=today + timedelta(days=COMING_DAYS))
    return due.filter(Q(place__in=building_ids) | by_name | Q(pk__in=reached)).exclude(kind__in=elsewhere)


def families_shown() -> list[tuple[str, str]]:
    """Return the families that 今日 can be narrowed to: those with a kind it shows; none while there is only one."""
    shown = [
        (family.value, str(family.label))
        for family in families()
        if any(kind.phone_card != PhoneCard.ELSEWHERE for kind in kinds_of(family))
    ]
    return shown if len(shown) > 1 else []


def cards(
    duties: Sequence[Duty], disclosure: Disclosure, now: datetime, *, names_building: bool
) -> list[Card]:
    """Return one card for each person and one for each other duty: by urgency, within it as one walks.

    Two queries, however many duties there are; two more where somebody overdue was seen since the round began.
    """
    by_person: dict[Resident, list[Duty]] = defaultdict(list)
    single: list[Duty] = []
    for duty in sorted(duties, key=lambda duty: (duty.due_at, duty.pk)):
        person = _person_of(duty)
        if person is None:
            single.append(duty)
        else:
            by_person[person].append(duty)
    seen = last_visits([own[0].care_record for own in by_person.values() if own[0].care_record])
    told = told_label([duty.pk for duty in duties if duty.outcome == Outcome.OVERDUE])
    in_vain = seen_in_vain(
        [
            (own[0], seen[person.pk])
            for person, own in by_person.items()
            if person.pk in seen and _is_puzzling(own[0], seen[person.pk])
        ]
    )
    found = [
        _card(person, own, disclosure, now, seen.get(person.pk), told, in_vain, names_building)
        for person, own in by_person.items()
    ]
    found += [_duty_card(duty, disclosure, now, told) for duty in single]
    return sorted(found, key=lambda card: card.order)


def _is_puzzling(duty: Duty, last: Visit) -> bool:
    """Return whether "overdue" and "last seen" beside each other would contradict: seen in the round, yet overdue.

    The visit that began the round, on its first day, does not.
    """
    return duty.outcome == Outcome.OVERDUE and local_day(last.visited_at) > duty.opened_on


def _person_of(duty: Duty) -> Resident | None:
    """Return the person whose card lists a duty; None for a duty with its own card."""
    kind = kind_of(duty)
    return kind.resident(duty) if kind.phone_card == PhoneCard.PERSON else None


def _duty_card(duty: Duty, disclosure: Disclosure, now: datetime, told: dict[int, str]) -> Card:
    kind = kind_of(duty)
    category = kind.category(duty, disclosure)
    return Card(
        resident=None,
        name=kind.person(duty, disclosure) or category,
        address=kind.address(duty),
        state=state_of(duty, local_day(now)),
        status=status_label(duty, now),
        chips=list(dict.fromkeys([kind.label, category])),
        last_seen="",
        told=told.get(duty.pk, ""),
        duties=[duty],
        action=action_of(duty),
        door=kind.address(duty),
    )


def _card(
    resident: Resident,
    own: list[Duty],
    disclosure: Disclosure,
    now: datetime,
    last: Visit | None,
    told: dict[int, str],
    in_vain: dict[int, str],
    names_building: bool,
) -> Card:
    first = own[0]
    why = in_vain.get(first.pk)
    seen_on = day_label(local_day(last.visited_at), local_day(now)) if last else ""
    chips = [kind_of(duty).category(duty, disclosure) for duty in own]
    knows = any(disclosure.answers_for(duty.accountable) for duty in own)
    flat = flat_label(resident.household)
    stairs = staircase_label(resident.household)
    return Card(
        resident=resident,
        name=disclosure.person(resident, _known_through(own, disclosure)),
        address=f"{first.place.name} {flat}" if names_building else flat,
        state=state_of(first, local_day(now)),
        status=status_label(first, now),
        chips=list(dict.fromkeys(chips)),
        last_seen=seen_label(last, now) if why is None else "",
        why=f"{seen_on}见过，但{why}" if why else "",
        told=next((told[duty.pk] for duty in own if duty.pk in told), ""),
        duties=own,
        may_call=knows and bool(resident.__dict__["phone"]),
        staircase=" ".join(filter(None, [first.place.name if names_building else "", stairs])),
        door=resident.household.room or flat,
    )


def _known_through(own: list[Duty], disclosure: Disclosure) -> Accountable:
    """Return who is accountable: the first whose duty the viewer answers for, else that of the first duty."""
    whose = [duty.accountable for duty in own]
    return next((one for one in whose if disclosure.answers_for(one)), whose[0])


def state_of(duty: Duty, today: date) -> str:
    """Return the card's state: "overdue", "today" or "week"."""
    if duty.outcome == Outcome.OVERDUE:
        return "overdue"
    return "today" if duty.due_on <= today else "week"


def day_label(day: date, today: date) -> str:
    """Return a day as read: 今天, 昨天, 11月13日; with the year where it is another one."""
    if day == today:
        return "今天"
    if day == today - timedelta(days=1):
        return "昨天"
    return day_labels.day_label(day, today)


def seen_label(visit: Visit | None, now: datetime) -> str:
    """Return when and how the person was last visited: "11月13日（上门）"."""
    if visit is None:
        return "还没有见到过"
    return f"{day_label(local_day(visit.visited_at), local_day(now))}（{visit.get_method_display()}）"


def told_label(duty_ids: Iterable[int]) -> dict[int, str]:
    """Return, by duty, the highest rung that has taken it over or was notified: "片区支部书记已接办". Two queries."""
    duty_ids = list(duty_ids)
    events = list(DutyEvent.objects.filter(duty__in=duty_ids).order_by("told_rung", "fell_due_at"))
    known = {
        event.duty_id: f"已报{rung_post_label(event.told_rung, event.told_post)}"
        for event in notices_in_force(events)
        if event.told_rung and event.told_post
    }
    in_hand = DutyAction.objects.filter(duty__in=duty_ids, kind=DutyActionKind.TAKE_OVER).order_by(
        "rung", "at"
    )
    return known | {row.duty_id: taken_over_label([row]) for row in in_hand}


def answering_posts(posts: list[str], incident: Incident) -> list[str]:
    """Return those of a viewer's posts, nearest first, that the incident requires; else the nearest one alone."""
    return [post for post in posts if post in incident.rule.required_posts] or posts[:1]


def buildings_within(scope: Scope) -> list[Place]:
    """Return the buildings of a scope that are in use, in tree order. One query."""
    inside = Place.objects.within(scope).active().filter(level=Level.BUILDING)
    order = ("parent__parent__sort_key", "parent__sort_key", "sort_key", "pk")
    return list(inside.select_related("parent__parent").order_by(*order))


@dataclass(frozen=True, slots=True)
class UnderCare:
    """A person on a building's list: the categories they are on it for, and when they were last seen."""

    resident: Resident
    name: str
    address: str
    chips: list[str]
    last_seen: str
    days: int | None
    staircase: str
    door: str


def under_care(
    records: Sequence[CareRecord],
    building: Place,
    posts: dict[int, str],
    disclosure: Disclosure,
    now: datetime,
) -> list[UnderCare]:
    """Return the people of a building's care records as of `now`, longest unseen first. One query.

    `posts` says which post is accountable for each record.
    """
    seen = last_visits(records, until=now)
    by_person: dict[int, list[CareRecord]] = defaultdict(list)
    for record in records:
        by_person[record.resident_id].append(record)
    today = local_day(now)
    found = []
    for own in by_person.values():
        resident, last = own[0].resident, seen.get(own[0].resident_id)
        whose = {one.pk: Accountable(building.pk, posts.get(one.pk, "")) for one in own}
        known = next(
            (whose[one.pk] for one in own if one.pk in posts and disclosure.answers_for(whose[one.pk])),
            Accountable(building.pk, ""),
        )
        found.append(
            UnderCare(
                resident=resident,
                name=disclosure.person(resident, known),
                address=flat_label(resident.household),
                chips=[disclosure.category(one.category, whose[one.pk]) for one in own],
                last_seen=seen_label(last, now),
                days=(today - local_day(last.visited_at)).days if last else None,
                staircase=staircase_label(resident.household),
                door=resident.household.room or flat_label(resident.household),
            )
        )
    return sorted(found, key=lambda one: (one.days is not None, -(one.days or 0), one.address))


def as_one_walks(one: UnderCare) -> tuple[object, ...]:
    """Return the key that sorts a building's people as one walks through it."""
    home = one.resident.household
    return (*walking_order(home.entrance, home.room), one.resident.pk)


def care_records(building: Place) -> list[CareRecord]:
    """Return the open records of a building with everything a list shows. One query."""
    records = CareRecord.objects.unscoped("of a building or flat in hand").filter(
        building=building, ended_on=None
    )
    return list(
        records.select_related("category", "resident__household").order_by("category__position", "pk")
    )


def household_under_care(resident: Resident) -> list[CareRecord]:
    """Return the open records of everyone in a person's flat, the person's own first. One query."""
    records = CareRecord.objects.unscoped("of a building or flat in hand").filter(
        resident__household=resident.household_id, ended_on=None
    )
    shown = records.select_related("category", "resident__household__building__parent__parent")
    return sorted(
        shown.order_by("category__position", "pk"), key=lambda record: record.resident_id != resident.pk
    )


def waiting_count(scope: Scope) -> int:
    """Return how many entries wait for the office's decision. One query."""
    return Submission.objects.within(scope).filter(state__in=WAITING).count()


def building_posts(building: Place, disclosure: Disclosure) -> list[tuple[str, str, str, int | None]]:
    """Return the six posts of a building: (post, its label, its holder or "", the holder's id). No query."""
    rows = []
    for post in BUILDING_POSTS:
        holder = disclosure.ladder.holder(building.pk, post, disclosure.today)
        rows.append(
            (
                post.value,
                str(post.label),
                holder.cadre_name if holder else "",
                holder.cadre_id if holder else None,
            )
        )
    return rows
