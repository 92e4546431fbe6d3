"""Reading gatherings: whom they concern, who was there, who is behind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Q, QuerySet

from buildings.models import Place
from buildings.scope import Scope
from duties.choices import Outcome
from duties.models import Duty
from duties.selectors import duties_shown
from gatherings.choices import SERVING, Kind, State
from gatherings.models import Attendance, Gathering
from gatherings.rules import served_minutes
from routines.choices import Matter
from volunteers.models import Volunteer

ROLL_UNTIL = timedelta(days=14)
"""So long after its start a host calls the roll on the phone; later the office does."""
MOST_ON_A_PHONE = 50


def concerning(scope: Scope) -> QuerySet[Gathering]:
    """Return gatherings of places in the scope, and of the places above them."""
    above = {int(part) for path in scope.paths for part in path.strip("/").split("/")}
    inside = Gathering.objects.within(scope).order_by().values("pk")
    return Gathering.objects.filter(Q(place__in=above) | Q(pk__in=inside))


def coming(scope: Scope, now: datetime, days: int = 14) -> QuerySet[Gathering]:
    """Return the planned gatherings of the next days that concern a scope, the next first."""
    return (
        concerning(scope)
        .filter(state=State.PLANNED, ends_at__gt=now, starts_at__lt=now + timedelta(days=days))
        .select_related("place", "host")
        .order_by("starts_at", "pk")
    )


def to_call_over(cadre_id: int, now: datetime) -> QuerySet[Gathering]:
    """Return the gatherings a cadre hosts that have begun and of which nobody has called the roll."""
    begun = Gathering.objects.filter(
        host=cadre_id, state=State.PLANNED, starts_at__lte=now, starts_at__gt=now - ROLL_UNTIL
    )
    return begun.order_by("starts_at", "pk")


def expected(gathering: Gathering) -> QuerySet[Volunteer]:
    """Return whom the roll lists: whoever signed up or was on it before, and the members of the team."""
    listed = Attendance.objects.filter(gathering=gathering).values("volunteer")
    condition = Q(pk__in=listed)
    if gathering.team_id:
        day = gathering.starts_at.date()
        in_team = Q(memberships__team=gathering.team_id, memberships__joined_on__lte=day)
        condition |= in_team & (Q(memberships__left_on=None) | Q(memberships__left_on__gte=day))
    return Volunteer.objects.filter(condition).distinct().order_by("name_initials", "pk")


def ticked_on(gathering: Gathering) -> tuple[list[int], list[str]]:
    """Return whom a roll ticks beforehand, by key, and the names of who spoke: who was there, or whoever signed up."""
    rows = Attendance.objects.filter(gathering=gathering).select_related("volunteer").order_by("pk")
    if gathering.state == State.HELD:
        rows = rows.filter(was_there=True)
    return [row.volunteer_id for row in rows], [row.volunteer.name for row in rows if row.spoke]


def served(volunteer_ids: Iterable[int], since: datetime, until: datetime) -> dict[int, int]:
    """Return by person the minutes of service in gatherings that began in a span of time. One query."""
    rows = Attendance.objects.filter(
        volunteer__in=list(volunteer_ids),
        was_there=True,
        gathering__state=State.HELD,
        gathering__kind__in=SERVING,
        gathering__starts_at__gte=since,
        gathering__starts_at__lt=until,
    )
    times: dict[int, list[tuple[datetime, datetime]]] = {}
    columns = ("volunteer", "gathering__starts_at", "gathering__ends_at")
    for person, first, last in rows.order_by().values_list(*columns):
        times.setdefault(person, []).append((first, last))
    return {person: served_minutes(own) for person, own in times.items()}


def behind(scope: Scope) -> QuerySet[Duty]:
    """Return the overdue duties of matters that gatherings settle, the oldest first."""
    return (
        duties_shown(scope)
        .filter(kind__in=Matter.values, outcome=Outcome.OVERDUE)
        .select_related("place__parent__parent", "appointment__cadre")
        .order_by("kind", "due_at", "place__sort_path", "pk")
    )


@dataclass(frozen=True, slots=True)
class Behind:
    """Who is behind with a matter, and which planned gathering would settle it."""

    matter: Matter
    duties: list[Duty]
    next_one: Gathering | None

    @property
    def is_training(self) -> bool:
        """Return whether those who are behind can be called together."""
        return self.matter == Matter.GROUP_TRAINING


_SETTLED_BY = {Matter.GROUP_TRAINING: Kind.TRAINING, Matter.MEMBER_STUDY: Kind.STUDY}


def behind_by_matter(scope: Scope, now: datetime) -> list[Behind]:
    """Return for each matter who is behind; matters without anybody are left out."""
    groups = []
    for code, duties in groupby(behind(scope), key=lambda duty: duty.kind):
        matter = Matter(code)
        ahead = coming(scope, now, days=90).filter(kind=_SETTLED_BY[matter], starts_at__gt=now)
        groups.append(Behind(matter, list(duties), ahead.first()))
    return groups


def open_week(building: Place, now: datetime) -> QuerySet[Gathering]:
    """Return what residents of a building may come to within seven days, the next first: no names are read."""
    above = [int(part) for part in building.path.strip("/").split("/")]
    week = Gathering.objects.filter(
        place__in=above,
        is_open=True,
        state=State.PLANNED,
        ends_at__gt=now,
        starts_at__lt=now + timedelta(days=7),
    )
    return week.order_by("starts_at", "pk").only("title", "venue", "starts_at")
