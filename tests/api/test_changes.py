"""The change feed: a client that follows it ends with the rows of the database, whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from api.choices import Grant
from api.services import client_change, feed_number, feed_restart
from buildings.services import place_change, place_move
from residents.services import household_get_or_create, resident_change
from tests.api.callers import READS, caller
from tests.api.followers import Follower, rows_now
from tests.duties.steps import visit
from tests.factories import care_record, community, moment, resident
from tests.visits.people import stop_the_clock
from visits.services import (
    resident_relocate,
)

NOW = moment("2026-03-11T09:00")
START = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, NOW)


@pytest.mark.django_db
def test_it_works() -> None:
    home = community()
    follower = Follower(caller(home.place, now=NOW))
    follower.follow()
    assert follower.rows == rows_now(follower.asks)
    assert follower.read()["changes"] == []
    record = care_record(home.building, now=NOW, started_on=START)
    page = follower.read()
    assert {(change["kind"], change["gone"]) for change in page["changes"]} == {
        ("care_record", False),
        ("duty", False),
    }
    (change,) = [change for change in page["changes"] if change["kind"] == "care_record"]
    assert change["id"] == record.pk
    assert change["data"] == follower.asks.get(f"care-records/{record.pk}/").json()
    assert follower.read() == page  # a lost answer is read again


@pytest.mark.django_db
def test_a_row_that_leaves_the_clients_sight_is_taken_away() -> None:
    home = community()
    follower = Follower(caller(home.quarters[0], now=NOW))
    other = Follower(caller(home.quarters[1], now=NOW))
    record = care_record(home.buildings[0], now=NOW, started_on=date(2026, 3, 10))
    follower.follow()
    other.follow()
    assert ("care_record", record.pk) in follower.rows
    household = household_get_or_create(building=home.buildings[-1], room="9")
    resident_relocate(resident=record.resident, to_household=household, now=NOW)
    gone = [change for change in follower.read()["changes"] if change["gone"]]
    assert {change["kind"] for change in gone} == {"care_record", "duty"}
    follower.follow()
    other.follow()
    assert ("care_record", record.pk) not in follower.rows
    assert ("care_record", record.pk) in other.rows
    assert follower.rows == rows_now(follower.asks)
    assert other.rows == rows_now(other.asks)


@pytest.mark.django_db
def test_a_place_that_is_moved_takes_everything_with_it() -> None:
    home = community()
    follower = Follower(caller(home.quarters[0], now=NOW))
    other = Follower(caller(home.quarters[1], now=NOW))
    person = resident(home.building, now=NOW)
    care_record(home.building, now=NOW, started_on=START, resident=person)
    visit(person, "2026-03-10T10:00")
    for one in (follower, other):
        one.follow()
    place_move(place=home.building, to_parent=home.precincts[2], moved_on=NOW.date())
    for one in (follower, other):
        one.follow()
        assert one.rows == rows_now(one.asks)
    assert not {kind for kind, _ in follower.rows} & {"care_record", "visit", "duty"}
    assert {kind for kind, _ in other.rows} >= {"care_record", "visit", "duty"}


@pytest.mark.django_db
def test_a_client_is_told_nothing_of_rows_it_never_saw() -> None:
    home, stranger = community(), community("邻居社区")
    follower = Follower(caller(home.quarters[0], now=NOW, grants=[Grant.PLACES, Grant.DUTIES]))
    follower.follow()
    care_record(stranger.building, now=NOW, started_on=START)
    care_record(home.buildings[-1], now=NOW, started_on=START)
    assert follower.read()["changes"] == []
    care_record(home.building, now=NOW, started_on=START)
    assert {change["kind"] for change in follower.read()["changes"]} == {"duty"}


@pytest.mark.django_db
def test_another_sight_or_another_epoch_begins_anew() -> None:
    home = community()
    follower = Follower(caller(home.quarters[0], now=NOW))
    follower.follow()
    client_change(client=follower.asks.client, places=[home.quarters[1]], grants=READS, now=NOW, by=None)
    follower.follow()
    assert follower.began_anew == 1
    assert follower.rows == rows_now(follower.asks)
    feed_restart()
    follower.follow()
    assert follower.began_anew == 2
    assert follower.rows == rows_now(follower.asks)


@pytest.mark.django_db
@pytest.mark.parametrize("since", ["nonsense", "WyJhIiwiYiJd", "W10", "WyJhIiwiYiIsInRydWUiXQ", "ÿ"])
def test_a_position_that_is_none_is_refused(since: str) -> None:
    home = community(staffed=False)
    refused = caller(home.place, now=NOW).get("changes/", {"since": since})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")


# --- transactions that end late -------------------------------------------------------------------------------------
class Aside(threading.Thread):
    """A transaction in another connection: works, says so, and commits when it is told."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.work, self.worked, self.go = work, threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            with transaction.atomic():
                self.work()
                self.worked.set()
                self.go.wait(20)
        finally:
            connection.close()

    def __enter__(self) -> Aside:
        self.start()
        assert self.worked.wait(20)
        return self

    def __exit__(self, *_: Any) -> None:
        self.go.set()
        self.join(20)
        assert not self.is_alive()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_began_early_and_commits_late_is_not_lost() -> None:
    home = community()
    person, other = resident(home.building, now=NOW), resident(home.buildings[1], now=NOW)
    follower = Follower(caller(home.place, now=NOW))
    follower.follow()
    with Aside(lambda: visit(person, "2026-03-10T10:00") and None):
        late = visit(other, "2026-03-10T11:00")  # a higher id, committed first
        follower.follow()
        assert ("visit", late.pk) in follower.rows
        assert len([kind for kind, _ in follower.rows if kind == "visit"]) == 1
    follower.follow()
    assert follower.rows == rows_now(follower.asks)
    assert len([kind for kind, _ in follower.rows if kind == "visit"]) == 2


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_being_changed_holds_nobody_up_and_comes_afterwards() -> None:
    home = community()
    record = care_record(home.building, now=NOW, started_on=START)
    follower = Follower(caller(home.place, now=NOW))
    follower.follow()
    with Aside(lambda: resident_change(resident=record.resident, name="新名字") and None):
        follower.follow()
        assert follower.rows["care_record", record.pk]["resident_name"] == "居**"
    follower.follow()
    assert follower.rows["care_record", record.pk]["resident_name"] == "新**"


@pytest.mark.django_db(transaction=True)
def test_a_row_added_beside_a_move_of_its_building_is_not_left_behind() -> None:
    """The visit begins before its building is moved and is committed after it: it has not seen the move."""
    home = community()
    place_change(place=home.precincts[0], name="老片区")
    person = resident(home.building, now=NOW)
    follower = Follower(caller(home.quarters[0], now=NOW))
    other = Follower(caller(home.quarters[1], now=NOW))
    for one in (follower, other):
        one.follow()
    with Aside(lambda: visit(person, "2026-03-10T10:00") and None):
        place_move(place=home.precincts[0], to_parent=home.quarters[1], moved_on=NOW.date())
        for one in (follower, other):
            one.follow()
    for one in (follower, other):
        one.follow()
        assert one.rows == rows_now(one.asks)
    assert "visit" in {kind for kind, _ in other.rows}


@pytest.mark.django_db(transaction=True)
def test_a_row_read_while_its_building_is_being_moved_leaves_with_it() -> None:
    """The visit is committed and read between the move's beginning and its end."""
    home = community()
    place_change(place=home.precincts[0], name="老片区")
    person = resident(home.building, now=NOW)
    follower = Follower(caller(home.quarters[0], now=NOW))
    other = Follower(caller(home.quarters[1], now=NOW))
    move = lambda: place_move(place=home.precincts[0], to_parent=home.quarters[1], moved_on=NOW.date())  # noqa: E731
    with Aside(lambda: move() and None):
        visit(person, "2026-03-10T10:00")
        for one in (follower, other):
            one.follow()
        assert "visit" in {kind for kind, _ in follower.rows}
    for one in (follower, other):
        one.follow()
        assert one.rows == rows_now(one.asks)
    assert "visit" not in {kind for kind, _ in follower.rows}
    assert "visit" in {kind for kind, _ in other.rows}


@pytest.mark.django_db(transaction=True)
def test_numbering_twice_at_once_gives_no_position_twice_and_hides_none() -> None:
    home = community()
    for building in home.buildings:
        for _ in range(5):
            care_record(building, now=NOW, started_on=START)
    follower = Follower(caller(home.place, now=NOW))
    failures: list[BaseException] = []

    def number() -> None:
        try:
            while feed_number(batch=7):
                pass
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=number) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        follower.follow(limit=20)
    for thread in threads:
        thread.join(20)
    assert failures == []
    follower.follow()
    assert follower.rows == rows_now(follower.asks)


@pytest.mark.django_db
def test_the_day_of_a_change_does_not_matter_only_its_order() -> None:
    """Positions follow the order of commits, not of dates: a visit of last year that comes in today is new."""
    home = community()
    person = resident(home.building, now=moment("2020-01-01T09:00"))
    follower = Follower(caller(home.place, now=NOW))
    follower.follow()
    visit(person, "2020-01-02T09:00", received="2026-03-11T08:00")
    assert [change["kind"] for change in follower.read()["changes"]] == ["visit"]
