"""Going live: nothing is due, told or counted for a day before it, and first rounds are spread."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from audit.models import AuditEvent
from baibuting.common.days import local_day
from buildings.scope import Scope
from duties.as_of import AsOf
from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyClock, DutyEvent, GoLive
from residents.models import CareRecord
from stats.figures import Figures, Question
from tests.duties.starting import GO_LIVE, MORNING, TYPED_IN, Newcomers, newcomers
from tests.duties.steps import duty_of, events_of, sweep_at, visit
from tests.factories import care_record, clerk, moment, resident
from visits.choices import IncidentKind
from visits.going_live import StartPlan
from visits.models import FirstDue, Incident, SpecialDay
from visits.services import (
    arrival_stamp,
    care_record_correct,
    go_live_confirm,
    go_live_preview,
    incident_report,
    visit_void,
)
from visits.services import going_live as service

pytestmark = pytest.mark.django_db
TOMORROW = GO_LIVE + timedelta(days=1)


@pytest.fixture
def cast() -> Newcomers:
    return newcomers()


def go_live(cast: Newcomers, on: date = GO_LIVE, spread: int = 4, at: str = "2026-11-30T09:00") -> StartPlan:
    return go_live_confirm(community=cast.home.place, on=on, spread_days=spread, now=moment(at))


def dues(cast: Newcomers) -> dict[str, date]:
    """What is running, by the name of the person."""
    return {
        name: duty_of(record).due_on
        for name, record in cast.records.items()
        if Duty.objects.filter(care_record=record).exists()
    }


def test_it_works(cast: Newcomers) -> None:
    """Three have had their day: over four days they get the first, second and third, the longest unseen first."""
    plan = go_live(cast)
    assert dues(cast) == {
        "甲": date(2026, 11, 30),
        "乙": date(2026, 12, 1),
        "丙": date(2026, 12, 2),
        "丁": date(2026, 12, 4),
    }
    assert set(Duty.objects.values_list("outcome", flat=True)) == {Outcome.OPEN}
    assert (plan.people, plan.overdue, plan.put_off) == (4, 0, 3)
    # only reminders, to whoever visits, and none dated before the day
    raised = DutyEvent.objects.values_list("rung", "fell_due_at", "recorded_at")
    assert {rung for rung, _, _ in raised} == {0}
    assert {local_day(fell_due_at) for _, fell_due_at, _ in raised} == {GO_LIVE}


def test_before_it_nothing_is_due_told_or_looked_at(cast: Newcomers) -> None:
    sweep_at("2026-11-29T09:00")
    sweep_at("2027-03-01T09:00")
    assert not Duty.objects.exists()
    assert not DutyEvent.objects.exists()
    assert not DutyClock.objects.exclude(next_check_at=None).exists()


def test_what_is_shown_before_is_what_comes(cast: Newcomers) -> None:
    cast.add("戊", date(2026, 4, 1), code="hardship")
    shown = go_live_preview(community=cast.home.place, on=GO_LIVE, spread_days=4, now=MORNING)
    assert not Duty.objects.exists()
    done = go_live(cast)
    assert done.dues == shown.dues
    first = {}
    for resident_id, due_on in Duty.objects.values_list("care_record__resident", "due_on"):
        first[resident_id] = min(first.get(resident_id, due_on), due_on)
    assert Counter(first.values()) == Counter(shown.due_by_day)
    assert sum(shown.due_by_day.values()) == shown.people == 5


def test_without_a_window_the_rule_gives_the_days(cast: Newcomers) -> None:
    go_live(cast, spread=0)
    late = GO_LIVE + timedelta(days=3)
    assert dues(cast) == {"甲": late, "乙": late, "丙": late, "丁": date(2026, 12, 4)}
    assert not FirstDue.objects.exists()


def test_a_day_to_come_counts_from_its_midnight(cast: Newcomers) -> None:
    go_live(cast, on=TOMORROW)
    assert not Duty.objects.exists()
    sweep_at("2026-11-30T23:59")
    assert not Duty.objects.exists()
    sweep_at("2026-12-01T00:00")
    assert dues(cast)["甲"] == TOMORROW
    assert {duty.opened_on for duty in Duty.objects.all()} == {TOMORROW}


def test_a_day_that_has_passed_counts_from_today(cast: Newcomers) -> None:
    plan = go_live(cast, on=date(2026, 1, 1))
    assert plan.counts_from == GO_LIVE
    assert GoLive.objects.get().counts_from == GO_LIVE
    assert {duty.opened_on for duty in Duty.objects.all()} == {GO_LIVE}


def test_while_it_is_to_come_it_may_be_confirmed_anew(cast: Newcomers) -> None:
    go_live(cast, on=TOMORROW, spread=4)
    later = GO_LIVE + timedelta(days=7)
    go_live(cast, on=later, spread=2, at="2026-11-30T10:00")
    assert GoLive.objects.get().on == later
    assert {slot.counts_from for slot in FirstDue.objects.all()} == {later}
    sweep_at("2026-12-01T00:00")
    assert not Duty.objects.exists()
    sweep_at("2026-12-07T00:00")
    assert {duty.opened_on for duty in Duty.objects.all()} == {later}
    trail = AuditEvent.objects.filter(object_type="duties.golive").order_by("pk")
    assert list(trail.values_list("action", flat=True)) == ["create", "change"]


def test_once_live_it_stays(cast: Newcomers) -> None:
    go_live(cast)
    before = list(Duty.objects.order_by("pk").values())
    with pytest.raises(ValidationError, match="已于 2026-11-30 启用"):
        go_live(cast, on=TOMORROW)
    assert GoLive.objects.get().on == GO_LIVE
    assert list(Duty.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("on", "spread", "words"),
    [
        (date(2028, 1, 1), 4, "核对年份"),
        (GO_LIVE, 93, "0 到 92"),
        (GO_LIVE, -1, "0 到 92"),
    ],
)
def test_what_cannot_be_is_refused_in_words(cast: Newcomers, on: date, spread: int, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        go_live(cast, on=on, spread=spread)
    assert not GoLive.objects.exists()
    assert not FirstDue.objects.exists()
    assert not AuditEvent.objects.filter(object_type="duties.golive").exists()


def test_only_a_whole_community_goes_live(cast: Newcomers) -> None:
    with pytest.raises(ValidationError, match="整个社区"):
        go_live_confirm(community=cast.home.quarters[0], on=GO_LIVE, spread_days=0, now=MORNING)
    assert not GoLive.objects.exists()


def test_a_window_of_days_off_is_refused_where_a_rule_moves_over_them(cast: Newcomers) -> None:
    """困难家庭 move over days off by the shipped rule; Saturday and Sunday hold nobody."""
    cast.add("戊", date(2026, 4, 1), code="hardship")
    with pytest.raises(ValidationError, match="都是休息日"):
        go_live(cast, on=date(2026, 12, 5), spread=2)
    assert not GoLive.objects.exists()


def test_nobody_gets_a_day_off(cast: Newcomers) -> None:
    """Monday and Tuesday are days off by the office's own calendar: the window of four days has two."""
    cast.add("戊", date(2026, 4, 1), code="hardship")
    for day in (GO_LIVE, TOMORROW):
        SpecialDay.objects.create(day=day, is_working=False)
    plan = go_live(cast)
    assert set(plan.slots.values()) == {date(2026, 12, 2), date(2026, 12, 3)}


def test_all_records_of_a_person_get_one_day_and_one_visit_settles_them(cast: Newcomers) -> None:
    person = cast.records["甲"].resident
    care_record(
        cast.home.building, now=TYPED_IN, started_on=date(2025, 2, 1), code="hospital", resident=person
    )
    plan = go_live(cast)
    assert (plan.people, plan.put_off) == (4, 3)
    own = Duty.objects.filter(care_record__resident=person)
    assert {duty.due_on for duty in own} == {GO_LIVE}
    visit(person, "2026-11-30T15:00")
    assert not own.filter(opened_on=GO_LIVE, kind="first_visit").exclude(outcome=Outcome.IN_TIME).exists()


def test_a_visit_on_the_first_day_settles_what_had_a_last_time(cast: Newcomers) -> None:
    """The round that began with the go-live and the one after that visit both open on this day."""
    go_live(cast)
    visit(cast.records["乙"].resident, "2026-11-30T15:00")
    rows = Duty.objects.filter(care_record=cast.records["乙"]).order_by("pk")
    assert [(duty.opened_on, duty.due_on, duty.outcome) for duty in rows] == [
        (GO_LIVE, date(2026, 12, 1), Outcome.IN_TIME),
        (GO_LIVE, date(2026, 12, 7), Outcome.OPEN),
    ]


def test_history_that_arrives_later_moves_the_first_round_and_voiding_it_brings_the_day_back(
    cast: Newcomers,
) -> None:
    go_live(cast)
    late = visit(cast.records["乙"].resident, "2026-11-28T15:00", received="2026-12-01T10:00")
    assert dues(cast)["乙"] == date(2026, 12, 5)
    visit_void(visit=late, reason="录错了人", now=moment("2026-12-01T11:00"))
    assert dues(cast)["乙"] == date(2026, 12, 1)


def test_late_sync_justice_holds_for_the_first_round(cast: Newcomers) -> None:
    go_live(cast)
    sweep_at("2026-12-03T08:00")
    duty = duty_of(cast.records["乙"], 0)
    assert (duty.outcome, duty.rung) == (Outcome.OVERDUE, 2)
    visit(cast.records["乙"].resident, "2026-12-01T20:00", received="2026-12-03T09:00")
    duty.refresh_from_db()
    assert duty.outcome == Outcome.IN_TIME
    assert events_of(duty, EventKind.STOOD_DOWN) == [(1, "12-03 09:00"), (2, "12-03 09:00")]


def report(cast: Newcomers, at: str) -> Incident:
    return incident_report(
        building=cast.home.building,
        kind=IncidentKind.EMERGENCY,
        occurred_at=moment(at),
        summary="水管爆裂",
        now=moment(at),
        reported_by=None,
    )


def test_an_incident_of_before_asks_for_nobody(cast: Newcomers) -> None:
    """Neither while the community is not live, nor afterwards; one of after does."""
    early = report(cast, "2026-11-30T08:00")
    go_live(cast)
    later = report(cast, "2026-11-30T10:00")
    assert set(Duty.objects.filter(kind="arrival").values_list("clock__incident", flat=True)) == {later.pk}
    assert not early.clock.duties.exists()


def test_somebody_may_turn_up_at_an_incident_that_asks_for_nobody(cast: Newcomers) -> None:
    made = report(cast, "2026-11-29T08:00")
    at = made.reported_at
    arrival = arrival_stamp(incident=made, post="building_head", arrived_at=at, now=at + timedelta(minutes=5))
    assert arrival.duty is None


def test_a_record_that_was_written_meanwhile_is_found_by_the_sweep(cast: Newcomers) -> None:
    """Its transaction did not see the go-live, and left a clock that nobody looks at."""
    record = cast.records["丁"]
    go_live(cast)
    Duty.objects.filter(care_record=record).delete()  # due in four days: nobody was told
    DutyClock.objects.filter(care_record=record).update(next_check_at=None)
    assert sweep_at("2026-11-30T09:01").looked_at == 1
    assert dues(cast)["丁"] == date(2026, 12, 4)
    assert sweep_at("2026-11-30T09:02").looked_at == 0


def test_of_very_many_the_sweep_opens_the_first_rounds(
    cast: Newcomers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ALIGNED_AT_ONCE", 2)
    go_live(cast)
    assert not Duty.objects.exists()
    sweep_at("2026-11-30T09:01")
    assert len(dues(cast)) == 4


def test_who_confirmed_it_stands_in_the_trail(cast: Newcomers) -> None:
    user = clerk(cast.home.place)
    go_live_confirm(community=cast.home.place, on=GO_LIVE, spread_days=4, now=MORNING, by=user)
    row = AuditEvent.objects.get(object_type="duties.golive")
    assert (row.user_id, row.community_id, row.fields) == (user.pk, cast.home.place.pk, ["on", "spread_days"])
    assert GoLive.objects.get().confirmed_by == user
    assert {slot.created_by_id for slot in FirstDue.objects.all()} == {user.pk}


def test_one_entered_later_that_began_before_counts_from_the_go_live(cast: Newcomers) -> None:
    go_live(cast)
    made = care_record(cast.home.building, now=moment("2026-12-02T09:00"), started_on=date(2026, 5, 1))
    assert duty_of(made).due_on == date(2026, 12, 3)


def test_one_that_began_after_it_is_as_any_other(cast: Newcomers) -> None:
    go_live(cast)
    made = care_record(cast.home.building, now=moment("2026-12-02T09:00"), started_on=date(2026, 12, 2))
    duty = duty_of(made)
    assert (duty.opened_on, duty.due_on, duty.basis.get("counted_on")) == (
        date(2026, 12, 2),
        date(2026, 12, 5),
        None,
    )


def test_a_record_of_a_person_is_erased_with_its_day(cast: Newcomers) -> None:
    go_live(cast, on=TOMORROW)
    record = cast.records["甲"]
    record.clock.delete()
    CareRecord.objects.filter(pk=record.pk).delete()
    assert not FirstDue.objects.filter(care_record=record.pk).exists()


def test_a_first_day_that_is_put_right_is_counted_from_anew(cast: Newcomers) -> None:
    """Listed on 29 November, not in 2025: the first visit is due by 2 December by its own date."""
    go_live(cast)
    care_record_correct(
        care_record=cast.records["甲"], started_on=date(2026, 11, 29), now=moment("2026-11-30T10:00")
    )
    assert dues(cast)["甲"] == date(2026, 12, 2)


def test_the_database_says_no_first(cast: Newcomers) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        GoLive.objects.create(community=cast.home.place, on=GO_LIVE, spread_days=93)
    with pytest.raises(IntegrityError), transaction.atomic():
        GoLive.objects.create(community=cast.home.place, on=GO_LIVE, confirmed_by=clerk(cast.home.place))
    with pytest.raises(IntegrityError), transaction.atomic():
        FirstDue.objects.create(
            care_record=cast.records["甲"], counts_from=TOMORROW, due_on=GO_LIVE, created_at=MORNING
        )


def test_three_weeks_later_the_figures_are_those_worked_out_by_hand(cast: Newcomers) -> None:
    """Every 7 days, reminder two days before; rungs at 0, 1, 3 and 7 days. On Monday 21 December:

    甲 due 30 Nov, seen that day; due 7, seen 6; due 13, seen 12; due 19, not seen: overdue for the second day, rung 2.
    乙 due 1 Dec by the spreading, not seen since August: overdue since 2 Dec, rung 4 since 9 Dec.
    丙 due 2 Dec, seen on the 3rd, late; due 10, seen 10; due 17, seen 17; due 24.
    丁 due 4 Dec, seen 4; due 11, seen on the 14th, late; due 21: today.
    Of the ten due by 20 December six were in time.
    """
    go_live(cast)
    seen = {
        "甲": ("2026-11-30", "2026-12-06", "2026-12-12"),
        "丙": ("2026-12-03", "2026-12-10", "2026-12-17"),
        "丁": ("2026-12-04", "2026-12-14"),
    }
    for day, name in sorted((day, name) for name, days in seen.items() for day in days):
        sweep_at(f"{day}T08:00")
        visit(cast.records[name].resident, f"{day}T15:00")
    now = moment("2026-12-21T09:00")
    sweep_at(now)
    question = Question(AsOf.now(now), period=(date(2026, 9, 1), date(2026, 12, 20)))
    figures = Figures(Scope(frozenset({cast.home.place.path})), question)
    place = cast.home.place.pk
    names = ("overdue", "due_today", "coming", "never_seen", "due", "in_time", "late", "running")
    assert {name: figures.value(name, place) for name in names} == {
        "overdue": 2,
        "due_today": 1,
        "coming": 1,
        "never_seen": 0,
        "due": 10,
        "in_time": 6,
        "late": 2,
        "running": 2,
    }
    assert {rung: count for rung, count in figures.by_rung(place).items() if count} == {2: 1, 4: 1}
    assert min(event.fell_due_at for event in DutyEvent.objects.all()) >= MORNING.replace(hour=0)


def test_a_new_resident_of_before_is_no_trouble(cast: Newcomers) -> None:
    """Somebody with no record at all is in no plan."""
    resident(cast.home.building, now=TYPED_IN)
    assert go_live(cast).people == 4
