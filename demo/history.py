"""The demo's last months, replayed day by day: the product's own sweep and services write every duty and event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from baibuting.common.days import local_day, midnight
from demo.asking import asking_happenings
from demo.entries import Desk, Entered
from demo.incidents import Happening, incident_happenings
from demo.repairs import repair_happenings
from demo.tree import Tree
from duties.models import DutyClock
from duties.sweep import sweep
from visits.choices import Method, VisitOrigin
from visits.models import Visit
from visits.services import visit_record, visit_void

DAYS = 16 * 7  # since the system was opened
_MISTAKEN_FOR = "503栋"  # a resident here gets a visit entered by mistake, voided the next day


def live_through(tree: Tree, entered: list[Entered], visits: Iterable[Visit], desk: Desk) -> None:
    """Replay the time since the system was opened: a sweep after every midnight, and after every event.

    The visits of a day are settled by the sweep after it, all at once: one by one they would take minutes. Only the
    moment at which the next duty was recorded differs.
    """
    opened_on, today = local_day(desk.opened_at), local_day(desk.now)
    clocks = _visited_clocks(entered, visits)
    agenda: list[Happening] = [(desk.opened_at, _look), *_happenings(tree, entered, desk, today)]
    for ahead in range((today - opened_on).days):
        day = opened_on + timedelta(days=ahead)
        agenda.append((midnight(day + timedelta(days=1)) + timedelta(minutes=1), _settle(clocks[day])))
    agenda = [(moment, act) for moment, act in agenda if moment <= desk.now]
    agenda.append((desk.now, _settle(clocks[today])))
    for moment, act in sorted(agenda, key=lambda happening: happening[0]):
        act(moment)


def _look(now: datetime) -> None:
    """Run a sweep as of a past moment, recorded as the time it ran."""
    sweep(now=now, read_clock=lambda: now)


def _settle(clocks: set[int]) -> Callable[[datetime], None]:
    """Return a sweep that also checks these clocks, as their people were visited."""

    def look(now: datetime) -> None:
        DutyClock.objects.filter(pk__in=clocks).update(next_check_at=now)
        _look(now)

    return look


def _visited_clocks(entered: list[Entered], visits: Iterable[Visit]) -> dict[date, set[int]]:
    """Return the clocks of the people whose visits the office received, by day."""
    of_resident = defaultdict(list)
    for item in entered:
        of_resident[item.resident.pk].append(item)
    found: dict[date, set[int]] = defaultdict(set)
    for visit in visits:
        day = local_day(visit.received_at)
        found[day] |= {
            item.clock.pk for item in of_resident[visit.resident_id] if local_day(item.known_at) <= day
        }
    return found


def _happenings(tree: Tree, entered: list[Entered], desk: Desk, today: date) -> Iterable[Happening]:
    yield from incident_happenings(tree, desk, today, _look)
    yield from asking_happenings(tree, entered, desk, today)
    yield from repair_happenings(tree, desk, today)
    for item in entered:
        for received_at, visit in item.late_visits:
            yield received_at, lambda now, visit=visit: _record(visit, desk, now)  # type: ignore[misc]
    mistaken = next(item for item in entered if item.building.name == _MISTAKEN_FOR)
    yield from _mistake(mistaken, desk, midnight(today - timedelta(days=3)))


def _record(visit: Visit, desk: Desk, now: datetime) -> Visit:
    """Record a visit that reached the office late, as any user would; it stands down what was raised meanwhile."""
    return visit_record(
        resident=visit.resident,
        visited_at=visit.visited_at,
        now=now,
        origin=VisitOrigin(visit.origin),
        method=Method(visit.method),
        visitor=visit.visitor,
        visitor_name=visit.visitor_name,
        notes=visit.notes,
        recorded_by=visit.recorded_by,
    )


def _mistake(item: Entered, desk: Desk, day_begins: datetime) -> Iterable[Happening]:
    """Yield a visit entered for the wrong person and, the next morning, its voiding, which reopens what it settled."""
    made: list[Visit] = []

    def enter(now: datetime) -> None:
        made.append(
            visit_record(
                resident=item.resident,
                visited_at=now - timedelta(hours=2),
                now=now,
                origin=VisitOrigin.OFFICE,
                visitor_name="社区网格员",
                recorded_by=desk.clerk,
            )
        )

    def take_back(now: datetime) -> None:
        visit_void(visit=made[0], reason="录错了人，应为隔壁单元的住户", now=now)

    yield day_begins + timedelta(hours=15, minutes=20), enter
    yield day_begins + timedelta(days=1, hours=9, minutes=40), take_back
