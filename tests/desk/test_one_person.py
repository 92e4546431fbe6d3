"""One person is one line: in the desk's numbers, its lists and the notices, with both units named."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from cadres.choices import Post
from duties.admin.duty import DutyAdmin
from duties.choices import Outcome
from duties.models import Duty
from residents.models import CareCategory, CareRecord
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, clerk, community, moment
from tests.pages import signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock, text_of
from visits.services import incident_report

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-03-01T09:00")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def person(home: Community) -> CareRecord:
    """Somebody in two categories, and a neighbour in one: all overdue."""
    record = care_record(home.building, now=BEFORE, started_on=START)
    care_record(home.building, now=BEFORE, started_on=START, code="hospital", resident=record.resident)
    care_record(home.building, now=BEFORE, started_on=START)
    for at in ("2026-03-05T00:01", "2026-03-06T00:01", "2026-03-08T00:01"):
        sweep_at(at)
    sweep_at(NOW)
    return record


def secretary(home: Community) -> Client:
    return signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)


def test_it_works(home: Community, person: CareRecord) -> None:
    client = secretary(home)
    shown = client.get("/").context
    overdue = next(figure for figure in shown["figures"] if figure["name"] == "overdue")
    assert (overdue["value"], overdue["unit"], overdue["notes"][0][0]) == (2, "人", "共 3 项")
    page = client.get(overdue["url"])
    assert page.context["page"].paginator.count == len(page.context["rows"]) == 2
    assert "共 2 人，3 项责任" in page.content.decode()
    assert [(row.count, row.categories) for row in page.context["rows"]] == [
        (2, ["孤寡老人", "住院病人"]),
        (1, ["孤寡老人"]),
    ]
    for duty in Duty.objects.filter(outcome=Outcome.OVERDUE):
        assert f'href="/duties/{duty.pk}/"' in page.content.decode()


def test_the_map_says_both_units(home: Community, person: CareRecord) -> None:
    assert "101栋：逾期 2 人，共 3 项，已到" in text_of(secretary(home), "/")


def test_notices_about_one_person_are_one_line(home: Community, person: CareRecord) -> None:
    client = secretary(home)
    rows = client.get("/notices/").context["rows"]
    assert sorted(1 + len(row.others) for row in rows) == [1, 2]
    assert len(client.get("/m/notices/").context["rows"]) == 2
    assert len({row.event.duty_id for row in rows}) == 2


def test_what_concerns_nobody_is_counted_apart(home: Community, person: CareRecord) -> None:
    incident_report(
        building=home.building,
        kind="discontent",
        occurred_at=BEFORE,
        summary="",
        now=BEFORE,
        reported_by=None,
    )
    sweep_at(NOW)
    client = secretary(home)
    overdue = next(figure for figure in client.get("/").context["figures"] if figure["name"] == "overdue")
    page = client.get(overdue["url"])
    assert (overdue["value"], overdue["unit"], overdue["notes"][0][0]) == (5, "项", "其中 2 人")
    assert "共 2 人和 2 件不涉及个人的事，5 项责任" in page.content.decode()
    assert len(page.context["rows"]) == 4


def test_a_younger_round_says_why_nobody_was_told(home: Community) -> None:
    care_record(
        home.building,
        now=moment("2026-01-10T09:00"),
        started_on=moment("2026-01-10T00:00").date(),
        code="hardship",
    )
    sweep_at(NOW)
    [row] = secretary(home).get("/duties/").context["rows"]
    assert [one.note for one in (row.first, *row.others)] == ["", *["上一轮逾期未办，本轮不另行知会"] * 2]


def test_a_past_day_groups_alike(home: Community, person: CareRecord) -> None:
    page = secretary(home).get("/duties/?as_of=2026-03-07&state=overdue")
    assert [row.count for row in page.context["rows"]] == [2, 1]


# --- the office's own list -------------------------------------------------------------------------------------------
def test_the_office_reads_a_line_a_person(home: Community, person: CareRecord) -> None:
    office = signed_in(clerk(home.place))
    page = office.get("/admin/duties/duty/?state=overdue")
    rows = page.context["cl"].result_list
    assert [(row.shown.count, row.shown.categories) for row in rows] == [
        (2, ["孤寡老人", "住院病人"]),
        (1, ["孤寡老人"]),
    ]
    assert "共 2 人，3 项" in page.content.decode()
    for duty in Duty.objects.filter(outcome=Outcome.OVERDUE):
        assert f'href="/duties/{duty.pk}/"' in page.content.decode()


def test_a_filter_leaves_the_person_what_it_asks_for(home: Community, person: CareRecord) -> None:
    office = signed_in(clerk(home.place))
    hospital = CareCategory.objects.get(code="hospital")
    listed = office.get(f"/admin/duties/duty/?state=overdue&category={hospital.pk}").context["cl"]
    assert [(row.care_record_id, row.shown.count) for row in listed.result_list] == [
        (person.resident.care_records.get(category=hospital).pk, 1)
    ]
    assert (listed.people, listed.alone, listed.duties) == (1, 0, 1)


def test_pages_of_the_office_s_list_are_of_people(
    home: Community, person: CareRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DutyAdmin, "list_per_page", 1)
    office = signed_in(clerk(home.place))
    found = []
    for number in (1, 2):
        listed = office.get(f"/admin/duties/duty/?state=overdue&p={number}").context["cl"]
        assert (listed.people, listed.duties, listed.paginator.num_pages) == (2, 3, 2)
        found += [row.care_record.resident_id for row in listed.result_list]
    assert found[0] == person.resident_id
    assert len(set(found)) == 2


def test_its_export_keeps_a_row_a_duty(home: Community, person: CareRecord) -> None:
    office = signed_in(clerk(home.place))
    sent = office.post("/admin/duties/duty/export/?state=overdue", {"detail": "masked"})
    sheet = load_workbook(BytesIO(sent.content)).active
    assert sheet is not None
    states = [row[7].value for row in sheet.iter_rows(min_row=4)]
    assert states == ["逾期 7 天"] * 3
