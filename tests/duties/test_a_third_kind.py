"""A kind of duty that nobody foresaw: registered in a few lines, it goes up the ladder and is seen wherever duties are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from baibuting.common.days import midnight
from cadres.choices import Post
from duties import choices, kinds, sources
from duties.actions import duty_note, duty_take_over
from duties.as_of import AsOf, duty_filter, family_condition
from duties.checks import check_kinds
from duties.choices import EventKind, Family, Outcome
from duties.delivery import notices_deliver
from duties.kinds import Kind, Link
from duties.models import Duty, DutyClock, DutyEvent
from duties.services import clock_create, clocks_reconcile
from duties.sources import ClockFacts, Obligation
from tests.api.callers import caller
from tests.duties.registering import registered
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, clerk, community, moment
from tests.pages import filter_labels, list_url, listed, queries_of, signed_in
from tests.reports.asking import made, rows_of
from tests.visits.people import NOW, START, account_of, stop_the_clock, text_of

pytestmark = pytest.mark.django_db

OPENED_ON, DUE_ON = date(2026, 3, 2), date(2026, 3, 8)
LADDER = [[0, -48], [1, 0], [2, 24], [3, 72]]
POSTS = (Post.BUILDING_HEAD, Post.SECURITY_WORKER)


class Meeting(Kind):
    """Says nothing of itself but what it is."""

    code, label, family, source = "meeting", "居民例会", Family.PERIODIC, "meetings"


class Drill(Kind):
    """Due to the minute, owed by several posts at once, and done on a page of its own."""

    code, label, family, source = "drill", "消防演练", Family.PERIODIC, "meetings"
    verb = "参加"
    is_keyed_by_post = counts_minutes = True

    def phone_action(self, duty: Duty) -> Link:
        return Link("去演练", reverse("phone:duty", args=[duty.pk]), is_main=True)


class Book:
    """What is known of the clocks: where each runs, what it asks for, when that was done."""

    def __init__(self, kind: type[Kind]) -> None:
        self.kind = kind
        self.buildings: dict[int, int] = {}
        self.done_at: datetime | None = None
        self.ended_at: datetime | None = None

    def facts(self, clocks: Sequence[DutyClock], now: datetime) -> list[ClockFacts]:
        return [
            ClockFacts(
                clock=clock,
                place_id=self.buildings[clock.pk],
                category_id=None,
                obligations=[self._obligation(post) for post in self.posts],
                ended_at=self.ended_at,
                known_since=midnight(OPENED_ON),
                next_opening_at=None,
            )
            for clock in clocks
        ]

    @property
    def posts(self) -> Sequence[str]:
        return POSTS if self.kind.is_keyed_by_post else POSTS[:1]

    def _obligation(self, post: str) -> Obligation:
        return Obligation(
            kind=self.kind.code,
            accountable_post=post,
            opened_on=OPENED_ON,
            due_on=DUE_ON,
            due_at=midnight(DUE_ON + timedelta(days=1)),
            ladder=LADDER,
            done_at=self.done_at,
            basis={"rule_version": 3},
        )


@pytest.fixture(params=[Meeting, Drill])
def kind(request: pytest.FixtureRequest) -> type[Kind]:
    found: type[Kind] = request.param
    return found


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch, kind: type[Kind]) -> Iterator[Book]:
    """The kind with its reader, registered for the length of a test."""
    written = Book(kind)
    with registered(monkeypatch, kind(), written.facts):
        yield written


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, book: Book) -> Community:
    """A community on 11 March whose first building owes something since the 9th; the sweep has told whom it should."""
    stop_the_clock(monkeypatch)
    home = community()
    _owe(home, book)
    for at in ("2026-03-07T00:01", "2026-03-09T00:01", "2026-03-10T00:01"):
        sweep_at(at)
    sweep_at(NOW)
    return home


def _owe(home: Community, book: Book) -> DutyClock:
    clock = clock_create(
        source=book.kind.source, community_id=home.place.pk, next_check_at=midnight(OPENED_ON)
    )
    book.buildings[clock.pk] = home.building.pk
    return clock


def _of(home: Community, book: Book) -> Duty:
    return Duty.objects.filter(kind=book.kind.code).earliest("pk")


def _account(home: Community, place: Any, post: str) -> User:
    return account_of(home.holder(place, post), f"{post}-{place.pk}")


@pytest.fixture
def head(home: Community) -> Client:
    return signed_in(_account(home, home.building, Post.BUILDING_HEAD))


@pytest.fixture
def secretary(home: Community) -> Client:
    return signed_in(_account(home, home.precincts[0], Post.BRANCH_SECRETARY))


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def test_it_works(home: Community, book: Book) -> None:
    """Sweep and ladder take it as any other."""
    duty = _of(home, book)
    assert Duty.objects.count() == len(book.posts)
    assert (duty.outcome, duty.rung) == (Outcome.OVERDUE, 2)
    events = DutyEvent.objects.filter(duty=duty, kind=EventKind.RAISED).order_by("rung")
    assert [event.rung for event in events] == [0, 1, 2]
    assert [event.told_post for event in events] == [
        Post.BUILDING_HEAD,
        Post.PARTY_GROUP_LEADER,
        Post.BRANCH_SECRETARY,
    ]


def test_what_tells_its_duties_apart_is_told_by_the_kind(
    home: Community, book: Book, kind: type[Kind]
) -> None:
    keys = sorted(Duty.objects.values_list("key", flat=True))
    assert keys == (sorted(POSTS) if kind is Drill else ["2026-03-02"])
    again = Duty.objects.earliest("pk")
    again.pk = None
    with pytest.raises(IntegrityError, match="duties_duty_unique"), transaction.atomic():
        again.save()
    assert Duty.objects.count() == len(keys)


def test_done_it_says_so(home: Community, book: Book, office: Client) -> None:
    book.done_at = NOW - timedelta(hours=1)
    with transaction.atomic():
        clocks_reconcile(
            clocks=DutyClock.objects.select_for_update().filter(source=book.kind.source), now=NOW
        )
    duty = _of(home, book)
    assert (duty.outcome, duty.done_at) == (Outcome.LATE, book.done_at)
    page = text_of(office, f"/duties/{duty.pk}/")
    late = "参加，晚了 2 天" if book.kind is Drill else "补办，晚了 3 天"
    assert f"3月11日 08:00 {late}" in page
    assert "结果：" in page


def test_given_up_it_is_missed(home: Community, book: Book, office: Client) -> None:
    book.ended_at = NOW - timedelta(hours=1)
    with transaction.atomic():
        clocks_reconcile(
            clocks=DutyClock.objects.select_for_update().filter(source=book.kind.source), now=NOW
        )
    assert _of(home, book).outcome == Outcome.MISSED
    assert "到终止时仍未办理" in text_of(office, f"/duties/{_of(home, book).pk}/")


def test_its_page_tells_why(home: Community, book: Book, office: Client, head: Client) -> None:
    duty = _of(home, book)
    for client in (office, head):
        page = text_of(client, f"/duties/{duty.pk}/")
        assert f"{book.kind.label}规则第 3 版" in page
        assert "为什么逾期？" in page
        assert "已知会：楼栋党小组长" in page
        assert f"{book.kind.label}，由楼栋长{book.kind.verb}" in page
        assert "怡康苑 第一片区 101栋" in page
    assert ("超时 2 天" if book.kind is Drill else "逾期 3 天") in page


def test_something_can_be_done_about_it(home: Community, book: Book, secretary: Client) -> None:
    duty = _of(home, book)
    assert "接办" in text_of(secretary, f"/duties/{duty.pk}/handle/take_over/")
    by = home.holder(home.precincts[0], Post.BRANCH_SECRETARY)
    assert by.user is not None
    duty_take_over(duty=duty, by=by.user, cadre=by, now=NOW)
    duty_note(duty=duty, by=by.user, cadre=by, words="周五再开", now=NOW)
    page = text_of(secretary, f"/duties/{duty.pk}/")
    assert "接办这件事" in page
    assert "看内容" in page


@pytest.mark.parametrize("url", ["/", "/duties/", "/notices/", "/m/", "/m/notices/"])
def test_whoever_owes_it_finds_it(home: Community, book: Book, head: Client, url: str) -> None:
    assert book.kind.label in text_of(head, url)


def test_the_desk_lists_it(home: Community, book: Book, office: Client) -> None:
    for url in ("/", "/duties/?state=overdue", f"/places/{home.building.pk}/"):
        assert book.kind.label in text_of(office, url), url


def test_the_admin_lists_it(home: Community, book: Book, office: Client) -> None:
    assert _of(home, book) in listed(office, Duty, kind=book.kind.code)
    assert book.kind.label in text_of(office, list_url(Duty))
    assert {book.kind.label, "定期事项"} <= filter_labels(office, Duty)
    assert listed(office, Duty, family="visiting") == []


def test_notices_say_what_to_do(home: Community, book: Book, head: Client, secretary: Client) -> None:
    verb = book.kind.verb
    for client, words in ((head, f"请尽快{verb}"), (secretary, f"请过问楼栋长，督促{verb}")):
        for url in ("/notices/", "/m/notices/"):
            page = text_of(client, url)
            assert book.kind.label in page
            assert words in page


def test_the_phone_shows_it_as_a_card(home: Community, book: Book, head: Client) -> None:
    duty = _of(home, book)
    page = text_of(head, "/m/")
    card = page.split("<article")[1]
    assert reverse("phone:duty", args=[duty.pk]) in card
    assert book.kind.label in card
    assert "已报片区支部书记" in card
    assert ("去演练" in page) == (book.kind is Drill)
    story = text_of(head, f"/m/duties/{duty.pk}/")
    assert "谁知道了" in story
    assert f"{book.kind.label}规则第 3 版" in story


def test_people_and_other_duties_share_the_page(home: Community, book: Book, head: Client) -> None:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START)
    sweep_at(NOW)
    page = text_of(head, "/m/")
    assert f"/m/visit/{record.resident_id}/" in page
    assert book.kind.label in page
    assert "项</span>" in page


def test_a_mail_speaks_of_duties(home: Community, book: Book) -> None:
    for post in (Post.BUILDING_HEAD, Post.PARTY_GROUP_LEADER):
        account = _account(home, home.building, post)
        account.email = f"{post}@example.invalid"
        account.save(update_fields=["email"])
    notices_deliver(now=NOW, read_clock=lambda: NOW)
    assert len(mail.outbox) == 2
    assert all("件责任请您过问" in message.subject for message in mail.outbox)
    assert all("101栋" in message.body and "2026-03-08" in message.body for message in mail.outbox)


def test_programs_read_it(home: Community, book: Book) -> None:
    rows = caller(home.place, now=NOW).all("duties/", kind=book.kind.code)
    assert len(rows) == len(book.posts)
    assert {(row["kind"], row["category"], row["incident"]) for row in rows} == {(book.kind.code, None, None)}


def test_the_report_of_escalations_names_it(home: Community, book: Book) -> None:
    rows = rows_of(made("escalations", home.place, clerk(home.place)))
    assert {(row["楼栋"], row["对象"], row["种类"]) for row in rows} == {
        ("怡康苑 第一片区 101栋", "", book.kind.label)
    }


def test_an_export_names_it(home: Community, book: Book, office: Client) -> None:
    address = reverse("admin:duties_duty_export")
    response = office.post(address, {"detail": "masked", "format": "0"})
    assert response.status_code == 200, response.status_code


def test_figures_count_visits_alone(home: Community, book: Book, office: Client) -> None:
    """Today's figures do not move; the list behind one shows what it counts, and can show the rest."""
    now = AsOf.now(NOW)
    assert Duty.objects.filter(duty_filter("overdue", now)).count() == len(book.posts)
    assert not Duty.objects.filter(family_condition(), duty_filter("overdue", now)).exists()
    assert Duty.objects.filter(family_condition(Family.PERIODIC)).count() == len(book.posts)
    shown = office.get("/").context
    assert {figure["name"]: figure["value"] for figure in shown["figures"]}["overdue"] == 0
    assert shown["overview"].by_rung() == dict.fromkeys(range(5), 0)
    behind = next(figure["url"] for figure in shown["figures"] if figure["name"] == "overdue")
    assert "family=visiting" in behind
    inside = office.get(f"/places/{home.quarters[0].pk}/").context["figures"]
    behind = next(figure["url"] for figure in inside if figure["name"] == "overdue")
    assert book.kind.label not in text_of(office, behind)
    assert book.kind.label in text_of(office, behind.replace("visiting", "periodic"))
    assert book.kind.label not in text_of(office, behind.replace("visiting", "nonsense"))


def test_more_of_it_costs_no_more_queries(home: Community, book: Book, head: Client, office: Client) -> None:
    pages = [(head, "/m/"), (head, "/m/notices/"), (head, "/notices/"), (office, "/duties/"), (office, "/")]
    for client, url in pages:
        text_of(client, url)  # what is written once
    few = [queries_of(client, url) for client, url in pages]
    for _ in range(3):
        _owe(home, book)
    sweep_at(NOW)
    assert [queries_of(client, url) for client, url in pages] == few


def test_two_kinds_never_share_a_code(book: Book) -> None:
    class Other(Kind):
        code, label, family, source = book.kind.code, "别的", Family.REPAIRING, "others"

    before = kinds.all_kinds()
    with pytest.raises(ValueError, match=f"two kinds of duty are called '{book.kind.code}'"):
        kinds.register(Other())
    assert kinds.all_kinds() == before
    assert choices.KIND_LABELS[book.kind.code] == book.kind.label


def test_a_kind_without_a_reader_is_found_at_start(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_kinds(None) == []
    monkeypatch.delitem(sources._readers, book.kind.source)
    assert [error.id for error in check_kinds(None)] == ["duties.E001"]
    monkeypatch.setitem(sources._readers, "nobody", book.facts)
    assert [error.id for error in check_kinds(None)] == ["duties.E001", "duties.E002"]


def test_a_duty_of_an_unknown_kind_is_not_taken(book: Book) -> None:
    """A reader that asks for a kind nobody registered is put off, and nothing is written."""
    home = community()
    _owe(home, book)
    del kinds._kinds[book.kind.code]
    run = sweep_at("2026-03-07T00:01")
    assert run.put_off == 1
    assert not Duty.objects.exists()
    assert DutyClock.objects.get().last_failure == "LookupError"
