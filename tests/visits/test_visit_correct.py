"""作废并重记: a mistaken visit is voided and recorded anew in one step; and no visit is recorded twice by the form."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from audit.models import AuditEvent
from cadres.choices import Post
from duties.choices import Outcome
from duties.models import Duty, DutyEvent
from residents.models import CareRecord
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, clerk, community, moment, resident
from tests.pages import add_url, errors_of, listed, object_url, signed_in
from tests.visits.people import NOW, START, stop_the_clock, text_of
from visits.choices import Method, VisitOrigin
from visits.models import Visit
from visits.services import SameVisitError, visit_correct, visit_enrich, visit_record, visit_void

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def lee(home: Community) -> User:
    return clerk(home.place)


@pytest.fixture
def office(lee: User) -> Client:
    return signed_in(lee)


@pytest.fixture
def record(home: Community) -> CareRecord:
    made = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START)
    sweep_at(NOW)
    return made


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values_list()) for model in (Visit, Duty, DutyEvent)]


def corrected(made: Visit, reason: str = "日期记错了", **changes: Any) -> Visit:
    return visit_correct(visit=made, reason=reason, now=NOW, user=None, **changes)


def test_it_works(record: CareRecord, lee: User) -> None:
    made = visit(record.resident, "2026-03-10T10:00", notes="血压偏高", request="换灯泡")
    assert duty_of(record, 0).outcome == Outcome.LATE
    new = visit_correct(
        visit=made, reason=" 日期记错了 ", now=NOW, user=lee, visited_at=moment("2026-03-02T10:00")
    )
    made.refresh_from_db()
    assert (made.voided_at, made.void_reason, new.corrects) == (NOW, "更正：日期记错了", made)
    assert (new.visited_at, new.notes, new.request) == (moment("2026-03-02T10:00"), "血压偏高", "换灯泡")
    assert (new.recorded_by, new.origin, new.received_at, new.voided_at) == (
        lee,
        VisitOrigin.OFFICE,
        NOW,
        None,
    )
    assert (duty_of(record, 0).outcome, duty_of(record, 0).done_at) == (Outcome.IN_TIME, new.visited_at)


def test_a_visit_that_was_none_settles_nothing_any_more(record: CareRecord) -> None:
    corrected(visit(record.resident, "2026-03-02T10:00"), seen=False)
    assert duty_of(record, 0).outcome == Outcome.OVERDUE


def test_another_person_and_both_are_reckoned_anew(home: Community, record: CareRecord) -> None:
    other = care_record(home.buildings[1], now=moment("2026-03-01T09:00"), started_on=START)
    made = visit(record.resident, "2026-03-02T10:00")
    new = corrected(made, resident=other.resident)
    assert (new.resident, new.building) == (other.resident, home.buildings[1])
    assert (duty_of(record, 0).outcome, duty_of(other, 0).outcome) == (Outcome.OVERDUE, Outcome.IN_TIME)


def test_the_post_is_that_of_the_day(home: Community, record: CareRecord) -> None:
    head = home.holder(home.building, Post.BUILDING_HEAD)
    new = corrected(visit(record.resident, "2026-03-02T10:00"), visitor=head, visitor_name="")
    assert (new.visitor, new.visitor_post, new.visitor_name) == (head, Post.BUILDING_HEAD, "")


@pytest.mark.parametrize(
    ("reason", "changes", "sentence"),
    [
        (" ", {"seen": False}, "请写明更正的原因"),
        ("记错了", {}, "没有改动"),
        ("记错了", {"notes": "", "method": "home"}, "没有改动"),
        ("记错了", {"visited_at": moment("2026-03-11T09:01")}, "不能晚于现在"),
        ("记错了", {"visitor_name": ""}, "请选择走访人"),
        ("记错了", {"visitor_name": "张伟19900000985"}, "只写姓名"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    record: CareRecord, reason: str, changes: dict[str, Any], sentence: str
) -> None:
    made = visit(record.resident, "2026-03-10T10:00")
    before = everything()
    with pytest.raises(ValidationError, match=sentence):
        corrected(made, reason, **changes)
    assert everything() == before


def test_what_is_void_is_not_corrected_and_nothing_is_corrected_twice(record: CareRecord) -> None:
    made = visit(record.resident, "2026-03-10T10:00")
    corrected(made, seen=False)
    void = visit_void(visit=visit(record.resident, "2026-03-09T10:00"), reason="记错了人", now=NOW)
    before = everything()
    for one in (made, void):
        with pytest.raises(ValidationError, match="已经作废"):
            corrected(one, method=Method.PHONE)
    assert everything() == before


def test_it_is_not_corrected_into_a_visit_that_is_there(record: CareRecord) -> None:
    visit(record.resident, "2026-03-09T10:00")
    made = visit(record.resident, "2026-03-10T10:00")
    before = everything()
    with pytest.raises(SameVisitError):
        corrected(made, visited_at=moment("2026-03-09T10:30"))
    assert everything() == before
    later = visit(record.resident, "2026-03-10T10:10")
    assert corrected(later, notes="两次都在同一天").corrects == later


def test_what_is_open_is_filled_in_and_nothing_else(record: CareRecord) -> None:
    made = visit_record(
        resident=record.resident, visited_at=moment("2026-03-02T00:00"), has_time=False, now=NOW,
        origin=VisitOrigin.OFFICE, visitor_name="王芳", notes="血压偏高",
    )  # fmt: skip
    at = moment("2026-03-02T10:00")
    visit_enrich(visit=made, now=NOW, visited_at=at, has_time=True, notes="血压正常", request="换灯泡")
    made.refresh_from_db()
    assert (made.visited_at, made.notes, made.request) == (at, "血压偏高", "换灯泡")
    assert duty_of(record, 0).done_at == at
    visit_void(visit=made, reason="记错了人", now=NOW)
    before = everything()
    with pytest.raises(ValidationError, match="已经作废"):
        visit_enrich(visit=made, now=NOW, visited_at=at, has_time=True, request="换门锁")
    assert everything() == before


# --- the pages ------------------------------------------------------------------------------------------------------
def form_of(client: Client, made: Visit, **typed: str) -> dict[str, str]:
    """What the page's form sends when only this is typed into it."""
    fields = client.get(object_url(made, "correct")).context["form"]
    shown = {bound.name: bound.value() for bound in fields}
    plain = {name: value for name, value in shown.items() if value not in (None, False)}
    plain["visited_time"] = f"{plain['visited_time']:%H:%M}" if "visited_time" in plain else ""
    return {name: str(value) for name, value in (plain | typed).items()}


def test_the_page_comes_filled_in_and_keeps_what_is_sealed(
    office: Client, record: CareRecord, lee: User
) -> None:
    made = visit(record.resident, "2026-03-10T10:00", notes="血压偏高", request="换灯泡")
    shown = text_of(office, object_url(made, "correct"))
    assert ("2026-03-10" in shown, "10:00" in shown, "血压偏高" in shown) == (True, True, False)
    trail = AuditEvent.objects.count()
    form = form_of(office, made, visited_on="2026-03-09", reason="日期记错了")
    assert errors_of(office.post(object_url(made, "correct"), form)) == {}
    new = Visit.objects.get(voided_at=None)
    assert (new.visited_at, new.notes, new.request) == (moment("2026-03-09T10:00"), "血压偏高", "换灯泡")
    assert (new.corrects, new.recorded_by) == (made, lee)
    assert AuditEvent.objects.count() == trail + 1
    assert "更正为" in text_of(office, object_url(made))
    assert "更正自" in text_of(office, object_url(new))
    assert listed(office, Visit) == [new]


def test_what_is_wrong_is_said_on_the_page(office: Client, record: CareRecord) -> None:
    made = visit(record.resident, "2026-03-10T10:00", notes="血压偏高")
    url, before = object_url(made, "correct"), everything()
    assert list(errors_of(office.post(url, form_of(office, made)))) == ["reason"]
    assert list(errors_of(office.post(url, form_of(office, made, reason="记错了")))) == ["__all__"]
    assert list(errors_of(office.post(url, form_of(office, made, reason="记错了", visited_on="2026-03-12")))) == ["visited_on"]  # fmt: skip
    assert everything() == before
    stranger = signed_in(clerk(community("隔壁社区", staffed=False).place, "stranger"))
    assert stranger.post(url, form_of(office, made, reason="记错了", seen="")).status_code == 404
    assert everything() == before


def typed(record: CareRecord, **more: str) -> dict[str, Any]:
    return {
        "resident": record.resident_id, "visited_on": "2026-03-10", "visited_time": "19:30", "method": "home",
        "seen": "on", "visitor_name": "志愿者王芳", **more,
    }  # fmt: skip


def test_the_form_asks_before_a_second_visit_of_a_day(office: Client, record: CareRecord) -> None:
    assert errors_of(office.post(add_url(Visit), typed(record))) == {}
    first = Visit.objects.get()
    before = everything()
    for again in (
        {},
        {"visited_time": ""},
        {"visited_time": "19:50"},
        {"visitor_name": "志愿者 王芳", "method": "phone"},
    ):
        answer = office.post(add_url(Visit), typed(record, **again))
        (question,) = errors_of(answer)["__all__"]
        assert "当天已有同一走访人的记录" in question
        page = answer.content.decode()
        assert f'href="{object_url(first)}"' in page
        assert 'type="checkbox" name="is_another"' in page
    assert everything() == before
    assert errors_of(office.post(add_url(Visit), typed(record, is_another="on", visited_time="19:50"))) == {}
    assert Visit.objects.count() == 2


@pytest.mark.parametrize(
    "other", [{"visited_time": "09:00"}, {"visited_on": "2026-03-09"}, {"visitor_name": "李四"}]
)
def test_what_is_another_visit_is_not_asked_about(
    office: Client, record: CareRecord, other: dict[str, str]
) -> None:
    office.post(add_url(Visit), typed(record))
    assert errors_of(office.post(add_url(Visit), typed(record, **other))) == {}
    assert Visit.objects.count() == 2


def test_a_voided_one_is_no_reason_to_ask(office: Client, record: CareRecord) -> None:
    office.post(add_url(Visit), typed(record))
    visit_void(visit=Visit.objects.get(), reason="记错了人", now=NOW)
    assert errors_of(office.post(add_url(Visit), typed(record))) == {}


def test_a_telephone_is_no_visitor(office: Client, record: CareRecord) -> None:
    assert list(errors_of(office.post(add_url(Visit), typed(record, visitor_name="张伟19900000985")))) == [
        "visitor_name"
    ]
    assert not Visit.objects.exists()


def test_the_same_visitor_by_name_and_by_roster(home: Community, record: CareRecord) -> None:
    head = home.holder(home.building, Post.BUILDING_HEAD)
    made = visit(record.resident, "2026-03-10T10:00", visitor_name=head.name)
    with pytest.raises(SameVisitError) as refused:
        visit_record(
            resident=record.resident, visited_at=moment("2026-03-10T10:30"), now=NOW, origin=VisitOrigin.OFFICE,
            visitor=head, once_a_day=True,
        )  # fmt: skip
    assert refused.value.visit == made
    assert Visit.objects.count() == 1


def test_somebody_else_is_visited_the_same_day(home: Community, record: CareRecord) -> None:
    other = resident(home.building, now=NOW)
    visit(record.resident, "2026-03-10T10:00")
    visit_record(
        resident=other, visited_at=moment("2026-03-10T10:00"), now=NOW, origin=VisitOrigin.OFFICE,
        visitor_name="走访人", once_a_day=True,
    )  # fmt: skip
    assert Visit.objects.count() == 2
