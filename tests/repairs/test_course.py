"""An order from its report to its end: who owes what, who is told, what stands where."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cadres.choices import Post
from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyClock, DutyEvent, GoLive
from repairs.choices import Channel, DutyKind, FundedBy, Matter, Stage, StepKind, Urgency
from repairs.models import RepairOrder, RepairRule, RepairStep
from repairs.rules import PROPOSED_RULES
from repairs.services import (
    repair_also,
    repair_merge,
    repair_publish_words,
    repair_rate,
    repair_report,
    repair_rule_publish,
    repair_step_void,
)
from tests.duties.steps import sweep_at
from tests.factories import Community, clerk, community, moment
from tests.repairs.orders import agree, fresh, outcomes, report, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


def test_it_works(home: Community) -> None:
    """504栋, counted from its report on Monday the 23rd."""
    office = clerk(home.place)
    order = report(home)
    secretary = home.holders[home.quarters[0].pk, Post.GENERAL_BRANCH_SECRETARY]
    triage = Duty.objects.get(clock=order.clock, kind=DutyKind.TRIAGE)
    assert (triage.appointment, triage.due_at) == (secretary, moment("2026-11-24T09:00"))
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00", matter=Matter.SMALL)
    step(order, StepKind.ASKED, "2026-11-26T10:00")
    assert agree(order, "2026-11-29T20:00", office).holds
    step(order, StepKind.HANDED, "2026-11-30T09:00")
    mend = Duty.objects.get(clock=order.clock, kind=DutyKind.MEND)
    assert (mend.accountable_post, mend.appointment, mend.due_on) == (
        Post.PROPERTY_STEWARD,
        None,
        date(2026, 12, 15),
    )
    step(order, StepKind.STARTED, "2026-12-02T09:00")
    step(order, StepKind.FINISHED, "2026-12-14T16:00")
    assert fresh(order).stage == Stage.CHECKING
    step(order, StepKind.PASSED, "2026-12-15T10:00")
    assert set(outcomes(order).values()) == {Outcome.IN_TIME}
    assert list(outcomes(order)) == ["triage", "whole", "agree", "mend", "check"]
    done = fresh(order)
    assert (done.stage, done.closed_at) == (Stage.PASSED, moment("2026-12-15T10:00"))
    assert repair_rate(order=order, solved=True, stars=5, now=moment("2026-12-16T09:00")).stars == 5


def test_residents_agreed_on_the_day_on_which_they_were_counted(home: Community) -> None:
    office = clerk(home.place)
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00", matter=Matter.SMALL)
    agree(order, "2026-12-05T09:00", office, asked_on=date(2026, 11, 25), counted_on=date(2026, 12, 3))
    assert outcomes(order)["agree"] == Outcome.IN_TIME


def test_refused_it_runs_on(home: Community) -> None:
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    step(order, StepKind.FINISHED, "2026-11-27T16:00")
    step(order, StepKind.REFUSED, "2026-11-29T10:00", words="第三级台阶仍松动")
    assert fresh(order).stage == Stage.MENDING
    sweep_at("2026-12-01T00:00")
    assert outcomes(order) == {"triage": "in_time", "whole": "open", "mend": "overdue", "check": "in_time"}


def test_a_finish_recorded_late_stands_the_ladder_down(home: Community) -> None:
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    sweep_at("2026-12-01T00:01")
    mend = Duty.objects.get(clock=order.clock, kind=DutyKind.MEND)
    told = DutyEvent.objects.filter(duty=mend, kind=EventKind.RAISED, rung=1)
    assert mend.outcome == Outcome.OVERDUE
    assert told.count() == 1
    step(order, StepKind.FINISHED, "2026-11-29T10:00", now="2026-12-02T09:00")
    mend.refresh_from_db()
    assert mend.outcome == Outcome.IN_TIME
    assert DutyEvent.objects.filter(duty=mend, kind=EventKind.STOOD_DOWN, rung=1).count() == 1


def test_the_triage_goes_up_the_ladder(home: Community) -> None:
    order = report(home)
    sweep_at("2026-11-24T09:00")
    triage = Duty.objects.get(clock=order.clock, kind=DutyKind.TRIAGE)
    told = DutyEvent.objects.filter(duty=triage, kind=EventKind.RAISED).order_by("rung")
    assert [(event.rung, event.told_cadre) for event in told] == [
        (0, home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)),
        (4, home.holder(home.place, Post.COMMITTEE_SECRETARY)),
    ]


def test_a_vacant_steward_is_passed_over(home: Community) -> None:
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    home.holders[home.building.pk, Post.PROPERTY_STEWARD].delete()
    sweep_at("2026-11-30T00:01")
    mend = Duty.objects.get(clock=order.clock, kind=DutyKind.MEND)
    told = DutyEvent.objects.get(duty=mend, kind=EventKind.RAISED)
    assert (told.rung, told.told_post, told.passed_over) == (0, Post.PARTY_GROUP_LEADER, [0])


def test_nothing_is_owed_before_the_community_counts(home: Community) -> None:
    GoLive.objects.filter(community=home.place).update(on=date(2026, 12, 1))
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    assert not Duty.objects.filter(clock=order.clock).exists()
    assert fresh(order).stage == Stage.MENDING


def test_declined_says_where_to_go(home: Community) -> None:
    order = report(home)
    with pytest.raises(ValidationError, match="应由哪里办理"):
        step(order, StepKind.DECLINED, "2026-11-23T12:00")
    assert fresh(order).stage == Stage.REPORTED
    step(order, StepKind.DECLINED, "2026-11-23T12:00", words="属供电公司，请拨 95598")
    assert outcomes(order) == {"triage": "in_time", "whole": "in_time"}
    assert fresh(order).stage == Stage.DECLINED


def test_residents_do_not_agree(home: Community) -> None:
    office = clerk(home.place)
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00", matter=Matter.SMALL)
    assert not agree(order, "2026-11-25T20:00", office, agreed_people=19).holds
    assert fresh(order).stage == Stage.AGREEING
    assert not agree(order, "2026-11-26T20:00", office, agreed_people=19, closes=True).holds
    assert fresh(order).stage == Stage.NOT_AGREED
    assert outcomes(order) == {"triage": "in_time", "agree": "in_time", "whole": "in_time"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"agreed_people": 39}, "同意的不能多于参加的"),
        ({"total_people": 0, "took_part_people": 0, "agreed_people": 0}, "同意的不能多于参加的"),
        ({"total_area": "10"}, "三项都填"),
        ({"counted_on": date(2026, 11, 26)}, "今天以前"),
        ({"asked_on": date(2026, 11, 22)}, "报修之后"),
    ],
)
def test_totals_that_do_not_fit(home: Community, change: dict, words: str) -> None:  # type: ignore[type-arg]
    office = clerk(home.place)
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00", matter=Matter.SMALL)
    with pytest.raises(ValidationError, match=words):
        agree(order, "2026-11-25T20:00", office, **change)
    assert not order.consents(manager="objects").unscoped("a test").exists()
    assert fresh(order).stage == Stage.AGREEING


def test_the_fund_asks_for_areas(home: Community) -> None:
    office = clerk(home.place)
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00", matter=Matter.USE_FUND)
    with pytest.raises(ValidationError, match="按面积"):
        agree(order, "2026-11-25T20:00", office)
    areas = {"total_area": "5600", "took_part_area": "3800", "agreed_area": "3000"}
    assert agree(order, "2026-11-25T20:00", office, **areas).holds


def test_urgent_needs_no_consent(home: Community) -> None:
    order = report(home, urgency=Urgency.URGENT)
    with pytest.raises(ValidationError, match="不用商议"):
        step(order, StepKind.ACCEPTED, "2026-11-23T10:00", matter=Matter.USE_FUND)
    step(order, StepKind.ACCEPTED, "2026-11-23T10:00")
    done = step(
        order,
        StepKind.FINISHED,
        "2026-11-24T10:00",
        cost_yuan=800,
        funded_by=FundedBy.FUND,
        notice_on=date(2026, 11, 25),
    )
    assert (done.funded_by, done.notice_on) == (FundedBy.FUND, date(2026, 11, 25))
    assert outcomes(order)["mend"] == Outcome.IN_TIME


def test_an_extension(home: Community) -> None:
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    secretary = home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)
    extend = {"words": "配件周三到货", "cadre": secretary}
    with pytest.raises(ValidationError, match="请选择 2026-11-30 以后"):
        step(order, StepKind.EXTENDED, "2026-11-27T10:00", until_on=date(2026, 11, 30), **extend)
    step(order, StepKind.EXTENDED, "2026-11-27T10:00", until_on=date(2026, 12, 4), **extend)
    assert Duty.objects.get(clock=order.clock, kind=DutyKind.MEND).due_on == date(2026, 12, 4)
    step(order, StepKind.EXTENDED, "2026-12-03T10:00", until_on=date(2026, 12, 9), **extend)
    with pytest.raises(ValidationError, match="已经延期 2 次"):
        step(order, StepKind.EXTENDED, "2026-12-08T10:00", until_on=date(2026, 12, 20), **extend)
    with pytest.raises(ValidationError, match="到期前申请"):
        step(order, StepKind.EXTENDED, "2026-12-10T00:00", until_on=date(2026, 12, 20), **extend)
    assert Duty.objects.get(clock=order.clock, kind=DutyKind.MEND).due_on == date(2026, 12, 9)


def test_its_own_agreement_nobody_extends(home: Community) -> None:
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00", matter=Matter.SMALL)
    extend = {"words": "住户出差", "until_on": date(2026, 12, 10)}
    secretary = home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)
    with pytest.raises(ValidationError, match="不能自己延期"):
        step(order, StepKind.EXTENDED, "2026-11-27T10:00", cadre=secretary, **extend)
    above = home.holder(home.place, Post.COMMITTEE_SECRETARY)
    step(order, StepKind.EXTENDED, "2026-11-27T10:00", cadre=above, **extend)
    assert Duty.objects.get(clock=order.clock, kind=DutyKind.AGREE).due_on == date(2026, 12, 10)


def test_a_step_is_voided_from_the_last(home: Community) -> None:
    office = clerk(home.place)
    order = report(home)
    accepted = step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    finished = step(order, StepKind.FINISHED, "2026-11-24T15:00")
    void = {"by": office, "now": moment("2026-11-24T16:00"), "is_office": True}
    with pytest.raises(ValidationError, match="从最后一步开始"):
        repair_step_void(step=accepted, reason="点错了", **void)
    with pytest.raises(ValidationError, match="作废的原因"):
        repair_step_void(step=finished, reason=" ", **void)
    with pytest.raises(ValidationError, match="由社区办办理"):
        repair_step_void(step=finished, reason="点错了", **{**void, "is_office": False})
    assert fresh(order).stage == Stage.CHECKING
    repair_step_void(step=finished, reason="点错了", **void)
    assert fresh(order).stage == Stage.MENDING
    assert outcomes(order) == {"triage": "in_time", "whole": "open", "mend": "open", "check": "cancelled"}
    with pytest.raises(ValidationError, match="已经作废"):
        repair_step_void(step=finished, reason="点错了", **void)


def test_steps_come_in_their_order(home: Community) -> None:
    order = report(home)
    with pytest.raises(ValidationError, match="不能早于报修"):
        step(order, StepKind.ACCEPTED, "2026-11-23T08:59", now="2026-11-23T15:00")
    with pytest.raises(ValidationError, match="不能晚于现在"):
        step(order, StepKind.ACCEPTED, "2026-11-23T16:00", now="2026-11-23T15:00")
    step(order, StepKind.ACCEPTED, "2026-11-24T15:00")
    with pytest.raises(ValidationError, match="不能早于上一步"):
        step(order, StepKind.FINISHED, "2026-11-24T14:00", now="2026-11-24T16:00")
    assert fresh(order).stage == Stage.MENDING


def test_merging(home: Community) -> None:
    office = clerk(home.place)
    first, second = report(home), report(home, "2026-11-23T10:00")
    far = report(home, building=home.buildings[1])
    repair_also(order=second, now=moment("2026-11-23T11:00"))
    merge = {"by": office, "cadre": None, "is_office": True, "now": moment("2026-11-23T12:00")}
    for wrong in (second, far):
        with pytest.raises(ValidationError, match="本楼另一件在办"):
            repair_merge(order=second, into=wrong, **merge)
    with pytest.raises(ValidationError, match="受理人或社区办"):
        repair_merge(order=second, into=first, **{**merge, "is_office": False})
    repair_merge(order=second, into=first, **merge)
    assert (fresh(second).stage, fresh(second).merged_into) == (Stage.MERGED, first)
    assert fresh(first).also_count == 2
    assert outcomes(second) == {"triage": "in_time", "whole": "cancelled"}


def test_a_complaint_within_a_month_follows(home: Community) -> None:
    order = report(home)
    with pytest.raises(ValidationError, match="已经验收通过"):
        report(home, "2026-11-24T09:00", follows=order)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    step(order, StepKind.FINISHED, "2026-11-24T15:00")
    step(order, StepKind.PASSED, "2026-11-25T15:00")
    assert report(home, "2026-12-25T15:00", follows=order).follows == order
    with pytest.raises(ValidationError, match="超过 30 天"):
        report(home, "2026-12-25T15:01", follows=order)
    with pytest.raises(ValidationError, match="已经办结"):
        step(order, StepKind.REFUSED, "2026-12-01T15:00", words="又坏了")
    with pytest.raises(ValidationError, match="已经办结"):
        repair_also(order=order, now=moment("2026-12-01T15:00"))


def test_rating_is_once_and_in_time(home: Community) -> None:
    order = report(home)
    with pytest.raises(ValidationError, match="现在不能评价"):
        repair_rate(order=order, solved=True, stars=5, now=moment("2026-11-23T10:00"))
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    step(order, StepKind.FINISHED, "2026-11-24T15:00")
    with pytest.raises(ValidationError, match="1 到 5"):
        repair_rate(order=order, solved=True, stars=6, now=moment("2026-11-24T16:00"))
    repair_rate(order=order, solved=True, stars=4, now=moment("2026-11-24T16:00"))
    with pytest.raises(ValidationError, match="已经评价过"):
        repair_rate(order=order, solved=True, stars=5, now=moment("2026-11-24T17:00"))
    late = report(home)
    step(late, StepKind.ACCEPTED, "2026-11-23T15:00")
    step(late, StepKind.FINISHED, "2026-11-24T15:00")
    step(late, StepKind.PASSED, "2026-11-24T16:00")
    with pytest.raises(ValidationError, match="现在不能评价"):
        repair_rate(order=late, solved=True, stars=5, now=moment("2026-12-24T16:01"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"summary": " "}, "哪里坏了"),
        ({"summary": "坏" * 201}, "最多写 200 个字"),
        ({"spot": "moon"}, "哪个部位"),
        ({"reported_at": moment("2026-11-23T09:01")}, "不能晚于现在"),
    ],
)
def test_a_report_is_refused(home: Community, change: dict, words: str) -> None:  # type: ignore[type-arg]
    now = moment("2026-11-23T09:00")
    told = {"spot": "stairs", "summary": "灯坏了", "channel": Channel.DESK, **change}
    with pytest.raises(ValidationError, match=words):
        repair_report(building=home.building, now=now, **told)
    with pytest.raises(ValidationError, match="选择要报修的楼栋"):
        repair_report(
            building=home.place,
            spot="stairs",
            summary="灯",
            channel=Channel.DESK,
            now=moment("2026-11-23T09:00"),
        )
    assert not RepairOrder.objects.unscoped("a test").exists()
    assert not DutyClock.objects.exists()


def test_twenty_reports_a_day_from_the_wall(home: Community) -> None:
    for _ in range(20):
        report(home, channel=Channel.CODE)
    with pytest.raises(ValidationError, match="很多报修"):
        report(home, channel=Channel.CODE)
    assert RepairOrder.objects.unscoped("a test").count() == 20
    report(home, channel=Channel.PHONE)
    report(home, channel=Channel.CODE, building=home.buildings[1])
    report(home, "2026-11-24T09:01", channel=Channel.CODE)


def test_public_words_hold_no_number(home: Community) -> None:
    order = report(home)
    with pytest.raises(ValidationError, match="长数字"):
        repair_publish_words(order=order, words="找张师傅 13812345678", now=moment("2026-11-23T10:00"))
    with pytest.raises(ValidationError, match="最多写 100"):
        repair_publish_words(order=order, words="字" * 101, now=moment("2026-11-23T10:00"))
    repair_publish_words(order=order, words="已订购台阶石材", now=moment("2026-11-23T10:00"))
    assert fresh(order).public_words == "已订购台阶石材"


def test_an_order_keeps_the_rule_it_began_with(home: Community) -> None:
    order = report(home)
    assert order.rule.is_proposal
    publish = {
        "community": home.place,
        "urgency": Urgency.NORMAL,
        "terms": {**PROPOSED_RULES[Urgency.NORMAL], "triage_hours": 12, "triage_post": Post.BRANCH_SECRETARY},
        "ladder": ((1, 0), (2, 1)),
        "triage_ladder": ((3, 0),),
        "now": moment("2026-11-23T10:00"),
        "user": clerk(home.place),
    }
    with pytest.raises(ValidationError, match="重复的级别"):
        repair_rule_publish(effective_on=date(2026, 11, 24), **{**publish, "triage_ladder": ((3, 0), (3, 1))})
    with pytest.raises(ValidationError, match="不能早于今天"):
        repair_rule_publish(effective_on=date(2026, 11, 22), **publish)
    assert RepairRule.objects.count() == 2
    rule = repair_rule_publish(effective_on=date(2026, 11, 24), **publish)
    assert (rule.version, rule.is_proposal) == (2, False)
    assert fresh(order).rule_id != rule.pk
    later = report(home, "2026-11-24T09:00")
    assert later.rule == rule
    triage = Duty.objects.get(clock=later.clock, kind=DutyKind.TRIAGE)
    assert triage.due_at == moment("2026-11-24T21:00")
    assert triage.appointment == home.holders[home.precincts[0].pk, Post.BRANCH_SECRETARY]


def test_the_database_says_no_first(home: Community) -> None:
    order = report(home)
    steps = RepairStep.objects.unscoped("a test")
    accepted = step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    orders = RepairOrder.objects.unscoped("a test").filter(pk=order.pk)
    for change in (
        {"reported_at": moment("2026-11-23T09:00") + timedelta(days=9)},
        {"stage": Stage.PASSED},
        {"stage": Stage.MERGED, "closed_at": moment("2026-11-24T09:00")},
        {"follows": order.pk},
        {"shares_phone_with_property": True},
        {"public_words": "13812345678"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            orders.update(**change)
    for change in (
        {"kind": StepKind.EXTENDED},
        {"until_on": date(2026, 12, 1)},
        {"kind": StepKind.HANDED, "matter": Matter.SMALL},
        {"voided_at": moment("2026-11-24T09:00")},
        {"at": moment("2026-11-24T09:00")},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            steps.filter(pk=accepted.pk).update(**change)
