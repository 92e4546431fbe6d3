"""Any figure and list as it stood at the end of a past day, with a clear line saying so."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from buildings.services import place_close
from cadres.choices import Post
from cadres.services import appointment_end, cover_start
from tests.desk.numbers import length, shown
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, appointment, care_record, clerk, community, moment
from tests.pages import signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock, text_of
from visits.services import arrival_stamp, incident_close, incident_report

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-03-01T09:00")
LINE = "结束时的情况</strong>"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def client(home: Community) -> Client:
    return signed_in_as(home, home.place, Post.COMMITTEE_SECRETARY)


def value(client: Client, name: str, day: str = "") -> int:
    return shown(client, f"/?as_of={day}" if day else "/")[name][0]


def test_it_works(home: Community, client: Client) -> None:
    """Due on the 4th, seen on the 8th: overdue on the 6th, at 苑区 by then; done today."""
    record = care_record(home.building, now=BEFORE, started_on=START)
    sweep_at("2026-03-08T09:00")
    visit(record.resident, "2026-03-08T10:00")
    sweep_at(NOW)
    assert duty_of(record, 0).outcome == "late"
    assert (value(client, "overdue"), value(client, "overdue", "2026-03-04")) == (0, 0)
    numbers = shown(client, "/?as_of=2026-03-06")
    assert (numbers["overdue"][0], numbers["overdue, 片区"][0], numbers["never_seen"][0]) == (1, 1, 1)
    response = client.get(numbers["overdue, 片区"][1])
    (person,) = response.context["rows"]
    row = person.first
    assert (row.status, row.rung_label, row.chip) == ("逾期 2 天", "片区", "overdue")
    assert LINE in response.content.decode()
    # the row itself is as it is
    assert duty_of(record, 0).outcome == "late"


def test_the_line_says_which_day_and_leads_back(home: Community, client: Client) -> None:
    text = text_of(client, "/vacancies/", as_of="2026-03-06", area=home.quarters[0].pk)
    assert "这是 2026年3月6日结束时的情况" in text
    assert f'href="?area={home.quarters[0].pk}"' in text
    assert LINE not in text_of(client, "/vacancies/")
    assert LINE not in text_of(client, "/", as_of="2026-03-11")  # today is now


def test_a_day_that_cannot_be_shown_is_refused_in_words(client: Client) -> None:
    refusals = {
        "2026-03-12": "还没有到",
        "9999-12-31": "还没有到",
        "1066-10-14": "太早",
        "0001-01-01": "太早",
        "2026-02-30": "看不懂",
        "昨天": "看不懂",
        "2026-03-01T00:00": "看不懂",
    }
    for url in ("/", "/duties/", "/never-seen/", "/vacancies/", "/incidents/", "/load/"):
        for asked, said in refusals.items() if url in ("/", "/duties/") else [*refusals.items()][:1]:
            text = text_of(client, url, as_of=asked)
            assert said in text
            assert "下面是今天的情况" in text
            assert LINE not in text
            assert asked not in text


def test_every_link_carries_the_day_on(home: Community, client: Client) -> None:
    care_record(home.building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    for page in ("/", f"/places/{home.quarters[0].pk}/", f"/places/{home.building.pk}/"):
        for name, (_, url) in shown(client, f"{page}?as_of=2026-03-06").items():
            assert "as_of=2026-03-06" in url, name
        text = text_of(client, page, as_of="2026-03-06")
        assert f'href="/places/{home.precincts[0].pk}/?as_of=2026-03-06"' in text
    assert f'href="/places/{home.building.pk}/?as_of=2026-03-06"' in text_of(client, "/", as_of="2026-03-06")


def test_office_staff_get_the_portals_own_lists_of_past_days(home: Community) -> None:
    care_record(home.building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    client = signed_in(clerk(home.place))
    assert shown(client, "/")["overdue"][1].startswith("/admin/")
    for name, (number, url) in shown(client, "/?as_of=2026-03-06").items():
        assert not url.startswith("/admin/"), name
        assert length(client, url) == number, name


def test_vacancies_follow_the_days_of_appointments_and_of_buildings(home: Community, client: Client) -> None:
    held = home.holders[home.building.pk, Post.CULTURE_WORKER]
    appointment_end(appointment=held, ended_on=date(2026, 3, 3), end_reason="resigned")
    appointment(home.building, Post.CULTURE_WORKER, started_on=date(2026, 3, 8))
    days = {day: value(client, "vacancies", f"2026-03-0{day}") for day in (3, 4, 7, 8)}
    assert days == {3: 0, 4: 1, 7: 1, 8: 0}
    for post in (Post.BUILDING_HEAD, Post.HEALTH_WORKER):
        held = home.holders[home.buildings[7].pk, post]
        appointment_end(appointment=held, ended_on=date(2026, 3, 1), end_reason="resigned")
    place_close(place=home.buildings[7], closed_on=date(2026, 3, 6))
    days = {day: value(client, "vacancies", f"2026-03-0{day}") for day in (3, 5, 6)}
    assert days == {3: 2, 5: 3, 6: 1}
    for day, number in days.items():
        assert length(client, f"/vacancies/?as_of=2026-03-0{day}") == number
    tiles = text_of(client, "/", as_of="2026-03-05").count('class="tile ')
    assert (tiles, text_of(client, "/").count('class="tile ')) == (8, 7)


def test_incidents_follow_their_moments(home: Community, client: Client) -> None:
    incident = incident_report(
        building=home.building, kind="emergency", occurred_at=moment("2026-03-05T20:00"), summary="",
        now=moment("2026-03-05T21:00"), reported_by=None,
    )  # fmt: skip
    arrival_stamp(
        incident=incident, post=incident.rule.required_posts[0], arrived_at=moment("2026-03-07T08:00"),
        now=moment("2026-03-07T08:00"),
    )  # fmt: skip
    incident_close(incident=incident, result="已处理", now=moment("2026-03-08T12:00"))
    days = {day: value(client, "incidents_running", f"2026-03-0{day}") for day in (4, 5, 7, 8)}
    assert days == {4: 0, 5: 1, 7: 1, 8: 0}
    required = len(incident.rule.required_posts)
    missing = {
        day: client.get(f"/incidents/?as_of=2026-03-0{day}").context["rows"][0].missing for day in (5, 6, 7)
    }
    assert missing == {5: required, 6: required, 7: required - 1}


def test_nobody_answers_while_the_post_is_vacant_and_the_man_on_leave_is_covered(
    home: Community, client: Client
) -> None:
    care_record(home.building, now=BEFORE, started_on=START)
    head = home.holders[home.building.pk, Post.BUILDING_HEAD]
    cover_start(
        appointment=head, stand_in=home.holder(home.buildings[1], Post.BUILDING_HEAD),
        from_on=date(2026, 3, 2), until_on=date(2026, 3, 4),
    )  # fmt: skip
    appointment_end(appointment=head, ended_on=date(2026, 3, 5), end_reason="resigned")
    sweep_at(NOW)
    days = {day: value(client, "no_owner", f"2026-03-0{day}") for day in (3, 5, 6)}
    assert days == {3: 0, 5: 0, 6: 1}
    assert value(client, "no_owner") == 1
    (person,) = client.get("/duties/?state=running&as_of=2026-03-03").context["rows"]
    row = person.first
    assert row.holder == home.holder(home.buildings[1], Post.BUILDING_HEAD).name
    (person,) = client.get("/duties/?state=unowned").context["rows"]
    row = person.first
    assert row.holder == ""


def test_what_became_known_later_counts_for_its_day(home: Community, client: Client) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    sweep_at("2026-03-06T09:00")
    assert value(client, "overdue", "2026-03-06") == 1
    visit(record.resident, "2026-03-03T10:00", received="2026-03-09T09:00")
    assert value(client, "overdue", "2026-03-06") == 0
    assert length(client, "/duties/?state=in_time&as_of=2026-03-03") == 1
    assert length(client, "/duties/?state=in_time&as_of=2026-03-02") == 0
