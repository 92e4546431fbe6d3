"""走访台账: every visit of the month that counts, and of people no more than the asker may know."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from buildings.scope import Scope
from cadres.choices import Post
from duties.as_of import AsOf
from residents.models import Resident
from stats.figures import Figures, Question
from tests.duties.steps import visit
from tests.factories import Community, care_record, clerk, moment, resident
from tests.reports.asking import MARCH, made, rows_of
from tests.visits.people import NOW, account_of
from visits.models import Visit
from visits.services import care_record_end, visit_void

pytestmark = pytest.mark.django_db
START = date(2026, 3, 1)


@pytest.fixture
def person(home: Community) -> Resident:
    person = resident(home.building, now=moment("2026-03-01T09:00"), name="迪丽努尔·买买提", room="601")
    care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START, resident=person)
    return person


@pytest.fixture
def office(home: Community) -> User:
    return clerk(home.place)


def seen(home: Community, person: Resident, at: str = "2026-03-03T10:30", **details: Any) -> Visit:
    head = home.holder(home.building, Post.BUILDING_HEAD)
    texts = {"visitor": head, "visitor_name": "", "notes": "血压偏高", "request": "换灯泡"}
    return visit(person, at, **{**texts, **details})


def test_it_works(home: Community, person: Resident, office: User) -> None:
    seen(home, person)
    report = made("ledger", home.place, office)
    assert report.title == "百步亭社区走访台账"
    assert report.facts == "2026年3月　制表：2026-03-11 09:00　社区办李敏"
    [row] = rows_of(report)
    assert row == {
        "走访日期": date(2026, 3, 3),
        "时刻": moment("2026-03-03T10:30").time(),
        "走访对象": "迪丽努尔·买买提",
        "对象类别": "孤寡老人",
        "住址": "怡康苑第一片区101栋1单元601室",
        "走访方式": "上门",
        "是否见到本人": True,
        "走访人": home.holder(home.building, Post.BUILDING_HEAD).name,
        "走访人职务": "楼栋长",
        "情况记录": "血压偏高",
        "诉求": "换灯泡",
        "录入方式": "办公室录入",
    }
    assert report.summary == "共 1 次走访，见到本人 1 次"


def test_masked_it_holds_nothing_of_a_person(home: Community, person: Resident, office: User) -> None:
    seen(home, person)
    report = made("ledger", home.place, office, is_full=False)
    assert report.title == "百步亭社区走访台账（已脱敏）"
    said = str(report.rows) + report.page() + report.summary
    for secret in ("迪丽努尔", "601", "血压", "灯泡"):
        assert secret not in said
    [row] = rows_of(report)
    assert (row["走访对象"], row["住址"], row["情况记录"]) == ("迪**", "怡康苑第一片区101栋", "（已隐藏）")


def test_a_secretary_in_full_reads_names_and_no_notes(home: Community, person: Resident) -> None:
    seen(home, person)
    secretary = account_of(home.holder(home.precincts[0], Post.BRANCH_SECRETARY), "zhibu")
    report = made("ledger", home.precincts[0], secretary)
    [row] = rows_of(report)
    assert (row["走访对象"], row["住址"]) == ("迪丽努尔·买买提", "怡康苑第一片区101栋1单元601室")
    assert (row["情况记录"], row["诉求"]) == ("（已隐藏）", "（已隐藏）")
    assert report.title.endswith("（已脱敏）")  # what is not whole must not be imported
    assert "血压" not in report.page()


def test_a_sensitive_category_is_named_to_the_ladder_alone(home: Community, office: User) -> None:
    start = moment("2026-03-01T09:00")
    record = care_record(home.building, now=start, started_on=START, code="released")
    seen(home, record.resident)
    assert [row["对象类别"] for row in rows_of(made("ledger", home.place, office))] == ["重点对象"]
    secretary = account_of(home.holder(home.precincts[0], Post.BRANCH_SECRETARY), "zhibu")
    [row] = rows_of(made("ledger", home.precincts[0], secretary))
    assert row["对象类别"] == "刑释解教人员"


def test_the_category_is_that_of_the_day(home: Community, person: Resident, office: User) -> None:
    start = moment("2026-03-01T09:00")
    hardship = care_record(home.building, now=start, started_on=START, code="hardship", resident=person)
    care_record_end(care_record=hardship, ended_on=date(2026, 3, 4), end_reason="recovered", now=NOW)
    for day in ("04", "05"):
        seen(home, person, f"2026-03-{day}T10:00")
    stranger = resident(home.building, now=NOW)
    seen(home, stranger, "2026-03-06T10:00")
    found = [row["对象类别"] for row in rows_of(made("ledger", home.place, office))]
    assert found == ["困难家庭、孤寡老人", "孤寡老人", ""]


def test_the_month_ends_at_midnight_in_wuhan(home: Community, person: Resident, office: User) -> None:
    for at in ("2026-02-28T23:59", "2026-03-01T00:00", "2026-03-31T23:59", "2026-04-01T00:00"):
        seen(home, person, at)
    rows = rows_of(made("ledger", home.place, office, now=moment("2026-04-02T09:00")))
    assert [row["走访日期"] for row in rows] == [date(2026, 3, 1), date(2026, 3, 31)]


def test_a_voided_one_is_left_out_and_the_count_is_the_interfaces(
    home: Community, person: Resident, office: User
) -> None:
    visit_void(visit=seen(home, person), reason="记错了人", now=NOW)
    other = resident(home.buildings[4], now=NOW)
    for at, who in (("2026-03-04T10:00", person), ("2026-03-05T10:00", person), ("2026-03-05T11:00", other)):
        seen(home, who, at)
    for place in (home.place, *home.quarters, *home.precincts, *home.buildings):
        scope = Scope(paths=frozenset({place.path}))
        figures = Figures(scope, Question(AsOf.now(NOW), MARCH))
        assert len(made("ledger", place, office).rows) == figures.value("visits", place.pk)


def test_hostile_words_stay_words(home: Community, person: Resident, office: User) -> None:
    import io

    import openpyxl

    seen(
        home,
        person,
        visitor=None,
        visitor_name="=cmd|'/C calc'!A0",
        notes="+1+1",
        request="<script>x</script>",
    )
    report = made("ledger", home.place, office)
    sheet = openpyxl.load_workbook(io.BytesIO(report.book())).active
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value}
    for text in ("=cmd|'/C calc'!A0", "+1+1", "<script>x</script>"):
        assert cells[text].data_type == "s"
    assert cells["+1+1"].quotePrefix
    assert "<script>x" not in report.page()
    assert "&lt;script&gt;x" in report.page()


def test_queries_do_not_grow_with_the_rows(home: Community, person: Resident, office: User) -> None:
    taken = []
    for days in (range(2, 4), range(4, 11)):
        for day in days:
            seen(home, person, f"2026-03-{day:02d}T10:00")
            seen(home, resident(home.buildings[day % 8], now=NOW), f"2026-03-{day:02d}T11:00")
        with CaptureQueriesContext(connection) as queries:
            made("ledger", home.place, office)
        taken.append(len(queries))
    assert taken[0] == taken[1] < 20
