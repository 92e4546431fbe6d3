"""走访单: printed with a code a person, typed in again a line a visit, looked at before it is written, once."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from audit.models import AuditEvent
from cadres.choices import Post
from residents.models import CareRecord
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, clerk, community, moment, resident
from tests.pages import signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock, text_of
from visits.choices import Method
from visits.models import Visit
from visits.sheets import sheet_code, sheet_lines, sheet_person

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")
TODAY = NOW.date()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def record(home: Community) -> CareRecord:
    person = resident(home.building, now=BEFORE, name="王秀兰", room="301")
    made = care_record(home.building, now=BEFORE, started_on=START, resident=person)
    sweep_at(NOW)
    return made


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def visits() -> list[Visit]:
    return list(Visit.objects.unscoped("all of a test").order_by("pk"))


def test_it_works(home: Community, record: CareRecord, office: Client) -> None:
    """Printed, typed in, shown, written: by the 楼栋长 who answers, and the duty is settled."""
    code = sheet_code(record.resident_id)
    sheet = text_of(office, f"/sheets/{home.building.pk}/")
    for word in (code, "王秀兰", "1-301", "□见 □没", home.holder(home.building, Post.BUILDING_HEAD).name):
        assert word in sheet
    typed = {"day": TODAY.isoformat(), "lines": f"{code} 聊了家常"}
    shown = office.post("/sheets/", typed).content.decode()
    assert "王秀兰" in shown
    assert "写入 1 次走访" in shown
    assert visits() == []
    assert office.post("/sheets/", {**typed, "write": "1"}).status_code == 302
    [visit] = visits()
    assert (visit.method, visit.seen, visit.notes) == (Method.HOME, True, "聊了家常")
    assert visit.visitor == home.holder(home.building, Post.BUILDING_HEAD)
    [event] = [one for one in AuditEvent.objects.all() if one.fields == ["sheet"]]
    assert (event.action, event.row_count) == ("create", 1)


def test_a_code_typed_twice_is_one_visit(home: Community, record: CareRecord, office: Client) -> None:
    code = sheet_code(record.resident_id)
    typed = {"day": TODAY.isoformat(), "lines": f"{code}\n{code} 电", "write": "1"}
    page = office.post("/sheets/", typed, follow=True).content.decode()
    assert "已记下 1 次走访，1 次以前已有" in page
    office.post("/sheets/", typed)
    assert len(visits()) == 1


def test_one_staircase_alone(home: Community, record: CareRecord, office: Client) -> None:
    assert "王秀兰" in text_of(office, f"/sheets/{home.building.pk}/?entrance=1")
    other = text_of(office, f"/sheets/{home.building.pk}/?entrance=9")
    assert "王秀兰" in other, "no such staircase: the whole building"


def test_the_card_is_on_the_buildings_page(home: Community, office: Client) -> None:
    assert f"/sheets/{home.building.pk}/" in text_of(office, f"/places/{home.building.pk}/")
    assert "/sheets/" not in text_of(office, f"/places/{home.precincts[0].pk}/")


# --- the lines --------------------------------------------------------------------------------------------------------


def test_ticks_stand_in_any_order() -> None:
    code = sheet_code(401)
    [plain, ticked, day] = sheet_lines(f"{code}\n\n{code} 没 电 邻居说 在外地\n{code} 3-9", TODAY, TODAY)
    assert (plain.person, plain.day, plain.method, plain.seen, plain.notes) == (
        401,
        TODAY,
        Method.HOME,
        True,
        "",
    )
    assert (ticked.number, ticked.method, ticked.seen, ticked.notes) == (
        3,
        Method.PHONE,
        False,
        "邻居说 在外地",
    )
    assert day.day == date(TODAY.year, 3, 9)


def test_a_day_to_come_is_that_of_last_year() -> None:
    [line] = sheet_lines(f"{sheet_code(7)} 12.31", TODAY, TODAY)
    assert line.day.year == TODAY.year - 1
    [word] = sheet_lines(f"{sheet_code(7)} 13-40", TODAY, TODAY)
    assert word.notes == "13-40"


def test_a_slip_of_the_finger_is_found() -> None:
    """One wrong digit names nobody, whichever it is."""
    for pk in (1, 17, 401, 99999):
        code = sheet_code(pk)
        assert sheet_person(code) == pk
        for position, digit in enumerate(code):
            wrong = f"{code[:position]}{(int(digit) + 1) % 10}{code[position + 1 :]}"
            assert sheet_person(wrong) is None
    assert [sheet_person(word) for word in ("", "5", "abc", "9" * 30)] == [None] * 4


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_one_bad_line_and_nothing_is_written(home: Community, record: CareRecord, office: Client) -> None:
    good, bad = sheet_code(record.resident_id), sheet_code(10_000_000)
    lines = f"{good}\n{bad}\n12345x\n"
    page = office.post("/sheets/", {"day": TODAY.isoformat(), "lines": lines, "write": "1"}).content.decode()
    assert "第 2 行" in page
    assert "第 3 行" in page
    assert "编号不对" in page
    assert visits() == []


def test_a_day_to_come_and_a_number_for_a_name(record: CareRecord, office: Client) -> None:
    code = sheet_code(record.resident_id)
    page = office.post("/sheets/", {"day": "2027-01-01", "lines": code, "write": "1"}).content.decode()
    assert "不能晚于今天" in page
    sent = {"day": TODAY.isoformat(), "lines": code, "visitor_name": "13800001234", "write": "1"}
    assert office.post("/sheets/", sent).status_code == 422
    assert visits() == []


def test_nobody_else_reads_or_writes(home: Community, record: CareRecord) -> None:
    stranger = signed_in(clerk(community(name="别的社区").place, "stranger"))
    assert stranger.get(f"/sheets/{home.building.pk}/").status_code == 404
    sent = {"day": TODAY.isoformat(), "lines": sheet_code(record.resident_id), "write": "1"}
    assert "不在您的范围内" in stranger.post("/sheets/", sent).content.decode()
    head = signed_in_as(home, home.building, Post.BUILDING_HEAD)
    assert head.get("/sheets/").status_code == 404
    leader = signed_in_as(home, home.building, Post.HEALTH_WORKER)
    assert "王秀兰" not in text_of(leader, f"/sheets/{home.building.pk}/")
    assert visits() == []


def test_where_nobody_was_in_post_a_name_is_asked_for(
    home: Community, record: CareRecord, office: Client
) -> None:
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    held.ended_on = START
    held.save()
    sent = {"day": TODAY.isoformat(), "lines": sheet_code(record.resident_id), "write": "1"}
    assert "在“走访人”写下姓名" in office.post("/sheets/", sent).content.decode()
    assert office.post("/sheets/", {**sent, "visitor_name": "志愿者王芳"}).status_code == 302
    assert [one.visitor_name for one in visits()] == ["志愿者王芳"]
