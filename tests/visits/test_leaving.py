"""Who has died or moved away is visited no more: one deed ends everything, tells the holder once, and can be undone."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.choices import Role
from audit.models import AuditEvent
from buildings.scope import Scope
from cadres.selectors import scope_for
from duties.choices import RUNNING, EventKind, Outcome
from duties.models import Duty, DutyEvent
from duties.selectors import notices, unseen_count
from duties.services import notices_see
from phone.selectors import duties_due
from residents.choices import LeftReason
from residents.models import CareRecord, Resident
from residents.services import resident_change
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, category, clerk, community, moment, resident, user
from tests.pages import add_url, errors_of, object_url, signed_in
from tests.visits.people import NOW, START, stop_the_clock, text_of
from visits.services import (
    care_record_correct,
    care_record_end,
    care_record_start,
    resident_leave,
    resident_return,
)

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")
LEFT_ON = date(2026, 3, 9)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def person(home: Community) -> Resident:
    """Somebody with two open records, overdue, and an older one that has ended."""
    found = resident(home.building, now=BEFORE, name="高志强", born_on=date(1940, 1, 1))
    care_record(home.building, now=BEFORE, started_on=START, resident=found)
    care_record(home.building, now=BEFORE, started_on=START, resident=found, code="hardship")
    old = care_record(home.building, now=BEFORE, started_on=START, resident=found, code="hospital")
    care_record_end(care_record=old, ended_on=date(2026, 3, 2), end_reason="discharged", now=BEFORE)
    visit(found, "2026-03-02T10:00")
    sweep_at(NOW)
    return found


def leave(person: Resident, reason: str = "died", on: date = LEFT_ON) -> list[CareRecord]:
    return resident_leave(resident=person, left_on=on, reason=reason, now=NOW, user=None)


def come_back(person: Resident, *, was_mistake: bool = True) -> list[CareRecord]:
    person.refresh_from_db()
    return resident_return(resident=person, was_mistake=was_mistake, now=NOW, user=None)


def rows() -> list[object]:
    models = (Resident, CareRecord, Duty, DutyEvent, AuditEvent)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


def ends(person: Resident) -> list[tuple[str, date | None, str]]:
    found = person.care_records.order_by("category__code")
    return [(one.category.code, one.ended_on, one.end_reason) for one in found]


@pytest.mark.parametrize("reason", ["died", "moved"])
def test_it_works(home: Community, person: Resident, reason: str) -> None:
    before = list(Duty.objects.exclude(outcome__in=RUNNING).order_by("pk").values_list("pk", "outcome"))
    leave(person, reason)
    person.refresh_from_db()
    assert (person.left_on, person.left_reason) == (LEFT_ON, reason)
    assert ends(person) == [
        ("elderly_alone", LEFT_ON, reason),
        ("hardship", LEFT_ON, reason),
        ("hospital", date(2026, 3, 2), "discharged"),
    ]
    assert not Duty.objects.filter(outcome__in=RUNNING).exists()
    kept = Duty.objects.filter(pk__in=[pk for pk, _ in before])
    assert list(kept.order_by("pk").values_list("pk", "outcome")) == before
    event = AuditEvent.objects.get()
    assert (event.object_id, event.fields) == (str(person.pk), ["left_on", "left_reason"])


def test_each_holder_is_told_once_until_he_has_opened_it(home: Community, person: Resident) -> None:
    leave(person)
    told = DutyEvent.objects.filter(kind=EventKind.LEFT)
    posts = set(Duty.objects.filter(care_record__ended_on=LEFT_ON).values_list("accountable_post", flat=True))
    assert {event.told_cadre for event in told} == {home.holder(home.building, post) for post in posts}
    assert len(told) == len(posts)
    sweep_at("2026-04-01T00:00")
    assert told.count() == len(posts)


def test_the_holder_reads_it_and_it_goes_when_opened(home: Community, person: Resident) -> None:
    leave(person)
    event = DutyEvent.objects.filter(kind=EventKind.LEFT).first()
    assert event is not None
    assert event.told_cadre is not None
    holder = event.told_cadre
    holder.user = user("holder", role=Role.CADRE)
    holder.save(update_fields=["user"])
    scope = scope_for(holder.user, today=NOW.date())
    assert (list(notices(scope)), unseen_count(scope)) == ([event], 1)
    page = text_of(signed_in(holder.user), "/notices/")
    assert "此人已于3月9日去世，走访已终止，不用再去" in page
    notices_see(duty=event.duty, cadre_id=holder.pk, now=NOW)
    assert list(notices(scope)) == []


@pytest.mark.parametrize(
    ("on", "reason", "field"),
    [
        (date(2026, 3, 12), "died", "left_on"),  # tomorrow
        (date(2026, 2, 27), "moved", "left_on"),  # before the records begin
        (date(1939, 12, 31), "died", "left_on"),
        (LEFT_ON, "unstated", "reason"),
        (LEFT_ON, "", "reason"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    person: Resident, on: date, reason: str, field: str
) -> None:
    before = rows()
    with pytest.raises(ValidationError) as error:
        leave(person, reason, on)
    assert list(error.value.error_dict) == [field]
    assert rows() == before


def test_nobody_leaves_twice(person: Resident) -> None:
    leave(person)
    before = rows()
    with pytest.raises(ValidationError, match="已登记为2026-03-09 去世"):
        leave(person, "moved")
    assert rows() == before


def test_a_wrong_entry_is_taken_back_as_if_it_had_never_been(person: Resident) -> None:
    def standing() -> list[object]:
        duties = Duty.objects.order_by("care_record", "kind", "opened_on")
        return [ends(person), list(duties.values_list("pk", "outcome", "rung", "due_at", "closed_at"))]

    before = standing()
    leave(person)
    assert len(come_back(person)) == 2
    assert standing() == before
    person.refresh_from_db()
    assert (person.left_on, person.left_reason) == (None, "")
    again = leave(person, "moved", date(2026, 3, 10))
    assert len(again) == 2


def test_who_has_moved_back_can_be_enrolled_again_but_runs_no_old_record(person: Resident) -> None:
    leave(person, "moved")
    assert come_back(person, was_mistake=False) == []
    assert ends(person)[0] == ("elderly_alone", LEFT_ON, "moved")
    person.refresh_from_db()
    care_record_start(
        resident=person, category=category("elderly_alone"), started_on=date(2026, 3, 11), now=NOW
    )
    assert person.care_records.filter(ended_on=None).count() == 1


def test_the_dead_do_not_move_back(person: Resident) -> None:
    leave(person)
    before = rows()
    with pytest.raises(ValidationError, match="登记有误"):
        come_back(person, was_mistake=False)
    assert rows() == before


def test_who_never_left_cannot_come_back(person: Resident) -> None:
    with pytest.raises(ValidationError, match="没有登记离开"):
        come_back(person)


@pytest.mark.parametrize(("reason", "words"), [("died", "去世"), ("moved", "离开本社区")])
def test_whoever_has_left_is_not_enrolled(person: Resident, reason: str, words: str) -> None:
    leave(person, reason)
    before = rows()
    with pytest.raises(ValidationError, match=words):
        care_record_start(
            resident=person, category=category("laid_off"), started_on=date(2026, 3, 10), now=NOW
        )
    record = person.care_records.get(category__code="hardship")
    with pytest.raises(ValidationError, match=words):
        care_record_correct(
            care_record=person.care_records.get(category__code="hospital"), started_on=START, now=NOW
        )
    assert record.ended_on == LEFT_ON
    assert rows() == before


def test_a_record_ended_by_death_says_that_he_is_dead(home: Community) -> None:
    """Written before one deed ended everything: the row of the person says nothing."""
    record = care_record(home.building, now=BEFORE, started_on=START)
    care_record_end(care_record=record, ended_on=LEFT_ON, end_reason="died", now=NOW)
    with pytest.raises(ValidationError, match="2026-03-09 去世"):
        care_record_start(
            resident=record.resident, category=category("hardship"), started_on=date(2026, 3, 10), now=NOW
        )
    assert come_back(record.resident) == [record]
    assert duty_of(record).outcome in RUNNING


def test_a_day_without_a_reason_is_no_leaving(person: Resident) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        resident_change(resident=person, left_on=LEFT_ON)


def test_one_deed_on_the_page(home: Community, person: Resident) -> None:
    office: Client = signed_in(clerk(home.place))
    url = object_url(person, "leave")
    assert list(errors_of(office.post(url, {"left_on": "2026-03-09"}))) == ["reason"]
    assert list(errors_of(office.post(url, {"left_on": "2026-03-12", "reason": "died"}))) == ["left_on"]
    assert person.care_records.filter(ended_on=None).count() == 2
    assert errors_of(office.post(url, {"left_on": "2026-03-09", "reason": "died"})) == {}
    assert person.care_records.filter(ended_on=None).count() == 0
    assert "2026-03-09 去世" in text_of(office, object_url(person))
    typed = {"resident": person.pk, "category": category("laid_off").pk, "started_on": "2026-03-10"}
    assert errors_of(office.post(add_url(CareRecord), typed)) != {}
    assert errors_of(office.post(object_url(person, "return"), {"was_mistake": "yes"})) == {}
    assert person.care_records.filter(ended_on=None).count() == 2


def test_a_record_ended_by_death_ends_the_others_as_well(home: Community, person: Resident) -> None:
    office: Client = signed_in(clerk(home.place))
    record = person.care_records.get(category__code="hardship")
    url = object_url(record, "end")
    assert list(errors_of(office.post(url, {"ended_on": "2026-03-12", "end_reason": "died"}))) == ["ended_on"]
    assert person.care_records.filter(ended_on=None).count() == 2
    assert errors_of(office.post(url, {"ended_on": "2026-03-09", "end_reason": "died"})) == {}
    assert person.care_records.filter(ended_on=None).count() == 0
    person.refresh_from_db()
    assert person.left_reason == LeftReason.DIED


def test_the_phone_s_card_is_gone(home: Community, person: Resident) -> None:
    assert duties_due(Scope.EVERYWHERE, [home.building.pk], NOW.date()).exists()
    leave(person)
    assert not duties_due(Scope.EVERYWHERE, [home.building.pk], NOW.date()).exists()
    assert {duty.outcome for duty in Duty.objects.filter(care_record__ended_on=LEFT_ON)} <= {
        Outcome.CANCELLED,
        Outcome.MISSED,
        Outcome.IN_TIME,
    }
