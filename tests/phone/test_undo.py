"""已记下 · 撤销: a visit is taken back by its sender, within minutes by the phone's own clock, once, wherever it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from audit.models import AuditEvent
from baibuting.common.entries import entry_hash
from cadres.choices import Post
from cadres.selectors import scope_for
from concerns.models import Concern
from concerns.services import concern_take
from duties.choices import Outcome
from phone.choices import State
from phone.models import QuickPhrase, Submission
from phone.office_forms import undo_words
from phone.services import submission_entry
from residents.models import CareRecord
from tests.factories import Community, care_record, clerk, moment, resident
from tests.phone.entries import made, send, visit_of
from tests.visits.people import NOW, START, signed_in_as, text_of
from visits.choices import VisitOrigin
from visits.models import Incident, Visit
from visits.services import visit_record, visit_void

pytestmark = pytest.mark.django_db

MADE = NOW - timedelta(minutes=10)


def undo_of(sent: dict[str, Any], after: timedelta = timedelta(seconds=20), **changes: Any) -> dict[str, Any]:
    return made("undo", MADE + after, **{"entry": sent["uid"], "hash": entry_hash(sent), **changes})


def a_visit(record: CareRecord, **fields: Any) -> dict[str, Any]:
    return visit_of(record.resident, MADE, **fields)


def visits() -> list[Visit]:
    return list(Visit.objects.unscoped("all of a test").order_by("pk"))


def test_it_works(record: CareRecord, head: Client) -> None:
    """The visit is voided with its reason, in the trail, and the duty runs again as if it had not been."""
    entry = a_visit(record)
    assert send(head, entry)[0] == 201
    assert not record.duties.filter(outcome=Outcome.OVERDUE).exists()
    status, answer = send(head, undo_of(entry))
    assert (status, answer["state"]) == (201, "stored")
    [visit] = visits()
    assert (visit.voided_at, visit.void_reason) == (NOW, "本人在手机上撤销")
    assert record.duties.filter(outcome=Outcome.OVERDUE).exists()
    [event] = [one for one in AuditEvent.objects.all() if "voided_at" in one.fields]
    assert (event.object_type, event.object_id) == ("visits.visit", str(visit.pk))
    assert Submission.objects.get(kind="visit").state == State.UNDONE
    assert "您已撤销" in text_of(head, "/m/mine/")


def test_what_the_visit_asked_of_the_office_is_taken_back_too(record: CareRecord, head: Client) -> None:
    entry = a_visit(record, help="request", help_text="取降压药")
    send(head, entry)
    [concern] = Concern.objects.unscoped("all of a test")
    assert send(head, undo_of(entry))[0] == 201
    concern.refresh_from_db()
    assert (concern.state, concern.answer) == ("declined", "反映人在手机上撤销了这次走访")
    assert visits()[0].voided_at is not None


def test_what_the_office_has_in_hand_is_not_taken_back(record: CareRecord, head: Client) -> None:
    entry = a_visit(record, help="request", help_text="取降压药")
    send(head, entry)
    [concern] = Concern.objects.unscoped("all of a test")
    office = clerk(record.building.community)
    concern_take(
        concern=concern, subject="care", urgency="normal", appointment=None, words="", by=office, now=NOW
    )
    status, answer = send(head, undo_of(entry))
    assert "社区办已经在办" in str(answer), (status, answer)
    concern.refresh_from_db()
    assert concern.state == "working"
    assert visits()[0].voided_at is None


def test_taken_back_twice_is_once(record: CareRecord, head: Client) -> None:
    """The same undo again, another one for the same visit, and the visit sent again: nothing more happens."""
    entry = a_visit(record)
    send(head, entry)
    undo = undo_of(entry)
    assert [send(head, undo)[0], send(head, undo)[0], send(head, undo_of(entry))[0]] == [201, 200, 201]
    assert send(head, entry)[0] == 200
    [visit] = visits()
    assert visit.voided_at is not None
    assert len([one for one in AuditEvent.objects.all() if "voided_at" in one.fields]) == 1


def test_the_undo_comes_before_the_visit(record: CareRecord, head: Client) -> None:
    """A copy on its way, whose answer the phone will never see, is known already and makes no visit."""
    entry = a_visit(record)
    assert send(head, undo_of(entry))[0] == 201
    status, answer = send(head, entry)
    assert (status, answer["state"]) == (200, "stored")
    assert visits() == []
    assert record.duties.filter(outcome=Outcome.OVERDUE).exists()


def test_everybody_in_the_flat(home: Community, record: CareRecord, head: Client) -> None:
    wife = resident(home.building, now=moment("2026-03-01T09:00"), room=record.resident.household.room)
    care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START, resident=wife)
    entry = a_visit(record, resident=[str(record.resident_id), str(wife.pk)])
    send(head, entry)
    send(head, undo_of(entry))
    assert [visit.voided_at for visit in visits()] == [NOW, NOW]


def test_an_entry_that_waits_for_the_office_waits_no_more(
    home: Community, record: CareRecord, head: Client
) -> None:
    entry = a_visit(record, method="nonsense")
    assert send(head, entry)[0] == 422
    assert send(head, undo_of(entry))[0] == 201
    row = Submission.objects.get(entry_uid=entry["uid"])
    assert (row.state, row.payload) == (State.UNDONE, "")
    assert visits() == []


def test_what_the_office_has_voided_is_voided_once(record: CareRecord, head: Client) -> None:
    entry = a_visit(record)
    send(head, entry)
    visit_void(visit=visits()[0], reason="重复录入", now=NOW)
    assert send(head, undo_of(entry))[0] == 201
    assert visits()[0].void_reason == "重复录入"


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_too_late_by_the_phones_clock(home: Community, record: CareRecord, head: Client) -> None:
    entry = a_visit(record)
    send(head, entry)
    status, answer = send(head, undo_of(entry, timedelta(minutes=4)))
    assert (status, answer["message"]) == (422, "已过了可以撤销的时间，请告诉社区办作废。")
    [visit] = visits()
    assert visit.voided_at is None
    waiting = Submission.objects.get(kind="undo")
    words = undo_words(submission_entry(submission=waiting), scope_for(clerk(home.place), today=NOW.date()))
    assert [label for label, _ in words] == ["要撤销的"]


def test_somebody_elses_is_not_taken_back(home: Community, record: CareRecord, head: Client) -> None:
    entry = a_visit(record)
    send(head, entry)
    other = signed_in_as(home, home.building, Post.PARTY_GROUP_LEADER)
    send(other, undo_of(entry))
    [visit] = visits()
    assert visit.voided_at is None
    assert Submission.objects.get(kind="visit", object_id=visit.pk).state == State.STORED


def test_what_the_office_had_recorded_stays(home: Community, record: CareRecord, head: Client) -> None:
    visit_record(
        resident=record.resident, visited_at=MADE - timedelta(minutes=5), now=MADE, origin=VisitOrigin.OFFICE,
        visitor=home.holder(home.building, Post.BUILDING_HEAD), has_time=False,
    )  # fmt: skip
    entry = a_visit(record)
    send(head, entry)
    status, answer = send(head, undo_of(entry))
    assert status == 422
    assert "社区办也登记了" in answer["message"]
    assert [visit.voided_at for visit in visits()] == [None]


def test_with_an_incident_others_have_heard_of_it(record: CareRecord, head: Client) -> None:
    entry = a_visit(record, help="emergency")
    send(head, entry)
    status, answer = send(head, undo_of(entry))
    assert status == 422
    assert "上报了事件" in answer["message"]
    assert visits()[0].voided_at is None
    assert Incident.objects.unscoped("all").count() == 1


@pytest.mark.parametrize("changes", [{"entry": "no uid"}, {"hash": "short"}])
def test_nothing_is_named(record: CareRecord, head: Client, changes: dict[str, str]) -> None:
    entry = a_visit(record)
    send(head, entry)
    status, answer = send(head, undo_of(entry, **changes))
    assert (status, answer["message"]) == (422, "没有写明撤销的是哪一条，请告诉社区办作废。")
    assert visits()[0].voided_at is None


def test_another_kind_of_entry_is_not_taken_back(home: Community, head: Client) -> None:
    entry = made("incident", MADE, building=str(home.building.pk), incident_kind="emergency", summary="")
    assert send(head, entry)[0] == 201
    assert send(head, undo_of(entry))[0] == 422
    assert Submission.objects.get(kind="incident").state == State.STORED


def test_what_the_office_has_decided_stays(record: CareRecord, head: Client) -> None:
    entry = a_visit(record, method="nonsense")
    send(head, entry)
    Submission.objects.filter(entry_uid=entry["uid"]).update(state=State.DROPPED, payload=b"")
    status, answer = send(head, undo_of(entry))
    assert (status, answer["message"]) == (422, "社区办已处理过这一条，请告诉社区办作废。")


# --- phrases of one topic ---------------------------------------------------------------------------------------------


def test_phrases_of_one_topic_exclude_each_other(record: CareRecord, head: Client) -> None:
    """身体尚好 is chosen already; whoever taps 要送药、看病 means that, also where no script runs."""
    well = QuickPhrase.objects.get(text="身体尚好")
    ill = QuickPhrase.objects.get(text="要送药、看病")
    low = QuickPhrase.objects.get(text="心情不好")
    assert well.topic == ill.topic == "身体"
    page = text_of(head, f"/m/visit/{record.resident_id}/")
    assert page.count('data-topic="身体"') == 2
    send(head, a_visit(record, phrase=[str(well.pk), str(ill.pk), str(low.pk)]))
    assert visits()[0].notes == "要送药、看病；心情不好"
    send(head, {**a_visit(record, phrase=str(well.pk)), "uid": str(uuid4())})
    assert visits()[1].notes == "身体尚好"
