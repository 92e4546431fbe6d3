"""Actions on ticked rows: a page that says what will happen, then row by row, and what is refused is named."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from audit.models import AuditEvent
from cadres.choices import Post
from cadres.models import Appointment, Cover
from cadres.services import appointment_end, cover_start
from duties.models import Duty
from residents.choices import EndReason
from residents.models import CareRecord
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, clerk, community, moment, user
from tests.pages import list_url, signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock
from visits.services import care_record_end

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-03-01T09:00")
TODAY = NOW.date()
ENDED = {"ended_on": "2026-03-10", "end_reason": EndReason.RECOVERED.value}


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def client(home: Community) -> Client:
    return signed_in(clerk(home.place))


def ticked(client: Client, rows: list[Any], act: str, conditions: str = "", **typed: Any) -> Any:
    """What comes of pressing a button under a list with these rows ticked; with `typed`, of the page after it."""
    sent = {"row": [row.pk for row in rows], "bulk": act, **({"sure": "1", **typed} if typed else {})}
    return client.post(f"{list_url(type(rows[0]))}{conditions}", sent)


def test_it_works(client: Client, home: Community) -> None:
    records = [care_record(home.building, now=BEFORE, started_on=START) for _ in range(3)]
    asked = ticked(client, records[:2], "end")
    assert asked.status_code == 200
    page = asked.content.decode()
    assert "终止：2 条" in page
    assert "其余照办" in page
    assert all(record.resident.name in page for record in records[:2])
    assert CareRecord.objects.unscoped("here").filter(ended_on=None).count() == 3, "nothing is done before"
    done = ticked(client, records[:2], "end", **ENDED)
    assert done.status_code == 302
    assert "已终止 2 条" in client.get(done["Location"]).content.decode()
    left = CareRecord.objects.unscoped("here").filter(ended_on=None)
    assert [record.pk for record in left] == [records[2].pk]
    trail = AuditEvent.objects.filter(object_type="residents.carerecord", action="change")
    assert {event.object_id for event in trail} == {str(record.pk) for record in records[:2]}


def test_the_list_keeps_its_filters(client: Client, home: Community) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    conditions = f"?quarter={home.quarters[0].pk}&per=20"
    page = client.get(f"{list_url(CareRecord)}{conditions}").content.decode()
    assert f'name="row" value="{record.pk}"' in page
    assert ticked(client, [record], "end", conditions, **ENDED)["Location"].endswith(conditions)


def test_one_that_is_refused_is_named_and_the_others_go_on(client: Client, home: Community) -> None:
    late = care_record(home.building, now=NOW, started_on=date(2026, 3, 11))
    early = care_record(home.building, now=BEFORE, started_on=START)
    over = care_record(home.building, now=BEFORE, started_on=START)
    care_record_end(care_record=over, ended_on=date(2026, 3, 5), end_reason="recovered", now=NOW)
    asked = ticked(client, [late, early, over], "end").content.decode()
    assert "2026-03-05 已经终止" in asked
    assert "下面 1 条办不了，不会改动" in asked
    done = ticked(client, [late, early, over], "end", **ENDED)
    page = done.content.decode()
    assert done.status_code == 200
    assert "办成 1 条" in page
    assert "下面 2 条没有办成，保持原样" in page
    assert late.resident.name in page
    left = {record.pk: record.ended_on for record in CareRecord.objects.unscoped("here")}
    assert left == {late.pk: None, early.pk: date(2026, 3, 10), over.pk: date(2026, 3, 5)}
    assert AuditEvent.objects.filter(object_id=str(late.pk), object_type="residents.carerecord").count() == 0


def test_two_records_of_somebody_who_died_end_together(client: Client, home: Community) -> None:
    first = care_record(home.building, now=BEFORE, started_on=START)
    second = care_record(
        home.building, now=BEFORE, started_on=START, code="hardship", resident=first.resident
    )
    ticked(client, [first, second], "end", ended_on="2026-03-10", end_reason=EndReason.DIED.value)
    assert {record.ended_on for record in CareRecord.objects.unscoped("here")} == {date(2026, 3, 10)}


def test_a_form_with_errors_does_nothing(client: Client, home: Community) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    page = ticked(client, [record], "end", ended_on="gestern", end_reason="").content.decode()
    assert "看不懂这个日期" in page
    assert "请选择终止原因" in page
    assert CareRecord.objects.unscoped("here").get().ended_on is None


def test_nothing_ticked_is_said(client: Client) -> None:
    response = client.post(list_url(CareRecord), {"bulk": "end"}, follow=True)
    assert "请先在要终止的行前打勾" in response.content.decode()


def test_rows_of_others_are_not_touched(home: Community, client: Client) -> None:
    other = community("另一个社区")
    foreign = care_record(other.building, now=BEFORE, started_on=START)
    own = care_record(home.building, now=BEFORE, started_on=START)
    ticked(client, [foreign, own], "end", **ENDED)
    assert {record.pk: bool(record.ended_on) for record in CareRecord.objects.unscoped("here")} == {
        foreign.pk: False,
        own.pk: True,
    }


def test_an_action_that_the_list_has_not_is_refused(client: Client, home: Community) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    assert ticked(client, [record], "erase").status_code == 403


def test_who_may_only_look_ticks_nothing(home: Community) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    auditor = signed_in(user("auditor", role=Role.AUDITOR))
    assert ticked(auditor, [record], "end", **ENDED).status_code in (302, 403)
    assert CareRecord.objects.unscoped("here").get().ended_on is None


# --- somebody on leave, and duties given to somebody else ---------------------------------------------------------------
def leave(home: Community) -> dict[str, Any]:
    stand_in = home.holder(home.buildings[1], Post.BUILDING_HEAD)
    return {"stand_in": stand_in.pk, "from_on": "2026-03-12", "until_on": "2026-03-20", "reason": "探亲"}


def test_posts_get_one_stand_in(client: Client, home: Community) -> None:
    held = [home.holders[home.building.pk, post] for post in (Post.BUILDING_HEAD, Post.HEALTH_WORKER)]
    assert "请假代管：2 个" in ticked(client, held, "cover").content.decode()
    assert ticked(client, held, "cover", **leave(home)).status_code == 302
    assert {cover.appointment_id for cover in Cover.objects.unscoped("here")} == {one.pk for one in held}


def test_a_post_covered_already_is_named(client: Client, home: Community) -> None:
    held = [home.holders[home.building.pk, post] for post in (Post.BUILDING_HEAD, Post.HEALTH_WORKER)]
    cover_start(
        appointment=held[0],
        stand_in=home.holder(home.buildings[2], Post.BUILDING_HEAD),
        from_on=TODAY,
        until_on=TODAY + timedelta(days=3),
    )
    page = ticked(client, held, "cover", **leave(home)).content.decode()
    assert "办成 1 个" in page
    assert "已经安排了代管人" in page
    assert Cover.objects.unscoped("here").filter(appointment=held[0]).count() == 1


def test_who_left_office_has_no_stand_in(client: Client, home: Community) -> None:
    over = appointment_end(
        appointment=home.holders[home.building.pk, Post.BUILDING_HEAD],
        ended_on=date(2026, 3, 2),
        end_reason="resigned",
    )
    page = ticked(client, [over], "cover", **leave(home)).content.decode()
    assert "2026-03-02 已经离任" in page
    assert not Cover.objects.unscoped("here").exists()


def test_duties_are_given_to_a_stand_in(client: Client, home: Community) -> None:
    for _ in range(2):
        care_record(home.building, now=BEFORE, started_on=START)
    care_record(home.buildings[1], now=BEFORE, started_on=START)
    sweep_at(NOW)
    duties = list(Duty.objects.unscoped("here").filter(place=home.building))
    asked = ticked(client, duties, "assign").content.decode()
    assert "派给：1 个" in asked, "two people, one post"
    assert ticked(client, duties, "assign", **leave(home)).status_code == 302
    cover = Cover.objects.unscoped("here").get()
    accountable = {duty.accountable_post for duty in duties}
    assert {cover.appointment.post} == accountable
    assert cover.appointment.place == home.building
    assert AuditEvent.objects.filter(
        object_type="cadres.appointment", object_id=str(cover.appointment_id), fields__contains=["cover"]
    ).exists()


def test_a_duty_of_a_vacant_post_is_given_to_nobody(client: Client, home: Community) -> None:
    care_record(home.building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    duty = Duty.objects.unscoped("here").first()
    assert duty is not None
    held = Appointment.objects.unscoped("here").filter(place=home.building, post=duty.accountable_post)
    appointment_end(appointment=held.get(), ended_on=START, end_reason="resigned")
    page = ticked(client, [duty], "assign", **leave(home)).content.decode()
    assert "岗位空缺" in page
    assert not Cover.objects.unscoped("here").exists()


def test_a_secretary_has_no_such_list(home: Community) -> None:
    care_record(home.building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    duty = Duty.objects.unscoped("here").first()
    secretary = signed_in_as(home, home.place, Post.COMMITTEE_SECRETARY)
    assert ticked(secretary, [duty], "assign", **leave(home)).status_code in (302, 403, 404)
    assert not Cover.objects.unscoped("here").exists()
