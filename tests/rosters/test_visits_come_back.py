"""Visits that are exported and imported again are the same visits, whichever way they came in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from baibuting.common.tabular.report import Correction
from cadres.choices import Post
from duties.models import Duty, DutyEvent
from residents.models import Resident
from residents.services import household_get_or_create
from tests.factories import Community, care_record, clerk, community, moment, resident
from tests.pages import signed_in
from tests.rosters.tables import NOW, counts, csv_of, load
from visits.choices import Method, VisitOrigin
from visits.models import Visit
from visits.services import resident_relocate, visit_correct, visit_record, visit_void

pytestmark = pytest.mark.django_db
FULL = {"detail": "full", "reason": "核对走访记录"}


@pytest.fixture
def home() -> Community:
    made = community()
    head = made.holder(made.building, Post.BUILDING_HEAD)
    head.name = "任敏茂"
    head.save(update_fields=["name"])
    return made


@pytest.fixture
def person(home: Community) -> Resident:
    found = resident(home.building, now=NOW, name="周文小", room="101")
    care_record(home.building, now=NOW, started_on=date(2026, 11, 1), resident=found)
    return found


def entered(person: Resident, at: str | datetime, **details: Any) -> Visit:
    """By hand, or by a phone."""
    visited_at = moment(at) if isinstance(at, str) else at
    details.setdefault("origin", VisitOrigin.OFFICE)
    if "visitor" not in details:
        details.setdefault("visitor_name", "王芳")
    return visit_record(resident=person, visited_at=visited_at, now=NOW, **details)


def exported(home: Community, conditions: str = "state=all") -> bytes:
    client: Client = signed_in(User.objects.filter(username="clerk").first() or clerk(home.place))
    answer = client.post(f"{reverse('admin:visits_visit_export')}?{conditions}", FULL)
    assert answer.status_code == 200
    return answer.content


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values_list()) for model in (Visit, Duty, DutyEvent)]


def comes_back(home: Community) -> tuple[int, int, int]:
    """Export and import; nothing at all may change."""
    before = everything()
    report = load("visits", exported(home))
    assert report.rejected == []
    assert everything() == before
    return counts(report)


def test_it_works(home: Community, person: Resident) -> None:
    head = home.holder(home.building, Post.BUILDING_HEAD)
    entered(person, "2026-11-03T19:30", visitor=head, notes="血压偏高", request="换灯泡")
    assert comes_back(home) == (0, 0, 1)


@pytest.mark.parametrize(
    "details",
    [
        {
            "at": moment("2026-11-03T19:30") + timedelta(seconds=41, microseconds=7),
            "origin": VisitOrigin.PHONE,
        },
        {"at": moment("2026-11-03T00:00"), "has_time": False},
        {"at": moment("2026-11-03T00:00")},
        {"at": moment("2026-11-03T23:59") + timedelta(seconds=59), "has_time": True},
        {"notes": "无", "request": " 暂无 "},
        {"notes": "  两行\n文字  ", "request": "=1+1"},
        {"method": Method.OTHER, "seen": False},
        {"method": Method.OFFICE, "notes": "来访"},
        {"visitor_name": "志愿者 王芳（社区）"},
        {"visitor_name": "-"},
    ],
)
def test_however_it_was_entered(home: Community, person: Resident, details: dict[str, Any]) -> None:
    entered(person, **{"at": "2026-11-03T19:30", **details})
    assert comes_back(home) == (0, 0, 1)


def test_one_that_was_imported_from_other_words(home: Community, person: Resident) -> None:
    head = ("走访时间", "走访人", "走访对象", "住址", "走访方式", "是否见到本人")
    row = ("2026/11/3 19:30", "任敏茂（楼栋长）", "周文小", "怡康苑101栋1单元101室", "楼下碰到", "家属在家")
    load("visits", csv_of(head, row))
    assert comes_back(home) == (0, 0, 1)


def test_a_voided_one_stays_voided(home: Community, person: Resident) -> None:
    visit_void(visit=entered(person, "2026-11-03T19:30"), reason="记错了人", now=NOW)
    assert comes_back(home) == (0, 0, 1)
    assert Visit.objects.get().voided_at is not None


def test_somebody_who_has_moved_since(home: Community, person: Resident) -> None:
    entered(person, "2026-11-03T19:30")
    there = household_get_or_create(building=home.buildings[5], entrance="2", room="202")
    resident_relocate(resident=person, to_household=there, now=NOW)
    assert comes_back(home) == (0, 0, 1)


def test_one_word_more_is_no_other_visit_and_another_visitor_is(home: Community, person: Resident) -> None:
    entered(person, "2026-11-03T19:30", notes="血压偏高")
    head = ("走访日期", "时刻", "走访人", "走访对象", "住址", "走访方式", "情况记录")
    address = "怡康苑101栋1单元101室"
    same = ("2026-11-03", "19:30", "王芳", "周文小", address, "上门", "血压偏高")
    later = ("2026-11-03", "19:31", "王芳", "周文小", address, "上门", "血压偏高")
    longer = ("2026-11-03", "19:30", "王芳", "周文小", address, "上门", "血压偏高，已服药")
    other = ("2026-11-03", "19:30", "李芳", "周文小", address, "上门", "血压偏高")
    assert counts(load("visits", csv_of(head, same, later, longer, other))) == (1, 0, 1)
    assert counts(load("visits", csv_of(head, same, later, longer, other))) == (0, 0, 2)


def test_queries_do_not_grow_with_the_rows(home: Community, person: Resident) -> None:
    taken = []
    for first, last in ((1, 3), (4, 20)):
        for day in range(first, last):
            entered(person, f"2026-11-{day:02d}T10:00")
        data = exported(home)
        with CaptureQueriesContext(connection) as queries:
            load("visits", data)
        taken.append(len(queries))
    assert taken[0] == taken[1]


# --- whatever has happened ------------------------------------------------------------------------------------------
WORDS = st.sampled_from(
    [
        "",
        "血压偏高",
        "血压偏高。",
        "家中无人",
        "本人住院",
        "无",
        "=1+1",
        "两行\n文字",
        "（已隐藏）",
        "  都好 ",
    ]
)
NAMES = st.sampled_from(["王芳", "王 芳", "志愿者 王芳（社区）", "2号网格员", "王五、李四", "-", "无"])
DETAILS = st.fixed_dictionaries(
    {
        "who": st.integers(0, 2), "day": st.integers(1, 3), "minutes": st.none() | st.integers(0, 1439),
        "method": st.sampled_from(Method.values), "seen": st.booleans(), "by_cadre": st.booleans(), "name": NAMES,
        "notes": WORDS, "request": WORDS, "origin": st.sampled_from(list(VisitOrigin)),
    }
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(["record", "record", "record", "import", "void", "correct"]), DETAILS),
    max_size=7,
)
FILTERS = st.sampled_from(
    ["state=all", "", "state=void", "state=all&seen=no", "method=home", "state=all&method=phone"]
)


def take_step(people: list[Resident], head: Any, kind: str, details: dict[str, Any]) -> None:
    told = dict(details)
    person, day, minutes = people[told.pop("who")], told.pop("day"), told.pop("minutes")
    told["visited_at"] = moment(f"2026-11-0{day}T00:00") + timedelta(
        minutes=minutes or 0, seconds=minutes or 0
    )
    told["has_time"] = minutes is not None
    by_cadre, name, origin = told.pop("by_cadre"), told.pop("name"), told.pop("origin")
    told |= {"visitor": head, "visitor_name": ""} if by_cadre else {"visitor": None, "visitor_name": name}
    one = Visit.objects.filter(voided_at=None).order_by("pk").first()
    if kind == "record":
        visit_record(resident=person, now=NOW, origin=origin, **told)
    elif kind == "import":
        told_row = (
            f"2026-11-0{day}", head.name if by_cadre else name, person.name, f"怡康苑101栋1单元{person.household.room}室",
            Method(told["method"]).label, "是" if told["seen"] else "否", told["notes"], told["request"],
        )  # fmt: skip
        load(
            "visits",
            csv_of(
                ("走访日期", "走访人", "走访对象", "住址", "走访方式", "是否见到本人", "情况记录", "诉求"),
                told_row,
            ),
        )
    elif one is not None and kind == "void":
        visit_void(visit=one, reason="记错了人", now=NOW)
    elif one is not None:
        visit_correct(visit=one, reason="记错了", now=NOW, user=None, **told)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, conditions=FILTERS)
def test_whatever_has_happened_comes_back_unchanged(
    home: Community, person: Resident, steps: list[tuple[str, dict[str, Any]]], conditions: str
) -> None:
    """Typed, sent, imported, voided and corrected in any order; every filter; even where all corrections are ticked."""
    with transaction.atomic():
        people = [person, resident(home.building, now=NOW, name="周文小", room="102")]
        people.append(resident(home.building, now=NOW, name="赵大妈", room="101"))
        for kind, details in steps:
            try:
                with transaction.atomic():
                    take_step(people, home.holder(home.building, Post.BUILDING_HEAD), kind, details)
            except ValidationError:
                pass  # what the services refuse has not happened
        before, data = everything(), exported(home, conditions)
        report = load("visits", data, corrections=[Correction.VISITS])
        assert (report.rejected, report.warned, report.changes, report.journal) == ([], [], [], [])
        assert counts(report)[:2] == (0, 0)
        assert everything() == before
        transaction.set_rollback(True)
