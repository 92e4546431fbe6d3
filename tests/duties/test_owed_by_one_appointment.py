"""A matter that one appointment owes, at a place above the buildings: 支部书记 at his 片区 owes a report.

It goes through sweep and ladder, is seen wherever duties are, and passes to whoever follows in the post.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from buildings.scope import Scope
from cadres.choices import Post
from cadres.ladder import Accountable, Ladder
from duties.actions import duty_stand_in_assign, duty_take_over
from duties.as_of import AsOf, duty_filter, family_condition
from duties.choices import DutyActionKind, Outcome
from duties.delivery import notices_deliver
from duties.models import Duty, DutyAction, DutyEvent, NoticeDelivery
from duties.permissions import duty_permissions
from duties.rows import ladder_steps
from duties.selectors import held_by
from tests.api.callers import caller
from tests.duties.by_name import (
    POST,
    TODAY,
    Book,
    Report,
    account,
    align,
    overdue_since_monday,
    owe,
    owing,
)
from tests.duties.registering import registered
from tests.duties.steps import sweep_at
from tests.factories import Community, clerk
from tests.pages import list_url, listed, queries_of, signed_in
from tests.reports.asking import made, rows_of
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
            assert "应知会：总支书记" in page, "the sweep came days after it fell due"
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
    now = AsOf.now(NOW)
    assert not Duty.objects.filter(family_condition(), duty_filter("running", now)).exists()
    shown = office.get(f"/places/{home.precincts[0].pk}/").context
    assert {figure["name"]: figure["value"] for figure in shown["figures"]}["overdue"] == 0


def test_figures_of_its_family_count_it_where_it_lies_and_above(home: Community) -> None:
    """It is missing at the buildings below; figures of visits, and those of no family, know nothing of it."""
    asks = caller(home.place, now=NOW)
    counted = {
        level: {
            row["place"]
            for row in asks.get("stats/", {"level": level, "family": "periodic"}).json()["rows"]
            if row["overdue"]
        }
        for level in ("community", "quarter", "precinct", "building")
    }
    assert counted == {
        "community": {home.place.pk}, "quarter": {home.quarters[0].pk}, "precinct": {home.precincts[0].pk},
        "building": set(),
    }  # fmt: skip
    (row,) = asks.get("stats/", {"family": "periodic", "from": "2026-03-01", "to": "2026-03-31"}).json()[
        "rows"
    ]
    assert (row["overdue"], row["due"], row["no_owner"]) == (1, 1, 0)
    visits = [asks.get("stats/", conditions).json() for conditions in ({}, {"family": "visiting"})]
    assert visits[0] == visits[1]
    assert visits[0]["rows"][0]["overdue"] == 0


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
    case = duty_permissions(
        [duty], ladder=Ladder.load([duty.accountable]), cadre_id=by.pk, office=Scope.NOTHING, today=TODAY
    )[duty.pk]
    assert case.is_accountable
    assert case.allowed_actions == [DutyActionKind.NOTE]


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
    assert set(DutyAction.objects.values_list("place", flat=True)) == {home.precincts[0].pk}
    ladder = Ladder.load([duty.accountable])
    holder = ladder.answering(duty.accountable, 0, TODAY)
    assert holder is not None
    assert (holder.cadre_id, holder.is_cover) == (stand_in.pk, True)
    assert Duty.objects.filter(held_by(stand_in.pk, TODAY)).get() == duty
    assert not Duty.objects.filter(held_by(owing(home).cadre_id, TODAY)).exists()
    assert Report.label in text_of(signed_in(account_of(stand_in, "stand-in")), "/m/")


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
        ("苑区", "late"),
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
