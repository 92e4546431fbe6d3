"""A sweep by a wrong clock is refused; one that was forced is taken back, and what was not due falls due in its time."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from audit.models import AuditEvent
from cadres.choices import Post
from cadres.selectors import scope_for
from duties.as_of import AsOf, duty_filter
from duties.choices import EventKind, Outcome
from duties.clock import CLOCK_TOLERANCE
from duties.events import BY_CLOCK, notices_in_force, stand_downs
from duties.models import Duty, DutyClock, DutyEvent, NoticeDelivery, SweepRun
from duties.premature import HELD_BACK
from duties.realigning import clocks_realign
from duties.selectors import escalations_shown, notices
from duties.services import clocks_reconcile
from duties.story import duty_explanation, duty_story
from duties.sweep import sweep_by_the_clock
from residents.models import CareRecord
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, community, moment, user

pytestmark = pytest.mark.django_db

NOW = moment("2026-11-30T09:00")
A_YEAR_AHEAD = moment("2027-11-30T09:00")
REASON = "服务器时钟快了一年"


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def record(home: Community) -> CareRecord:
    """Due on 2 December: the reminder on the 1st, overdue with the 3rd."""
    return care_record(home.building, now=moment("2026-11-29T09:00"), started_on=date(2026, 11, 29))


def realign(now: datetime = NOW) -> Any:
    return clocks_realign(now=now, reason=REASON, batch=2)


def notices_of_everything() -> set[tuple[Any, ...]]:
    """What stands as told: whose duty, which step, when it fell due, and to whom."""
    return {
        (event.duty.care_record_id, event.duty.opened_on, event.rung, event.fell_due_at, event.told_cadre_id)
        for event in notices_in_force(DutyEvent.objects.select_related("duty"))
    }


def duties_of_everything() -> list[tuple[Any, ...]]:
    columns = ("care_record", "opened_on", "due_at", "outcome", "rung", "done_at", "next_check_at")
    asked_for = Duty.objects.exclude(outcome=Outcome.CANCELLED)
    return [
        *asked_for.order_by("care_record", "opened_on").values_list(*columns),
        *DutyClock.objects.order_by("pk").values_list("pk", "next_check_at", "failures"),
    ]


def test_it_works(home: Community, record: CareRecord) -> None:
    """As it happened: a sweep for 30 November of next year, and the right clock finds nothing to do."""
    sweep_at(NOW)
    before = duties_of_everything()
    sweep_at(A_YEAR_AHEAD)
    assert duty_of(record).outcome == Outcome.OVERDUE
    assert sweep_at(NOW).looked_at == 0, "the right clock alone heals nothing"
    done = realign()
    assert (done.looked_at, done.put_off, done.tally.stood_down) == (1, 0, 5)
    assert duties_of_everything() == before
    assert notices_of_everything() == set()
    duty = duty_of(record)
    assert "尚未到期" in duty_explanation(duty, NOW)
    story = [line.text for line in duty_story(duty, NOW)]
    assert "撤回对社区一级的知会：系统时钟有误，当时并未到期" in story
    assert "撤回对责任人一级的提醒：系统时钟有误，当时并未到期" in story
    assert not [text for text in story if "2027" in text]
    assert story[-1].startswith("下一步：")


def test_afterwards_everything_falls_due_as_if_nothing_had_been(home: Community) -> None:
    """People of every kind of rule, one whose record ends meanwhile, one who was visited late."""
    records = [
        care_record(
            home.buildings[at], now=moment("2026-11-20T09:00"), started_on=date(2026, 11, 20), code=code
        )
        for at, code in enumerate(["hardship", "hospital", "laid_off", "elderly_alone", "released"])
    ]
    ending = care_record(home.building, now=moment("2026-11-20T09:00"), started_on=date(2026, 11, 20))
    CareRecord.objects.filter(pk=ending.pk).update(ended_on=date(2026, 12, 20), end_reason="moved_away")
    sweep_at("2026-11-28T09:00")
    visit(records[1].resident, "2026-11-28T10:00")
    sweep_at(NOW)

    def live_on(with_the_mistake: bool) -> list[Any]:
        if with_the_mistake:
            sweep_at(A_YEAR_AHEAD)
            realign()
        visit(records[3].resident, "2026-11-30T10:00")
        found = []
        for later in ("12-01T00:00", "12-03T00:00", "12-12T08:00"):
            sweep_at(f"2026-{later}")
            found.append((duties_of_everything(), notices_of_everything()))
        sweep_at("2027-12-24T09:00")
        return [*found, (duties_of_everything(), notices_of_everything())]

    without, with_it = (undone(lambda made=made: live_on(made)) for made in (False, True))
    assert with_it == without


def undone(run: Callable[[], Any]) -> Any:
    with transaction.atomic():
        found = run()
        transaction.set_rollback(True)
    return found


def test_once_due_it_is_said_as_it_was(home: Community, record: CareRecord) -> None:
    sweep_at(A_YEAR_AHEAD)
    realign()
    then = moment("2026-12-03T00:00")
    sweep_at(then)
    duty = duty_of(record)
    assert duty.outcome == Outcome.OVERDUE
    story = [line.text for line in duty_story(duty, then)]
    assert "恢复对楼栋一级的知会：现已到期" in story
    assert not [text for text in story if "补记" in text or "2027" in text]
    assert "已知会：" in duty_explanation(duty, then)


def test_rounds_that_had_not_begun_are_withdrawn(home: Community) -> None:
    record = care_record(
        home.building, now=moment("2026-11-20T09:00"), started_on=date(2026, 11, 20), code="hardship"
    )
    sweep_at(A_YEAR_AHEAD)
    assert Duty.objects.filter(care_record=record).count() > 10
    done = realign()
    early = Duty.objects.filter(care_record=record, opened_on__gt=date(2026, 11, 30))
    assert done.tally.withdrawn == early.count() == early.filter(outcome=Outcome.CANCELLED).count()
    assert not Duty.objects.filter(created_at__gt=NOW).exists()
    said = [line.text for line in duty_story(early[0], NOW)]
    assert "作废：系统时钟有误，这一轮当时还没有开始" in said
    sweep_at("2026-12-01T00:00")
    assert early.filter(opened_on=date(2026, 12, 1)).get().outcome == Outcome.OPEN


def test_a_second_time_it_finds_nothing(home: Community, record: CareRecord) -> None:
    sweep_at(A_YEAR_AHEAD)
    realign()
    everything = list(DutyEvent.objects.order_by("pk").values())
    again = realign()
    assert (again.tally.stood_down, again.tally.withdrawn) == (0, 0)
    assert list(DutyEvent.objects.order_by("pk").values()) == everything


def test_where_the_clock_was_right_it_changes_nothing(home: Community, record: CareRecord) -> None:
    sweep_at("2026-12-05T09:00")
    before = duties_of_everything(), list(DutyEvent.objects.order_by("pk").values())
    realign(moment("2026-12-05T09:00"))
    assert (duties_of_everything(), list(DutyEvent.objects.order_by("pk").values())) == before


def test_what_was_written_by_the_wrong_clock_is_dated_to_when_it_was_found(record: CareRecord) -> None:
    sweep_at(A_YEAR_AHEAD)
    assert set(DutyEvent.objects.values_list("recorded_at", flat=True)) == {A_YEAR_AHEAD}
    realign()
    assert set(DutyEvent.objects.values_list("recorded_at", flat=True)) == {NOW}
    assert DutyEvent.objects.filter(kind=EventKind.STOOD_DOWN, detail=BY_CLOCK).count() == 5


def test_lists_no_longer_show_it(home: Community, record: CareRecord) -> None:
    secretary = home.holder(home.precincts[0], Post.BRANCH_SECRETARY)
    secretary.user = user("secretary")
    secretary.save(update_fields=["user"])
    scope = scope_for(secretary.user, today=NOW.date(), now=NOW)
    sweep_at(A_YEAR_AHEAD)
    assert (notices(scope).count(), escalations_shown(scope).count()) == (1, 3)
    realign()
    assert (notices(scope).count(), escalations_shown(scope).count()) == (0, 0)
    sweep_at("2026-12-04T00:00")
    assert (notices(scope).count(), escalations_shown(scope).count()) == (1, 1)


def test_a_visit_heals_the_one_person_by_itself(record: CareRecord) -> None:
    sweep_at(A_YEAR_AHEAD)
    visit(record.resident, "2026-11-30T10:00")
    assert duty_of(record, 0).outcome == Outcome.IN_TIME
    assert notices_of_everything() == set()


def test_mails_not_yet_sent_wait_until_it_is_due(record: CareRecord) -> None:
    sweep_at(A_YEAR_AHEAD)
    owed = NoticeDelivery.objects.filter(event__rung=1)
    sent = NoticeDelivery.objects.filter(event__rung=2)
    sent.update(sent_at=A_YEAR_AHEAD, next_attempt_at=None)
    realign()
    assert (owed.get().next_attempt_at, owed.get().last_failure) == (None, HELD_BACK)
    then = moment("2026-12-04T00:00")
    sweep_at(then)
    assert (owed.get().next_attempt_at, owed.get().last_failure) == (then, "")
    assert (sent.get().next_attempt_at, sent.get().last_failure) == (None, ""), "no second copy"


def test_what_a_wrong_clock_had_cancelled_is_cancelled_now(record: CareRecord) -> None:
    """Its record was taken back meanwhile: nothing asks for the duty, and nothing is said of it a second time."""
    sweep_at(NOW)
    Duty.objects.update(
        outcome=Outcome.CANCELLED, closed_at=A_YEAR_AHEAD, next_check_at=None, key="2026-01-01"
    )
    realign()
    gone = Duty.objects.get(key="2026-01-01")
    assert (gone.outcome, gone.closed_at) == (Outcome.CANCELLED, NOW)
    assert not DutyEvent.objects.filter(kind=EventKind.WITHDRAWN).exists()
    realign(NOW + timedelta(hours=1))
    assert Duty.objects.get(key="2026-01-01").closed_at == NOW


def test_a_clock_that_fails_holds_up_no_other(home: Community, record: CareRecord) -> None:
    other = care_record(home.building, now=moment("2026-11-29T09:00"), started_on=date(2026, 11, 29))
    sweep_at(A_YEAR_AHEAD)
    Duty.objects.filter(care_record=other).update(ladder=[{"rung": 0}])
    done = realign()
    assert (done.looked_at, done.put_off) == (2, 1)
    assert duty_of(record).outcome == Outcome.OPEN


def test_a_look_writes_nothing(record: CareRecord) -> None:
    sweep_at(A_YEAR_AHEAD)
    before = duties_of_everything(), DutyEvent.objects.count(), AuditEvent.objects.count()
    done = clocks_realign(now=NOW, reason="", dry_run=True)
    assert (done.looked_at, done.tally.stood_down) == (1, 5)
    assert (duties_of_everything(), DutyEvent.objects.count(), AuditEvent.objects.count()) == before


def test_the_trail_has_it_once(home: Community, record: CareRecord) -> None:
    for _ in range(3):
        care_record(home.building, now=moment("2026-11-29T09:00"), started_on=date(2026, 11, 29))
    before = AuditEvent.objects.count()
    assert realign().looked_at == 4
    event = AuditEvent.objects.order_by("pk").last()
    assert event is not None
    assert AuditEvent.objects.count() == before + 1
    assert (event.object_type, event.reason, event.row_count) == ("duties.dutyclock", REASON, 4)


def test_what_is_withdrawn_takes_its_notices_along() -> None:
    """Escalations always; a reminder only where a wrong clock gave it."""
    told = {(0, EventKind.RAISED), (1, EventKind.RAISED), (2, EventKind.RAISED), (2, EventKind.STOOD_DOWN)}
    assert [(owed.rung, owed.by_clock) for owed in stand_downs(told, NOW)] == [(1, False)]
    assert [(owed.rung, owed.by_clock) for owed in stand_downs(told, NOW, {0, 1})] == [(0, True), (1, True)]


# --- commands ----------------------------------------------------------------------------------------------------


def run(command: str, *arguments: str) -> str:
    said = io.StringIO()
    call_command(command, *arguments, stdout=said)
    return said.getvalue()


def tomorrow(minutes: int = 60) -> str:
    return (timezone.now() + timedelta(minutes=minutes)).isoformat()


def test_a_moment_to_come_is_refused(record: CareRecord) -> None:
    with pytest.raises(CommandError, match=r"还没有到.*--dry-run"):
        run("sweep_duties", "--now", tomorrow())
    assert not SweepRun.objects.exists()
    assert not DutyEvent.objects.exists()


def test_one_may_look_at_what_is_to_come(record: CareRecord) -> None:
    assert "（未写入）" in run("sweep_duties", "--now", tomorrow(), "--dry-run")
    assert not DutyEvent.objects.exists()


def test_a_minute_is_no_difference(record: CareRecord) -> None:
    run("sweep_duties", "--now", tomorrow(minutes=4))
    assert SweepRun.objects.count() == 1


def test_realign_looks_first_and_writes_when_told(home: Community) -> None:
    today = timezone.localdate()
    record = care_record(home.building, now=timezone.now(), started_on=today)
    sweep_at(timezone.now() + timedelta(days=365))
    said = run("realign")
    assert "核对 1 个计时：撤回知会 5" in said
    assert "未写入" in said
    assert duty_of(record).outcome == Outcome.OVERDUE
    said = run("realign", "--write", "--reason", REASON)
    assert "未写入" not in said
    assert duty_of(record).outcome == Outcome.OPEN


def test_realign_asks_for_the_reason(record: CareRecord) -> None:
    with pytest.raises(CommandError, match="--reason"):
        run("realign", "--write")


def test_realign_names_what_failed(record: CareRecord) -> None:
    sweep_at(A_YEAR_AHEAD)
    Duty.objects.update(ladder=[{"rung": 0}])
    with pytest.raises(CommandError, match="有 1 个计时核对时出错"):
        run("realign")


def test_the_figures_are_right_again(home: Community, record: CareRecord) -> None:
    """What the desk, its lists and the interface count, today and at the end of any day."""
    care_record(home.building, now=moment("2026-11-20T09:00"), started_on=date(2026, 11, 20), code="hardship")
    care_record(home.building, now=moment("2026-11-20T09:00"), started_on=date(2026, 11, 20))
    moments = [AsOf.now(NOW), AsOf.end_of(date(2026, 11, 29)), AsOf.end_of(date(2026, 11, 24))]

    def figures() -> list[int]:
        words = ("overdue", "due_today", "coming")
        return [Duty.objects.filter(duty_filter(word, at)).count() for at in moments for word in words]

    sweep_at(NOW)
    before = figures()
    assert any(before)
    sweep_at(A_YEAR_AHEAD)
    assert figures() != before
    realign()
    assert figures() == before


# --- the machine's own clock -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [timedelta(days=365), timedelta(minutes=6), timedelta(minutes=-6)])
def test_clocks_that_contradict_each_other_judge_nothing(
    record: CareRecord, ahead: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    before = duties_of_everything()
    refused = sweep_by_the_clock(read_clock=lambda: timezone.now() + ahead)
    assert (refused.is_refused, refused.finished_at, refused.progress_at) == (True, None, None)
    assert abs(refused.clock_ahead - ahead.total_seconds()) < 5
    assert duties_of_everything() == before
    assert not DutyEvent.objects.exists()
    assert "ahead of the database's" in caplog.text


def test_within_minutes_they_agree(record: CareRecord) -> None:
    swept = sweep_by_the_clock(read_clock=lambda: timezone.now() + CLOCK_TOLERANCE - timedelta(seconds=20))
    assert not swept.is_refused
    assert swept.finished_at is not None


@pytest.mark.parametrize("command", [("sweep_duties",), ("realign",)])
def test_commands_do_not_believe_them_either(
    record: CareRecord, command: tuple[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: true() + timedelta(hours=1))
    with pytest.raises(CommandError, match="相差超过 5 分钟"):
        run(*command)
    assert not DutyEvent.objects.exists()


def test_every_batch_is_a_sign_of_life(home: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second batch dies, the run says how far it came."""
    from duties import sweep as module

    for _ in range(3):
        care_record(home.building, now=moment("2026-11-20T09:00"), started_on=date(2026, 11, 20))
    calls = []

    def second_dies(**asked: Any) -> Any:
        calls.append(asked)
        if len(calls) > 1:
            raise SystemExit
        return clocks_reconcile(**asked)

    monkeypatch.setattr(module, "clocks_reconcile", second_dies)
    with pytest.raises(SystemExit):
        module.sweep(now=NOW, read_clock=lambda: NOW, batch=2)
    run = SweepRun.objects.get()
    assert (run.looked_at, run.progress_at, run.finished_at) == (2, NOW, None)
