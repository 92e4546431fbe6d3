"""A cap counts what was done in a time, by what it was done to, and lets go again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from buildings.caps import within_cap
from buildings.models import Cap
from tests.factories import moment

NOW = moment("2026-03-11T09:00")
HOUR = timedelta(hours=1)


def once(key: str = "repair|12", after: timedelta = timedelta(0), most: int = 3) -> bool:
    return within_cap(key=key, most=most, per=HOUR, now=NOW + after)


@pytest.mark.django_db
def test_it_works() -> None:
    assert [once(after=timedelta(minutes=minutes)) for minutes in (0, 0, 20, 30)] == [True, True, True, False]
    assert once("repair|13")


@pytest.mark.django_db
def test_it_lets_go_as_time_passes_and_keeps_no_old_rows() -> None:
    for minutes in (0, 0, 20):
        once(after=timedelta(minutes=minutes))
    assert not once(after=timedelta(minutes=59))
    assert once(after=timedelta(minutes=61))
    assert once(after=timedelta(minutes=61))
    assert not once(after=timedelta(minutes=61))
    assert once(after=timedelta(minutes=200))
    assert Cap.objects.count() == 1


@pytest.mark.django_db
def test_what_is_refused_is_not_counted() -> None:
    for _ in range(10):
        once()
    assert sum(Cap.objects.values_list("count", flat=True)) == 3
    assert once(after=timedelta(minutes=61))


@pytest.mark.django_db
def test_a_key_names_no_person() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        once("repair|13800001111")
    assert not Cap.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_more_go_through() -> None:
    def one(_: int) -> bool:
        try:
            return once(most=5)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(16))) == 5
