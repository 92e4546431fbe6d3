"""The change feed: a client that follows it ends with the rows of the database, whatever happens on the way."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from api.choices import Grant
from api.models import FeedEntry
from api.services import client_change, feed_number, feed_restart
from buildings.models import Place
from buildings.services import place_change, place_move
from cadres.models import Appointment, Cadre
from cadres.services import appointment_end, cadre_change
from residents.models import CareRecord, Resident
from residents.services import household_get_or_create, resident_change
from tests.api.callers import READS, Caller, caller
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, appointment, care_record, community, moment, resident
from tests.visits.people import stop_the_clock
from visits.models import Incident, Visit
from visits.services import (
    arrival_stamp,
    care_record_end,
    incident_close,
    incident_report,
    resident_relocate,
    visit_void,
)

NOW = moment("2026-03-11T09:00")
START = date(2026, 3, 1)
PATHS = {
    "place": "places/",
    "appointment": "appointments/",
    "care_record": "care-records/",
    "duty": "duties/",
    "visit": "visits/",
    "incident": "incidents/",
}
Rows = dict[tuple[str, int], dict[str, Any]]


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, NOW)


class Follower:
    """A district platform: keeps rows and position, as it last saved them."""

    def __init__(self, asks: Caller) -> None:
        self.asks = asks
        self.rows: Rows = {}
        self.since = ""
        self.began_anew = 0

    def read(self, limit: int = 100) -> dict[str, Any]:
        params = {"limit": limit, **({"since": self.since} if self.since else {})}
        answer = self.asks.get("changes/", params)
        if answer.status_code == 410:
            assert answer.json()["code"] == "feed_restarted"
            self.rows, self.since = {}, ""
            self.began_anew += 1
            return self.read(limit)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def take(self, page: dict[str, Any]) -> None:
        for change in page["changes"]:
            key = (change["kind"], change["id"])
            if change["gone"]:
                assert change["data"] is None
                self.rows.pop(key, None)
            else:
                self.rows[key] = change["data"]

    def follow(self, limit: int = 100) -> None:
        """Read to the end."""
        while True:
            page = self.read(limit)
            self.take(page)
            self.since = page["next"]
            if not page["more"]:
                return


def rows_now(asks: Caller) -> Rows:
    """What the lists show."""
    return {(kind, row["id"]): row for kind, path in PATHS.items() for row in asks.all(path, limit=500)}


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
    client_change(
        client=follower.asks.client, places=[home.quarters[1]], grants=READS, now=NOW, by=None
    )
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


# --- a thousand random changes ---------------------------------------------------------------------------------------
class Life:
    """Random changes to a community by its own services, as days go by."""

    def __init__(self, home: Community, chance: random.Random) -> None:
        self.home, self.chance, self.now = home, chance, NOW
        self.done = 0

    def change(self) -> None:
        self.now += timedelta(minutes=self.chance.randint(1, 90))
        weights = {
            self.person: 8, self.visit: 20, self.void: 4, self.end: 3, self.relocate: 6, self.rename: 5,
            self.move_building: 2, self.rename_place: 2, self.incident: 4, self.arrive: 6, self.close: 3,
            self.leave_post: 3, self.rename_cadre: 2, self.sweep: 4,
        }  # fmt: skip
        (step,) = self.chance.choices(list(weights), list(weights.values()))
        try:
            with transaction.atomic():
                step()
        except ValidationError:
            pass  # a random change that the services refuse is none
        else:
            self.done += 1

    def any(self, rows: Any) -> Any:
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        if not ids:
            raise ValidationError("none yet")
        return rows.get(pk=self.chance.choice(ids))

    def building(self) -> Place:
        return self.chance.choice(self.home.buildings)

    def person(self) -> None:
        code = self.chance.choice(["elderly_alone", "hardship", "released"])
        care_record(Place.objects.get(pk=self.building().pk), now=self.now, started_on=self.now.date(), code=code)

    def visit(self) -> None:
        visit(self.any(Resident.objects), (self.now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M"),
              received=self.now.strftime("%Y-%m-%dT%H:%M"))  # fmt: skip

    def void(self) -> None:
        visit_void(visit=self.any(Visit.objects.filter(voided_at=None)), reason="重复录入", now=self.now)

    def end(self) -> None:
        record = self.any(CareRecord.objects.filter(ended_on=None))
        care_record_end(care_record=record, ended_on=self.now.date(), end_reason="moved", now=self.now)

    def relocate(self) -> None:
        household = household_get_or_create(
            building=Place.objects.get(pk=self.building().pk), room=str(self.chance.randint(1, 30))
        )
        resident_relocate(resident=self.any(Resident.objects), to_household=household, now=self.now)

    def rename(self) -> None:
        resident_change(resident=self.any(Resident.objects), name=self.chance.choice("赵钱孙李周吴") + "某")

    def move_building(self) -> None:
        place_move(
            place=Place.objects.get(pk=self.building().pk),
            to_parent=Place.objects.get(pk=self.chance.choice(self.home.precincts).pk),
            moved_on=self.now.date(),
        )

    def rename_place(self) -> None:
        place = Place.objects.get(pk=self.building().pk)
        place_change(place=place, floor_count=self.chance.randint(1, 30))

    def incident(self) -> None:
        incident_report(
            building=Place.objects.get(pk=self.building().pk), kind="emergency", occurred_at=self.now,
            summary="", now=self.now, reported_by=None,
        )  # fmt: skip

    def arrive(self) -> None:
        incident = self.any(Incident.objects.filter(closed_at=None))
        post = self.chance.choice(incident.rule.required_posts)
        arrival_stamp(incident=incident, post=post, arrived_at=self.now, now=self.now)

    def close(self) -> None:
        incident_close(incident=self.any(Incident.objects.filter(closed_at=None)), result="已处理", now=self.now)

    def leave_post(self) -> None:
        held = self.any(Appointment.objects.filter(ended_on=None))
        appointment_end(appointment=held, ended_on=self.now.date(), end_reason="resigned")
        if self.chance.random() < 0.8:
            appointment(held.place, held.post, started_on=self.now.date() + timedelta(days=1))

    def rename_cadre(self) -> None:
        cadre_change(cadre=self.any(Cadre.objects), name=self.chance.choice("郑王冯陈褚卫") + "某某")

    def sweep(self) -> None:
        sweep_at(self.now)


def disturbed(follower: Follower, chance: random.Random) -> None:
    """One reading, as it goes on a bad day: the answer is lost, or the program stops before it saved something."""
    page = follower.read(limit=chance.choice([1, 3, 10, 50]))
    what = chance.random()
    if what < 0.2:
        return  # the answer never arrived
    if what < 0.4:
        follower.take(page)  # stopped before the position was saved: the same page is read again
        return
    follower.take(page)
    follower.since = page["next"]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1])
def test_after_a_thousand_random_changes_restarts_and_lost_answers_the_rows_are_those_of_the_database(
    seed: int,
) -> None:
    chance = random.Random(seed)
    home = community()
    followers = [
        Follower(caller(home.place, now=NOW)),
        Follower(caller(home.quarters[0], now=NOW)),
        Follower(caller(home.precincts[3], home.buildings[0], now=NOW)),
    ]
    life = Life(home, chance)
    while life.done < 1000:
        life.change()
        if chance.random() < 0.1:
            disturbed(chance.choice(followers), chance)
    for follower in followers:
        follower.follow()
        assert follower.rows == rows_now(follower.asks)
        assert {kind for kind, _ in follower.rows} == set(PATHS)
    assert FeedEntry.objects.filter(is_here=False).count() > 50  # rows did leave


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
