"""An incident reaches whoever must turn up: by what each can be reached by, and the page says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from buildings.scope import Scope
from cadres.choices import Post
from cadres.models import Cadre
from cadres.services import appointment_end, cadre_change
from messaging.choices import Outcome
from messaging.models import Attempt, Call, Dispatch, Message
from messaging.selectors import incident_told
from messaging.services import call_note, preference_set
from tests.factories import Community, clerk, community, moment
from tests.messaging.fake_providers import Providers
from tests.messaging.steps import NOW, account, named, report, send, switch_on
from visits.models import Incident
from visits.services import arrival_stamp

pytestmark = pytest.mark.django_db

ALL = Scope(everywhere=True)
# those who must come to an emergency, as the shipped rule says
POSTS = (Post.BUILDING_HEAD, Post.SECURITY_WORKER, Post.PROPERTY_STEWARD)


def holders(home: Community) -> list[Cadre]:
    return [home.holder(home.building, post) for post in POSTS]


def lines(incident: Incident, now: object = NOW) -> list[list[str]]:
    told = incident_told(incident.clock_id, ALL, now)  # type: ignore[arg-type]
    return [[words for _, words in one.lines] for one in told]


@pytest.fixture
def home(providers: Providers) -> Community:
    """楼栋长 on 企业微信, 治安员 on 飞书, 物业房管员 by text message."""
    made = community()
    switch_on(made.place, "wecom", "feishu", "aliyun")
    head, guard, _ = holders(made)
    named(head, "wecom", "WangJianGuo")
    named(guard, "feishu", "5d9bd")
    for one in (head, guard):
        cadre_change(cadre=one, phone="")
    return made


def test_it_works(home: Community, providers: Providers) -> None:
    incident = report(home.building)
    assert send() == 3
    steward = holders(home)[2]
    assert [(one.provider, one.to) for one in sorted(providers.taken, key=lambda one: one.provider)] == [
        ("aliyun", str(steward.phone)), ("feishu", "5d9bd"), ("wecom", "WangJianGuo"),
    ]  # fmt: skip
    words = "百步亭网格 10:00：有 1 件必到事件，请打开网格 https://wangge.example.cn/m/"
    assert [one.text for one in providers.taken if one.provider != "aliyun"] == [words] * 2
    assert sorted(map(tuple, lines(incident))) == [
        ("已送达 企业微信 10:00",), ("已送达 飞书 10:00",), ("短信 10:00 服务商已接收",),
    ]  # fmt: skip


def test_three_by_three_channels_and_one_by_telephone(home: Community, providers: Providers) -> None:
    """The 党小组长 is asked for by an incident of another kind, and cannot be reached by any channel."""
    leader = home.holder(home.building, Post.PARTY_GROUP_LEADER)
    cadre_change(cadre=leader, phone="")
    dispute, emergency = report(home.building, kind="discontent"), report(home.building)
    send()
    [of_leader] = [one for one in incident_told(dispute.clock_id, ALL, NOW) if one.cadre == leader]
    assert (of_leader.lines, of_leader.is_reached) == ([(False, "没有可用的方式，请打电话")], False)
    call_note(message=of_leader.message, is_reached=False, by=clerk(home.place), now=NOW)
    later = NOW + timedelta(minutes=5)
    call_note(message=of_leader.message, is_reached=True, by=clerk(home.place, "second"), now=later)
    [of_leader] = [one for one in incident_told(dispute.clock_id, ALL, later) if one.cadre == leader]
    assert of_leader.lines == [(False, "电话 10:00 没有打通"), (True, "电话 10:05 已告知")]
    assert of_leader.is_reached
    assert [len(one) for one in lines(emergency)] == [1, 1, 1]
    assert {one.provider for one in providers.taken} == {"wecom", "feishu", "aliyun"}


def test_nothing_is_sent_without_a_channel(providers: Providers) -> None:
    home = community()
    incident = report(home.building)
    assert send() == 0
    assert lines(incident) == [["没有可用的方式，请打电话"]] * 3
    assert Dispatch.objects.count() == Attempt.objects.count() == 0


def test_a_vacant_post_tells_the_next_rung(home: Community, providers: Providers) -> None:
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    appointment_end(appointment=held, ended_on=NOW.date() - timedelta(days=9), end_reason="resigned")
    report(home.building)
    head, guard, steward = holders(home)
    told = set(Message.objects.values_list("cadre", flat=True))
    assert head.pk not in told
    assert {guard.pk, steward.pk} < told


def test_an_email_goes_out_where_the_office_has_switched_it_on(providers: Providers) -> None:
    home = community()
    head = holders(home)[0]
    account(head, "head", email="head@example.invalid")
    report(home.building)
    assert send() == 0
    switch_on(home.place, "email")
    report(home.building)
    assert send() == 1
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["head@example.invalid"], "1 件事项请您打开网格")


def test_whoever_has_arrived_is_told_no_more(home: Community, providers: Providers) -> None:
    incident = report(home.building)
    arrival_stamp(incident=incident, post=POSTS[0], arrived_at=NOW, now=NOW)
    assert send() == 2
    assert "WangJianGuo" not in providers.copies("wecom")
    assert Dispatch.objects.get(channel__kind="wecom").last_failure == "已不必再发"


def test_one_he_has_not_chosen_is_left_out(home: Community, providers: Providers) -> None:
    head = holders(home)[0]
    preference_set(cadre=head, ways={"incident": ["feishu"]}, quiet_from=NOW.time(), quiet_until=NOW.time())
    incident = report(home.building)
    send()
    assert lines(incident)[0] == ["没有可用的方式，请打电话"]
    assert providers.copies("wecom") == {}


def test_a_refusal_is_said_and_not_repeated(home: Community, providers: Providers) -> None:
    providers.stays["wecom"] = "81013"
    incident = report(home.building)
    assert send() == 2
    assert lines(incident)[0] == [
        "企业微信 没有送到：企业微信：企业微信里没有这个账号，或者他不在应用的可见范围内。（代码 81013）"
    ]
    assert send(NOW + timedelta(hours=1)) == 0
    assert providers.asked["wecom"] == 1


def test_only_an_emergency_breaks_the_quiet_hours(home: Community, providers: Providers) -> None:
    night = moment("2026-03-05T22:00")
    slow = report(home.building, night, kind="discontent")  # a day's time to come
    urgent = report(home.building, night)
    assert send(night) == 3
    assert lines(slow, night)[1] == ["企业微信 3月6日 07:00 发"]
    assert lines(urgent, night)[0] == ["已送达 企业微信 22:00"]
    morning = moment("2026-03-06T07:00")
    assert send(morning) == 2
    assert lines(slow, morning)[1] == ["已送达 企业微信 07:00"]


def test_one_that_is_due_before_the_quiet_hours_end_does_not_wait(
    home: Community, providers: Providers
) -> None:
    night = moment("2026-03-05T22:00")
    report(home.building, night, kind="family_dispute")  # four hours' time
    send(night)
    assert providers.copies("wecom") == {"WangJianGuo": 1}


def test_attempts_are_recorded(home: Community, providers: Providers) -> None:
    report(home.building)
    send()
    rows = Attempt.objects.values_list("outcome", "matters", "code", "at")
    assert list(rows) == [(Outcome.ACCEPTED, 1, "", NOW)] * 3
    assert Call.objects.count() == 0
