"""What was reported is carried out once it is accepted, by the services of what it changes; until then nothing follows."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import User
from audit.models import AuditEvent
from cadres.choices import Post
from cadres.models import Note
from duties.choices import Outcome
from duties.models import Duty
from proposals.choices import Change, State
from proposals.models import Proposal
from proposals.rules import Said
from proposals.selectors import waiting_about
from proposals.services import proposal_accept, proposal_decline, proposal_make
from residents.models import CareRecord, Resident
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, category, clerk, community, moment, resident
from tests.visits.people import NOW, START, account_of
from visits.models import Visit

pytestmark = pytest.mark.django_db
YESTERDAY = date(2026, 3, 10)


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def office(home: Community) -> User:
    return clerk(home.place)


@pytest.fixture
def record(home: Community) -> CareRecord:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START)
    sweep_at(NOW)
    return record


def proposed(home: Community, change: Change, person: Resident | None, **said: Any) -> Proposal:
    head = home.holder(home.building, Post.BUILDING_HEAD)
    sender = head.user or account_of(head, "head")
    uid = said.pop("uid", None)
    return proposal_make(
        change=change, said=Said(**said), building=home.building, resident=person, cadre=head, sender=sender,
        made_at=NOW - timedelta(hours=1), now=NOW, uid=uid,
    )  # fmt: skip


def fresh(row: Any) -> Any:
    return type(row)._base_manager.get(pk=row.pk)


def accept(proposal: Proposal, office: User, **changes: Any) -> Proposal:
    return proposal_accept(proposal=proposal, changes=changes, by=office, now=NOW)


def notes() -> list[str]:
    return list(Note.objects.values_list("text", flat=True))


def test_it_works(home: Community, record: CareRecord, office: User) -> None:
    """A death: nothing is settled until the office has accepted it; then every record ends that day."""
    proposal = proposed(home, Change.DIED, record.resident, on=YESTERDAY)
    assert Duty.objects.get(care_record=record).outcome == Outcome.OVERDUE
    assert fresh(record).ended_on is None
    assert waiting_about([record.resident_id]) == {
        record.resident_id: "已上报去世，等社区办核对，核对前不用上门"
    }
    accept(proposal, office)
    assert (fresh(record).ended_on, fresh(record).end_reason) == (YESTERDAY, "died")
    assert (fresh(record.resident).left_on, fresh(record.resident).left_reason) == (YESTERDAY, "died")
    assert fresh(proposal).state == State.ACCEPTED
    assert waiting_about([record.resident_id]) == {}
    assert notes() == ["101栋上报（去世）：已采纳"]
    assert AuditEvent.objects.filter(object_type="residents.resident", user=office).count() == 1


def test_declined_nothing_changes_and_the_words_are_kept(
    home: Community, record: CareRecord, office: User
) -> None:
    proposal = proposed(home, Change.MOVED, record.resident, on=YESTERDAY)
    with pytest.raises(ValidationError, match="请写明不采纳的原因"):
        proposal_decline(proposal=proposal, answer=" ", by=office, now=NOW)
    assert fresh(proposal).state == State.WAITING
    proposal_decline(proposal=proposal, answer="在女儿家住几天", by=office, now=NOW)
    assert (fresh(proposal).state, fresh(proposal).answer) == (State.DECLINED, "在女儿家住几天")
    assert fresh(record).ended_on is None
    assert notes() == ["101栋上报（迁出）：未采纳"]


def test_the_office_puts_right_what_was_said(home: Community, record: CareRecord, office: User) -> None:
    accept(proposed(home, Change.DIED, record.resident, on=YESTERDAY), office, on=date(2026, 3, 9))
    assert fresh(record.resident).left_on == date(2026, 3, 9)


def test_into_hospital_and_out_again(home: Community, record: CareRecord, office: User) -> None:
    person = record.resident
    accept(proposed(home, Change.HOSPITAL, person, on=YESTERDAY, words="协和骨科"), office)
    stay = CareRecord.objects.unscoped("of this test").get(category__code="hospital")
    assert (stay.started_on, stay.ended_on, stay.notes) == (YESTERDAY, None, "协和骨科")
    again = proposed(home, Change.HOSPITAL, person, on=YESTERDAY)
    with pytest.raises(ValidationError, match="已在该类别中"):
        accept(again, office)
    assert fresh(again).state == State.WAITING
    accept(proposed(home, Change.DISCHARGED, person, on=NOW.date()), office)
    assert (fresh(stay).ended_on, fresh(stay).end_reason) == (NOW.date(), "discharged")
    late = proposed(home, Change.DISCHARGED, person, on=NOW.date())
    with pytest.raises(ValidationError, match="没有在册的住院记录"):
        accept(late, office)
    assert fresh(late).state == State.WAITING


def test_a_number_and_a_relative(home: Community, record: CareRecord, office: User) -> None:
    person = record.resident
    accept(proposed(home, Change.PHONE, person, phone="13812345678"), office)
    assert fresh(person).phone == "13812345678"
    accept(proposed(home, Change.KIN, person, phone="13912345678", name="闻人月", relation="女儿"), office)
    assert fresh(person).notes == "家人联系人：女儿闻人月 13912345678"
    accept(proposed(home, Change.KIN, person, phone="13712345678", name="闻人日"), office)
    assert fresh(person).notes.splitlines()[1] == "家人联系人：闻人日 13712345678"
    assert set(AuditEvent.objects.values_list("object_type", flat=True)) == {"residents.resident"}


def new(home: Community, **said: Any) -> Proposal:
    given = {
        "on": NOW.date(),
        "name": "闻人月",
        "entrance": "2",
        "room": "1601",
        "category": category("hardship").pk,
    }
    return proposed(home, Change.NEW, None, **{**given, **said})


def test_somebody_new_with_the_visit_that_was_made(home: Community, office: User) -> None:
    at = NOW - timedelta(days=2)
    proposal = new(home, on=at.date(), visited_at=at, words="一个人住", phone="13812345678")
    assert not Resident.objects.unscoped("of this test").exists()
    assert not Visit.objects.unscoped("of this test").exists()
    accept(proposal, office, room="1602")
    person = Resident.objects.unscoped("of this test").get()
    assert (person.name, person.household.short, person.phone) == ("闻人月", "2-1602", "13812345678")
    visit = Visit.objects.unscoped("of this test").get()
    assert (visit.visited_at, visit.seen, visit.notes, visit.visitor) == (
        at,
        True,
        "一个人住",
        proposal.cadre,
    )
    assert fresh(proposal).resident_id == person.pk
    duty = Duty.objects.filter(care_record__resident=person).earliest("pk")
    assert duty.outcome == Outcome.IN_TIME


def test_somebody_new_who_was_not_visited(home: Community, office: User) -> None:
    accept(new(home, words="一个人住"), office)
    assert CareRecord.objects.unscoped("of this test").get().notes == "一个人住"
    assert not Visit.objects.unscoped("of this test").exists()


def test_sent_twice_it_is_one(home: Community, record: CareRecord) -> None:
    uid = uuid4()
    first = proposed(home, Change.DIED, record.resident, on=YESTERDAY, uid=uid)
    assert proposed(home, Change.DIED, record.resident, on=YESTERDAY, uid=uid) == first
    assert Proposal.objects.unscoped("of this test").count() == 1


def test_two_who_report_one_death(home: Community, record: CareRecord, office: User) -> None:
    first, second = (proposed(home, Change.DIED, record.resident, on=YESTERDAY) for _ in range(2))
    other = proposed(home, Change.PHONE, record.resident, phone="13812345678")
    accept(first, office)
    assert [fresh(one).state for one in (first, second, other)] == [
        State.ACCEPTED,
        State.ACCEPTED,
        State.WAITING,
    ]
    assert waiting_about([record.resident_id]) == {record.resident_id: "已上报换电话，等社区办核对"}


def test_the_second_clerk_gets_a_sentence(home: Community, record: CareRecord, office: User) -> None:
    proposal = proposed(home, Change.DIED, record.resident, on=YESTERDAY)
    accept(proposal, office)
    second = clerk(home.place, "second")
    with pytest.raises(ValidationError, match="已经由社区办李敏处理过（已采纳）"):
        accept(proposal, second)
    with pytest.raises(ValidationError, match="已经由社区办李敏处理过"):
        proposal_decline(proposal=proposal, answer="没有", by=second, now=NOW)
    assert fresh(proposal).decided_by == office


def test_without_a_category_nobody_is_proposed(home: Community) -> None:
    with pytest.raises(ValidationError, match="请选择类别"):
        new(home, category=None)
    assert not Proposal.objects.unscoped("of this test").exists()


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once(home: Community) -> None:
    """One of them wins, the other is told; the person has one new record."""
    person = resident(home.building, now=NOW)
    proposal = proposed(home, Change.HOSPITAL, person, on=YESTERDAY)
    clerks = [clerk(home.place, name) for name in ("first", "second")]
    start, said = threading.Barrier(2), []

    def decide(by: User) -> None:
        try:
            start.wait(20)
            proposal_accept(proposal=proposal, changes={}, by=by, now=NOW)
            said.append("")
        except ValidationError as refusal:
            said.append("".join(refusal.messages))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(one,)) for one in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(bool(one) for one in said) == [False, True]
    assert any("处理过" in one for one in said)
    assert CareRecord.objects.unscoped("of this test").count() == 1
