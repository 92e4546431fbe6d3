"""Whose turn it is in a sweep: the oldest first, nobody waits for another's lock, one bad clock spoils no other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from duties import services, sweep
from duties.choices import Outcome
from duties.models import Duty, DutyClock
from duties.sweep import claim_due
from tests.duties.bulk import people_under_care
from tests.duties.steps import duty_of, sweep_at
from tests.factories import community, moment

OVERDUE_AT = "2026-03-05T00:00"


def clocks_due(count: int) -> list[DutyClock]:
    """Clocks of people whose first visit is due by the end of 4 March, in the order of their keys."""
    records = people_under_care(
        community(staffed=False), count, started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00")
    )
    return list(DutyClock.objects.filter(care_record__in=records).order_by("pk"))


def due_from(clock: DutyClock, text: str) -> None:
    DutyClock.objects.filter(pk=clock.pk).update(next_check_at=moment(text))


@pytest.mark.django_db
def test_it_works() -> None:
    """One at a time comes the one that has waited longest, though it was made last."""
    first, second, third = clocks_due(3)
    due_from(first, "2026-03-03T00:00")
    due_from(second, "2026-03-04T00:00")
    due_from(third, "2026-03-02T00:00")
    assert claim_due(moment(OVERDUE_AT), 1) == [third]
    assert claim_due(moment(OVERDUE_AT), 9) == [third, first, second]
    assert claim_due(moment("2026-03-03T00:00"), 9) == [third, first], "due by that very moment"


def failing(bad: DutyClock, break_it: Any) -> Any:
    """`clocks_reconcile` that breaks at one clock."""

    def reconcile(*, clocks: Sequence[DutyClock], now: Any) -> services.Tally:
        if bad.pk in [clock.pk for clock in clocks]:
            break_it()
        return services.clocks_reconcile(clocks=clocks, now=now)

    return reconcile


def refused_by_the_database() -> None:
    """What a clock had written by then goes with it; PostgreSQL takes nothing more until that is rolled back."""
    Duty.objects.update(rung=9)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


@pytest.mark.django_db
def test_a_clock_that_the_database_refuses_undoes_nothing_of_its_neighbours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, bad, after = clocks_due(3)
    monkeypatch.setattr(sweep, "clocks_reconcile", failing(bad, refused_by_the_database))
    run = sweep_at(OVERDUE_AT)
    assert (run.looked_at, run.put_off, run.overdue) == (3, 1, 2)
    rows = {clock.pk: duty_of(clock.care_record) for clock in (before, bad, after)}
    assert [(rows[clock.pk].outcome, rows[clock.pk].rung) for clock in (before, after)] == [
        (Outcome.OVERDUE, 1)
    ] * 2
    assert (rows[bad.pk].outcome, rows[bad.pk].rung) == (Outcome.OPEN, None)


@pytest.mark.django_db
def test_failures_add_up_until_it_works_again(monkeypatch: pytest.MonkeyPatch) -> None:
    (clock,) = clocks_due(1)
    monkeypatch.setattr(sweep, "clocks_reconcile", failing(clock, refused_by_the_database))
    for hour in (0, 1, 2):
        assert sweep_at(f"2026-03-05T0{hour}:00").put_off == 1
    clock.refresh_from_db()
    assert (clock.failures, clock.last_failure) == (3, "DataError")
    monkeypatch.undo()
    sweep_at("2026-03-05T03:00")
    clock.refresh_from_db()
    assert (clock.failures, clock.last_failure) == (0, "")


@pytest.mark.django_db(transaction=True)
def test_what_another_holds_is_left_out_and_comes_later() -> None:
    held, free = clocks_due(2)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM duties_dutyclock WHERE id = %s FOR UPDATE", [held.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")  # a sweep that waits fails here and does not hang
        with transaction.atomic():
            assert claim_due(moment(OVERDUE_AT), 9) == [free]
        assert sweep_at(OVERDUE_AT).looked_at == 1
    finally:
        other.rollback()
        other.close()
        connection.close()
    assert duty_of(held.care_record).outcome == Outcome.OPEN
    assert sweep_at(OVERDUE_AT).looked_at == 1
    assert duty_of(held.care_record).outcome == Outcome.OVERDUE
