"""A matter that one appointment owes, at a place above the buildings: 支部书记 at his 片区 owes a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from baibuting.common.days import midnight
from cadres.choices import Post
from cadres.models import Appointment
from duties.choices import Family
from duties.kinds import Kind
from duties.models import DutyClock
from duties.rules import steps_above
from duties.services import clock_create, clocks_reconcile
from duties.sources import ClockFacts, Obligation
from tests.duties.steps import sweep_at
from tests.factories import Community, community
from tests.visits.people import NOW, account_of

OPENED_ON, DUE_ON = date(2026, 3, 2), date(2026, 3, 8)
TODAY = date(2026, 3, 11)
POST = Post.BRANCH_SECRETARY
RULE = [[0, -48], [1, 0], [2, 24], [3, 48], [4, 96]]


class Report(Kind):
    code, label, family, source = "report", "支部书记述职", Family.PERIODIC, "reports"


class Book:
    """Who owes a report: by clock the appointment that owes it; `follows` passes it to whoever holds its seat now."""

    def __init__(self) -> None:
        self.owed_by: dict[int, Appointment] = {}
        self.follows = True
        self.ends_with_the_appointment = False
        self.done_at: datetime | None = None
        self.asked = 0

    def facts(self, clocks: Sequence[DutyClock], now: datetime) -> list[ClockFacts]:
        self.asked += len(clocks)
        return [self._facts_of(clock, self.owed_by[clock.pk]) for clock in clocks]

    def _facts_of(self, clock: DutyClock, first: Appointment) -> ClockFacts:
        post_of = Appointment.objects.filter(place=first.place, post=first.post, ended_on=None).first()
        owes = (post_of if self.follows else None) or first
        return ClockFacts(
            clock=clock,
            place_id=first.place_id,
            category_id=None,
            obligations=[
                Obligation(
                    kind=Report.code,
                    accountable_post=first.post,
                    appointment_id=owes.pk,
                    opened_on=OPENED_ON,
                    due_on=DUE_ON,
                    due_at=midnight(DUE_ON + timedelta(days=1)),
                    ladder=steps_above(first.post, RULE, first.place.level),
                    done_at=self.done_at,
                    basis={"rule_version": 1},
                )
            ],
            ended_at=self._ended_at(first),
            known_since=midnight(OPENED_ON),
            next_opening_at=None,
        )

    def _ended_at(self, first: Appointment) -> datetime | None:
        ended_on = Appointment.objects.get(pk=first.pk).ended_on
        ends = self.ends_with_the_appointment and ended_on is not None
        return midnight(ended_on + timedelta(days=1)) if ends and ended_on else None


def owe(home: Community, book: Book, precinct: int = 0) -> DutyClock:
    clock = clock_create(source="reports", community_id=home.place.pk, next_check_at=midnight(OPENED_ON))
    book.owed_by[clock.pk] = home.holders[home.precincts[precinct].pk, POST]
    return clock


def owing(home: Community) -> Appointment:
    return home.holders[home.precincts[0].pk, POST]


def align(now: datetime = NOW) -> None:
    with transaction.atomic():
        clocks_reconcile(clocks=list(DutyClock.objects.select_for_update()), now=now)


def account(home: Community, place: Any, post: str) -> User:
    return account_of(home.holder(place, post), f"{post}-{place.pk}")


def overdue_since_monday(book: Book) -> Community:
    """On 10 March: the report of the first 片区 is overdue since the 9th, and only its own secretary has been told."""
    home = community()
    owe(home, book)
    sweep_at("2026-03-07T00:01")
    sweep_at("2026-03-09T00:01")
    return home
