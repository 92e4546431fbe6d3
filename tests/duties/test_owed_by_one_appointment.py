"""A matter that one appointment owes, at a place above the buildings: 支部书记 at his 片区 owes a report.

It goes through sweep and ladder, is seen wherever duties are, and passes to whoever follows in the post.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from baibuting.common.days import midnight
from buildings.scope import Scope
from cadres.choices import AppointmentEnd, Post
from cadres.ladder import Accountable, Ladder
from cadres.models import Appointment
from cadres.services import appointment_end, appointment_hand_over
from duties.choices import Family, HandlingKind, Outcome
from duties.delivery import notices_deliver
from duties.handling import duty_stand_in_assign, duty_take_over
from duties.kinds import Kind
from duties.models import Duty, DutyClock, DutyEvent, Handling, NoticeDelivery
from duties.powers import cases
from duties.rows import ladder_steps
from duties.rules import steps_above
from duties.selectors import held_by
from duties.services import clock_create, clocks_align, clocks_wake_left
from duties.sources import ClockFacts, Obligation
from duties.standing import Moment, duty_condition, family_condition
from tests.api.callers import caller
from tests.duties.registering import registered
from tests.duties.steps import sweep_at
from tests.factories import Community, appointment, cadre, clerk, community
from tests.pages import list_url, listed, queries_of, signed_in
from tests.reports.asking import made, rows_of
from tests.visits.people import NOW, account_of, stop_the_clock, text_of

pytestmark = pytest.mark.django_db

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


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    written = Book()
    with registered(monkeypatch, Report(), written.facts):
        yield written


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, book: Book) -> Community:
    """On 10 March: the report of the first 片区 is overdue since the 9th, and only its own secretary has been told."""
    stop_the_clock(monkeypatch)
    home = community()
    owe(home, book)
    sweep_at("2026-03-07T00:01")
    sweep_at("2026-03-09T00:01")
    return home


def owe(home: Community, book: Book, precinct: int = 0) -> DutyClock:
    clock = clock_create(source="reports", community_id=home.place.pk, next_check_at=midnight(OPENED_ON))
    book.owed_by[clock.pk] = home.holders[home.precincts[precinct].pk, POST]
    return clock


def owing(home: Community) -> Appointment:
    return home.holders[home.precincts[0].pk, POST]


def align(now: datetime = NOW) -> None:
    with transaction.atomic():
        clocks_align(clocks=list(DutyClock.objects.select_for_update()), now=now)


def account(home: Community, place: Any, post: str) -> User:
    return account_of(home.holder(place, post), f"{post}-{place.pk}")


@pytest.fixture
def secretary(home: Community) -> Client:
    return signed_in(account(home, home.precincts[0], POST))


@pytest.fixture
def above(home: Community) -> Client:
    return signed_in(account(home, home.quarters[0], Post.GENERAL_BRANCH_SECRETARY))


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def test_it_works(home: Community, book: Book) -> None:
    """It lies at the 片区, names its secretary, and goes up from 苑区: no rung below him, and not his own."""
    sweep_at(NOW)
    duty = Duty.objects.get()
    assert (duty.place, duty.appointment) == (home.precincts[0], owing(home))
    assert duty.ladder == [[0, -48], [3, 48], [4, 96]]
    assert (duty.outcome, duty.rung) == (Outcome.OVERDUE, 3)
    told = [
        (one.rung, one.told_rung, one.told_cadre, one.passed_over) for one in duty.events.order_by("rung")
    ]
    assert told == [
        (0, 0, owing(home).cadre, []),
        (3, 3, home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY), []),
    ]


def test_done_it_says_so(home: Community, book: Book, office: Client) -> None:
    book.done_at = NOW - timedelta(hours=1)
    align()
    duty = Duty.objects.get()
    assert (duty.outcome, duty.appointment) == (Outcome.LATE, owing(home))
    assert "补办，晚了 3 天" in text_of(office, f"/duties/{duty.pk}/")


# --- where it is seen -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["/", "/duties/", "/duties/?mine=1", "/notices/", "/m/", "/m/notices/"])
def test_whoever_owes_it_finds_it(home: Community, secretary: Client, url: str) -> None:
    assert Report.label in text_of(secretary, url)


def test_before_it_has_reached_anybody_the_phone_shows_it(
    home: Community, book: Book, secretary: Client
) -> None:
    """A week ahead, as what is due at one's own building."""
    NoticeDelivery.objects.all().delete()
    DutyEvent.objects.all().delete()
    page = text_of(secretary, "/m/")
    assert Report.label in page
    assert "怡康苑 第一片区" in page
    other = signed_in(account(home, home.precincts[1], POST))
    assert Report.label not in text_of(other, "/m/")


def test_its_page_tells_whose_it_is(
    home: Community, secretary: Client, above: Client, office: Client
) -> None:
    sweep_at(NOW)
    duty = Duty.objects.get()
    for client in (secretary, above, office):
        for url in (f"/duties/{duty.pk}/", f"/m/duties/{duty.pk}/"):
            if client is office and url.startswith("/m/"):
                continue
            page = text_of(client, url)
            assert "怡康苑 第一片区" in page
            assert owing(home).cadre.name in page
            assert "已知会：总支书记" in page
            assert "党小组长" not in page


def test_nobody_of_a_building_sees_it(home: Community) -> None:
    """It lies above him: outside his scope, as everything at the 片区."""
    duty = Duty.objects.get()
    head = signed_in(account(home, home.building, Post.PARTY_GROUP_LEADER))
    for url in (f"/duties/{duty.pk}/", f"/m/duties/{duty.pk}/", f"/places/{home.precincts[0].pk}/"):
        assert head.get(url).status_code == 404, url
    assert Report.label not in text_of(head, "/duties/")


def test_the_desk_lists_it(home: Community, office: Client) -> None:
    here = home.precincts[0]
    for url in ("/duties/?state=overdue", f"/duties/?area={here.pk}", f"/places/{here.pk}/"):
        assert Report.label in text_of(office, url), url
    for place in (home.building, home.precincts[1], home.quarters[0]):
        assert "本级未办责任" not in text_of(office, f"/places/{place.pk}/"), "it does not lie there itself"
    assert Duty.objects.get() in listed(office, Duty, family="periodic")
    assert "怡康苑 第一片区" in text_of(office, list_url(Duty))


def test_the_phone_narrows_to_a_family(home: Community, secretary: Client) -> None:
    assert Report.label in text_of(secretary, "/m/", family="periodic").split("<article")[1]
    for family in ("visiting", "nonsense"):
        assert "<article" not in text_of(secretary, "/m/", family=family), family


def test_notices_say_what_to_do(home: Community, secretary: Client, above: Client) -> None:
    sweep_at(NOW)
    for url in ("/notices/", "/m/notices/"):
        assert "请尽快办理" in text_of(secretary, url)
        assert "请过问支部书记，督促办理" in text_of(above, url)


def test_a_mail_names_the_place(home: Community) -> None:
    owes = account(home, home.precincts[0], POST)
    owes.email = "secretary@example.invalid"
    owes.save(update_fields=["email"])
    notices_deliver(now=NOW, read_clock=lambda: NOW)
    assert ["第一片区" in message.body for message in mail.outbox] == [True]


def test_programs_read_where_it_lies(home: Community) -> None:
    (row,) = caller(home.place, now=NOW).all("duties/", kind=Report.code)
    assert (row["building"], row["accountable_post"]) == (home.precincts[0].pk, POST)
    assert caller(home.building, now=NOW).all("duties/") == []


def test_the_report_of_escalations_names_it(home: Community) -> None:
    sweep_at(NOW)
    (row,) = rows_of(made("escalations", home.place, clerk(home.place)))
    assert (row["楼栋"], row["种类"], row["责任岗位"]) == ("怡康苑 第一片区", Report.label, POST.label)


def test_an_export_takes_it(home: Community, office: Client) -> None:
    response = office.post(reverse("admin:duties_duty_export"), {"detail": "masked", "format": "0"})
    assert response.status_code == 200


def test_todays_figures_do_not_move(home: Community, office: Client) -> None:
    now = Moment.now(NOW)
    assert not Duty.objects.filter(family_condition(), duty_condition("running", now)).exists()
    shown = office.get(f"/places/{home.precincts[0].pk}/").context
    assert {figure["name"]: figure["value"] for figure in shown["figures"]}["overdue"] == 0


def test_more_of_it_costs_no_more_queries(
    home: Community, book: Book, secretary: Client, above: Client, office: Client
) -> None:
    here = home.precincts[0].pk
    pages = [(secretary, "/"), (secretary, "/m/"), (above, "/duties/"), (office, f"/places/{here}/")]
    pages += [(above, "/notices/"), (above, "/m/notices/")]
    sweep_at(NOW)
    for client, url in pages:
        text_of(client, url)  # what is written once
    few = [queries_of(client, url) for client, url in pages]
    for _ in range(3):
        owe(home, book)
        owe(home, book, precinct=1)
    sweep_at(NOW)
    assert Duty.objects.count() == 7
    assert [queries_of(client, url) for client, url in pages] == few


# --- what can be done about it ----------------------------------------------------------------------------------------
def test_whoever_owes_it_cannot_wave_himself_through(home: Community) -> None:
    by = owing(home).cadre
    duty = Duty.objects.select_related("place").get()
    case = cases(
        [duty], ladder=Ladder.load([duty.accountable]), cadre_id=by.pk, office=Scope.NOTHING, today=TODAY
    )[duty.pk]
    assert case.owes
    assert case.acts == [HandlingKind.NOTE]


def test_the_rung_above_takes_it_over_and_lets_somebody_stand_in(home: Community, secretary: Client) -> None:
    sweep_at(NOW)
    duty = Duty.objects.get()
    by = home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)
    who = account(home, home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)
    duty_take_over(duty=duty, by=who, cadre=by, now=NOW)
    stand_in = home.holder(home.building, Post.PARTY_GROUP_LEADER)
    duty_stand_in_assign(
        duty=duty, by=who, cadre=by, stand_in=stand_in, from_on=TODAY, until_on=TODAY, now=NOW
    )
    assert set(Handling.objects.values_list("place", flat=True)) == {home.precincts[0].pk}
    ladder = Ladder.load([duty.accountable])
    holder = ladder.answering(duty.accountable, 0, TODAY)
    assert holder is not None
    assert (holder.cadre_id, holder.is_cover) == (stand_in.pk, True)
    assert Duty.objects.filter(held_by(stand_in.pk, TODAY)).get() == duty
    assert not Duty.objects.filter(held_by(owing(home).cadre_id, TODAY)).exists()
    assert Report.label in text_of(signed_in(account_of(stand_in, "stand-in")), "/m/")


# --- handing over -----------------------------------------------------------------------------------------------------
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
    now = Moment.now(NOW)
    assert Duty.objects.filter(duty_condition("no_owner", now)).get() == duty
    assert Duty.objects.filter(duty_condition("no_owner", Moment.end_of(date(2026, 3, 10)))).exists()
    assert not Duty.objects.filter(duty_condition("no_owner", Moment.end_of(date(2026, 3, 9)))).exists()
    assert Report.label in text_of(office, "/duties/?state=unowned")
    page = text_of(office, f"/duties/{duty.pk}/")
    assert owing(home).cadre.name not in page.split("责任人")[-1]
    assert "缺" in page
    event = duty.events.get(rung=3)
    assert (event.told_post, event.passed_over) == (Post.GENERAL_BRANCH_SECRETARY, [])
    by = home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)
    case = cases(
        [duty], ladder=Ladder.load([duty.accountable]), cadre_id=by.pk, office=Scope.NOTHING, today=TODAY
    )[duty.pk]
    assert "第一片区的支部书记空缺" in case.refusal(HandlingKind.STAND_IN)


def test_a_reminder_to_a_vacant_seat_goes_up_and_never_down(home: Community) -> None:
    """From 片区 to 苑区: 楼栋党小组长 stands below and is neither told nor vacant."""
    appointment_end(appointment=owing(home), ended_on=date(2026, 3, 1), end_reason=AppointmentEnd.TERM)
    whose = Accountable(home.precincts[0].pk, POST, owing(home).pk)
    told = Ladder.load([whose]).told(whose, 0, date(2026, 3, 7))
    assert (told.told_rung, told.post, told.passed_over) == (3, Post.GENERAL_BRANCH_SECRETARY, [0, 2])


# --- rungs below the place --------------------------------------------------------------------------------------------
def test_a_rung_below_the_place_is_neither_told_nor_vacant(home: Community) -> None:
    precinct, quarter = home.precincts[0], home.quarters[0]
    for place, rung, told_rung in ((precinct, 1, 2), (quarter, 1, 3), (quarter, 2, 3), (home.place, 1, 4)):
        whose = Accountable(place.pk, Post.GRID_WORKER)
        ladder = Ladder.load([whose])
        told = ladder.told(whose, rung, TODAY)
        assert (told.told_rung, told.passed_over) == (told_rung, []), (place, rung)
        assert ladder.answering(whose, rung, TODAY) is None


def test_its_page_shows_no_rung_below_the_place(home: Community, book: Book) -> None:
    sweep_at(NOW)
    duty = Duty.objects.get()
    steps = ladder_steps(duty, NOW, TODAY, Ladder.load([duty.accountable]))
    assert [(step.rung_label, step.state) for step in steps] == [
        ("责任人", "told"),
        ("苑区", "told"),
        ("社区", "coming"),
    ]


# --- the database -----------------------------------------------------------------------------------------------------
def test_an_appointment_that_owes_something_cannot_be_erased(home: Community) -> None:
    with pytest.raises(Exception, match="protected foreign keys"):
        owing(home).delete()
    assert Duty.objects.get().appointment == owing(home)


def test_whoever_is_asked_for_must_have_been_loaded(home: Community) -> None:
    """A ladder that was loaded for the place alone does not pass for one that found nobody."""
    duty = Duty.objects.get()
    with pytest.raises(KeyError):
        Ladder.load([duty.place_id]).answering(duty.accountable, 0, TODAY)
