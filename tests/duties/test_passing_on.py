"""A duty that names an appointment passes to whoever follows in the seat: the next sweep names him, the dates stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from baibuting.common.days import midnight
from buildings.scope import Scope
from cadres.choices import AppointmentEnd, Post
from cadres.ladder import Accountable, Ladder
from cadres.services import appointment_end, appointment_hand_over
from duties.as_of import AsOf, duty_filter
from duties.choices import DutyActionKind, Outcome
from duties.models import Duty, DutyClock, DutyEvent
from duties.permissions import duty_permissions
from duties.selectors import held_by
from duties.waking import clocks_wake_left
from tests.duties.by_name import (
    POST,
    TODAY,
    Book,
    Report,
    align,
    overdue_since_monday,
    owing,
)
from tests.duties.registering import registered
from tests.duties.steps import sweep_at
from tests.factories import Community, appointment, cadre, clerk
from tests.pages import signed_in
from tests.visits.people import NOW, account_of, stop_the_clock, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    written = Book()
    with registered(monkeypatch, Report(), written.facts):
        yield written


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, book: Book) -> Community:
    stop_the_clock(monkeypatch)
    return overdue_since_monday(book)


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def test_the_next_sweep_names_whoever_follows(home: Community, book: Book, office: Client) -> None:
    """On 10 March from that day on: the row names him, the dates of the clock stay, and nothing is said of a rule."""
    before = Duty.objects.values("due_at", "opened_on", "key", "ladder", "outcome", "next_check_at").get()
    clock_before = DutyClock.objects.get().next_check_at
    events = list(DutyEvent.objects.order_by("pk").values())
    new = appointment_hand_over(appointment=owing(home), to_cadre=cadre(home.place), on=date(2026, 3, 10))
    assert Duty.objects.get().appointment == owing(home), "posts lie below duties and know nothing of them"
    assert new.cadre.name in text_of(office, f"/duties/{Duty.objects.get().pk}/"), "the page knows at once"
    sweep_at("2026-03-10T09:00")
    assert Duty.objects.get().appointment == new
    after = Duty.objects.values("due_at", "opened_on", "key", "ladder", "outcome", "next_check_at").get()
    assert after == before
    assert DutyClock.objects.get().next_check_at == clock_before
    assert list(DutyEvent.objects.order_by("pk").values()) == events, "what was told stays as it was told"


def test_whoever_follows_finds_it_and_the_old_one_does_not(home: Community, book: Book) -> None:
    old, new = owing(home).cadre, cadre(home.place)
    client = signed_in(account_of(new, "new"))
    appointment_hand_over(appointment=owing(home), to_cadre=new, on=date(2026, 3, 10))
    for swept in (False, True):
        if swept:
            sweep_at("2026-03-10T09:00")
        assert Report.label in text_of(client, "/m/"), swept
        assert Duty.objects.filter(held_by(new.pk, TODAY)).exists(), swept
        assert not Duty.objects.filter(held_by(old.pk, TODAY)).exists(), swept


def test_a_reader_may_name_the_first_one_for_ever(home: Community, book: Book) -> None:
    """Whoever follows in the seat is named all the same, and the clock is looked at once more, not by every sweep."""
    book.follows = False
    new = appointment_hand_over(appointment=owing(home), to_cadre=cadre(home.place), on=date(2026, 3, 10))
    book.asked = 0
    for at in ("2026-03-10T09:00", "2026-03-10T09:01", "2026-03-10T23:59"):
        sweep_at(at)
    assert (book.asked, Duty.objects.get().appointment) == (1, new)
    sweep_at("2026-03-11T00:01")
    assert (book.asked, Duty.objects.get().appointment) == (2, new)
    assert Duty.objects.get().events.count() == 2


def test_while_nobody_follows_the_clock_is_looked_at_once_a_day(home: Community, book: Book) -> None:
    sweep_at("2026-03-11T00:01")
    appointment_end(appointment=owing(home), ended_on=date(2026, 3, 10), end_reason=AppointmentEnd.TERM)
    book.asked = 0
    for at in ("2026-03-11T09:00", "2026-03-11T09:01", "2026-03-11T23:59"):
        sweep_at(at)
    assert (book.asked, Duty.objects.get().appointment) == (1, owing(home))
    sweep_at("2026-03-12T00:01")
    assert book.asked == 2
    new = home.holders[home.precincts[0].pk, POST] = appointment(
        home.precincts[0], POST, started_on=date(2026, 3, 12)
    )
    sweep_at("2026-03-12T09:00")
    assert Duty.objects.get().appointment == new, "and at once when somebody does"


def test_a_clock_that_ends_with_the_appointment_ends_in_its_name(home: Community, book: Book) -> None:
    """As a matter that nobody inherits: it is missed by the one who left, and not by whoever follows."""
    book.follows, book.ends_with_the_appointment = False, True
    appointment_hand_over(appointment=owing(home), to_cadre=cadre(home.place), on=date(2026, 3, 11))
    sweep_at(NOW)
    duty = Duty.objects.get()
    assert (duty.outcome, duty.appointment) == (Outcome.MISSED, owing(home))


def test_the_phone_says_what_is_handed_over(home: Community) -> None:
    client = signed_in(account_of(owing(home).cadre, "owing"))
    page = text_of(client, reverse("phone:hand_over", args=[owing(home).pk]))
    assert "没办完的责任共 1 件" in page


def test_an_end_that_is_still_to_come_wakes_nobody(home: Community, book: Book) -> None:
    sweep_at("2026-03-10T00:01")
    DutyClock.objects.update(next_check_at=midnight(date(2026, 3, 20)))
    appointment_end(appointment=owing(home), ended_on=date(2026, 3, 10), end_reason=AppointmentEnd.TERM)
    before = DutyClock.objects.get().next_check_at
    with transaction.atomic():
        assert clocks_wake_left(now=midnight(date(2026, 3, 10)) + timedelta(hours=9)) == 0
        assert DutyClock.objects.get().next_check_at == before
        assert clocks_wake_left(now=midnight(date(2026, 3, 11)) + timedelta(hours=9)) == 1


def test_a_settled_duty_keeps_the_one_who_settled_it(home: Community, book: Book) -> None:
    book.done_at = NOW - timedelta(hours=1)
    align()
    appointment_hand_over(appointment=owing(home), to_cadre=cadre(home.place), on=date(2026, 3, 12))
    sweep_at("2026-03-12T09:00")
    align(NOW + timedelta(days=1))
    assert Duty.objects.get().appointment == owing(home)


def test_nobody_follows_and_the_pages_say_so(home: Community, book: Book, office: Client) -> None:
    """Nobody holds the seat: the next rung is told at its time, the duty is nobody's, and the stand-in has nobody."""
    appointment_end(appointment=owing(home), ended_on=date(2026, 3, 9), end_reason=AppointmentEnd.TERM)
    sweep_at(NOW)
    duty = Duty.objects.select_related("place").get()
    now = AsOf.now(NOW)
    assert Duty.objects.filter(duty_filter("no_owner", now)).get() == duty
    assert Duty.objects.filter(duty_filter("no_owner", AsOf.end_of(date(2026, 3, 10)))).exists()
    assert not Duty.objects.filter(duty_filter("no_owner", AsOf.end_of(date(2026, 3, 9)))).exists()
    assert Report.label in text_of(office, "/duties/?state=unowned")
    page = text_of(office, f"/duties/{duty.pk}/")
    assert owing(home).cadre.name not in page.split("<dt>责任人</dt>")[1].split("</dd>")[0]
    assert "缺" in page
    event = duty.events.get(rung=3)
    assert (event.told_post, event.passed_over) == (Post.GENERAL_BRANCH_SECRETARY, [])
    by = home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)
    case = duty_permissions(
        [duty], ladder=Ladder.load([duty.accountable]), cadre_id=by.pk, office=Scope.NOTHING, today=TODAY
    )[duty.pk]
    assert "第一片区的支部书记空缺" in case.refusal(DutyActionKind.STAND_IN)


def test_a_reminder_to_a_vacant_seat_goes_up_and_never_down(home: Community) -> None:
    """From 片区 to 苑区: 楼栋党小组长 stands below and is neither told nor vacant."""
    appointment_end(appointment=owing(home), ended_on=date(2026, 3, 1), end_reason=AppointmentEnd.TERM)
    whose = Accountable(home.precincts[0].pk, POST, owing(home).pk)
    told = Ladder.load([whose]).told(whose, 0, date(2026, 3, 7))
    assert (told.told_rung, told.post, told.passed_over) == (3, Post.GENERAL_BRANCH_SECRETARY, [0, 2])
