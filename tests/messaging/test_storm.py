"""At least once, and never a storm: many matters are one message, and a provider in trouble is asked little."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from baibuting.common.owed import LEASE
from cadres.choices import Post
from cadres.models import Cadre
from duties.models import NoticeDelivery
from messaging.choices import Outcome
from messaging.delivery import messages_send
from messaging.models import Attempt, Dispatch
from messaging.rules import LAST_OF_CHANNEL, PAUSE, SENT_AN_HOUR, URGENT_GAP
from messaging.services import preference_set
from tests.duties.bulk import people_under_care
from tests.duties.steps import sweep_at
from tests.factories import Community, community, moment
from tests.mail_servers import killer_of
from tests.messaging.fake_providers import Providers
from tests.messaging.steps import NOW, channel, named, report, send, switch_on
from tests.processes import REPOSITORY, ended_with_the_test, environment

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def cadres(home: Community, count: int) -> list[Cadre]:
    return list(Cadre.objects.filter(community=home.place).order_by("pk")[:count])


def on_wecom(*, told: int = 1) -> Community:
    """企业微信 is on, and so many 楼栋长 have an account there."""
    home = community()
    switch_on(home.place, "wecom")
    for number, building in enumerate(home.buildings[:told]):
        named(home.holder(building, Post.BUILDING_HEAD), "wecom", f"head{number}")
    return home


def test_forty_matters_are_one_message(providers: Providers) -> None:
    home = on_wecom()
    people_under_care(
        home, 40 * len(home.buildings), started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00")
    )
    sweep_at("2026-03-05T09:59")
    owed = NoticeDelivery.objects.filter(cadre=home.holder(home.building, Post.BUILDING_HEAD))
    number = owed.count()
    assert number >= 40
    assert send() == number
    [taken] = providers.taken
    assert f"有 {number} 条知会" in taken.text
    assert Attempt.objects.get().matters == number


def test_notices_are_passed_on_once_and_old_ones_not_at_all(providers: Providers) -> None:
    home = on_wecom()
    people_under_care(home, 1, started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00"))
    sweep_at("2026-03-05T09:59")
    assert send(NOW + timedelta(days=2)) == 0
    assert not NoticeDelivery.objects.filter(is_passed_on=False).exists()
    assert send(NOW) == 0
    assert providers.taken == []


def test_what_comes_soon_after_waits_and_is_one_message(providers: Providers) -> None:
    home = on_wecom()
    for number in range(10):
        report(home.building, NOW + number * timedelta(seconds=1))
        send(NOW + number * timedelta(seconds=1))
    assert len(providers.taken) == 1
    assert send(NOW + URGENT_GAP) == 9
    assert ["有 1 件必到事件" in providers.taken[0].text, "有 9 件必到事件" in providers.taken[1].text] == [
        True,
        True,
    ]


def test_nobody_is_told_more_than_so_often_an_hour(providers: Providers) -> None:
    home = on_wecom()
    for number in range(30):
        report(home.building, NOW + number * 2 * MINUTE)
        send(NOW + number * 2 * MINUTE)
    assert len(providers.taken) == SENT_AN_HOUR
    assert send(NOW + timedelta(hours=1)) > 0, "what waited is told then"
    waiting = Dispatch.objects.filter(sent_at=None, next_attempt_at__isnull=False)
    assert not waiting.exists()


def test_a_provider_that_is_down_is_asked_once_a_run_and_backs_off(providers: Providers) -> None:
    home = on_wecom(told=4)
    for building in home.buildings[:4]:
        report(building)
    providers.stays["wecom"] = "503"
    asked = []
    for number in range(30):
        send(NOW + number * MINUTE)
        asked.append(providers.asked["wecom"])
    assert asked[0] == 1
    assert asked[-1] <= 30, "never more than once a run"
    providers.stays.clear()
    for number in range(30, 70):
        send(NOW + number * MINUTE)
    assert providers.copies("wecom") == {f"head{number}": 1 for number in range(4)}


def test_one_channel_in_trouble_does_not_delay_another(
    providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baibuting.common.outgoing.TIMEOUT", 2)
    home = on_wecom(told=4)
    switch_on(home.place, "tencent")
    providers.answers_after["wecom"] = 20
    for building in home.buildings[:4]:
        report(building)
    send()
    assert providers.tokens["wecom"] == 1, "asked once, for a token"
    assert len(providers.taken) == 12, "three for each of four incidents"
    assert {one.provider for one in providers.taken} == {"tencent"}


def test_too_fast_pauses_the_channel(providers: Providers) -> None:
    home = on_wecom(told=2)
    report(home.buildings[0])
    report(home.buildings[1])
    providers.codes["wecom"] = ["45009"]
    assert send() == 0
    assert providers.asked["wecom"] == 1
    assert send(NOW + 5 * MINUTE) == 0
    assert providers.asked["wecom"] == 1
    assert send(NOW + PAUSE) == 2


def test_a_person_who_gets_too_many_waits_an_hour_alone(providers: Providers) -> None:
    home = community()
    switch_on(home.place, "aliyun")
    report(home.building)
    providers.codes["aliyun"] = ["isv.BUSINESS_LIMIT_CONTROL"]
    assert send() == 2
    assert send(NOW + 30 * MINUTE) == 0
    assert send(NOW + 60 * MINUTE) == 1


def test_a_channel_that_fails_and_fails_is_an_alarm(providers: Providers) -> None:
    home = on_wecom()
    providers.stays["wecom"] = "60020"
    report(home.building)
    now = NOW
    while channel("wecom").failures < LAST_OF_CHANNEL:
        assert send(now) == 0
        now += 40 * MINUTE
    assert channel("wecom").failures == LAST_OF_CHANNEL
    providers.stays.clear()
    send(now)
    assert channel("wecom").failures == 0


def test_quiet_hours_hold_notices_back(providers: Providers) -> None:
    home = on_wecom()
    people_under_care(home, 3, started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00"))
    midnight = moment("2026-03-05T00:01")
    sweep_at(midnight)
    assert send(midnight) == 0
    assert send(moment("2026-03-05T06:59")) == 0
    assert send(moment("2026-03-05T07:00")) > 0
    assert len(providers.taken) == 1


def test_the_digest_is_told_to_whoever_wants_it(providers: Providers) -> None:
    from phone.digest import digests_make
    from tests.messaging.steps import account

    home = on_wecom(told=2)
    wants, other = (home.holder(building, Post.BUILDING_HEAD) for building in home.buildings[:2])
    for number, one in enumerate((wants, other)):
        account(one, f"head{number}")
    preference_set(cadre=wants, ways={"digest": ["wecom"]}, quiet_from=NOW.time(), quiet_until=NOW.time())
    people_under_care(home, 3, started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00"))
    sweep_at("2026-03-05T09:59")
    NoticeDelivery.objects.update(is_passed_on=True)
    digests_make(now=NOW)
    digests_make(now=NOW)
    assert send() == 1
    assert [(one.to, "1 份今日提要" in one.text) for one in providers.taken] == [("head0", True)]


DELIVER = """
import sys
from datetime import datetime
import django
django.setup()
from messaging.delivery import messages_send
at = datetime.fromisoformat(sys.argv[1])
messages_send(now=at, read_clock=lambda: at)
"""


def start_sending(providers: Providers, at: datetime) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DELIVER, at.isoformat()], cwd=REPOSITORY,
        env=environment(WECOM_URL=providers.urls["wecom"]), text=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_worker_killed_between_sending_and_noting_costs_one_copy_more(providers: Providers) -> None:
    """Killed at the second message of a run; what may have arrived is left alone until its lease ends."""
    home = on_wecom(told=4)
    for building in home.buildings[:4]:
        report(building)
    with ended_with_the_test(start_sending(providers, NOW)) as process:
        providers.on_taken = killer_of(process, at=2)
        assert process.wait(60) == -9
    providers.on_taken = lambda number: None
    assert len(providers.taken) == 2
    assert Counter(Attempt.objects.values_list("outcome", flat=True)) == {
        Outcome.ACCEPTED: 1, Outcome.BEGUN: 1,
    }  # fmt: skip
    assert send(NOW + MINUTE) == 2, "the two that were not tried"
    assert send(NOW + 2 * MINUTE) == 0
    assert send(NOW + LEASE) == 1
    for number in range(20):
        send(NOW + LEASE + number * 10 * MINUTE)
    assert sorted(providers.copies("wecom").values()) == [1, 1, 1, 2]


def test_two_workers_at_once_send_one_copy(providers: Providers) -> None:
    home = on_wecom(told=8)
    for building in home.buildings:
        report(building)

    def work(_: int) -> int:
        try:
            return messages_send(now=NOW, read_clock=lambda: NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        sum(pool.map(work, range(2)))
    send(NOW + MINUTE)  # whom both passed over, each because the other held him
    assert providers.copies("wecom") == {f"head{number}": 1 for number in range(8)}


def test_nothing_personal_is_in_any_message(providers: Providers, settings: Any) -> None:
    """Everything that the providers were sent, searched for the words of the people it is about."""
    from residents.models import Resident
    from tests.factories import care_record, resident

    home = on_wecom()
    switch_on(home.place, "dingtalk", "feishu", "tencent")
    head = home.holder(home.building, Post.BUILDING_HEAD)
    named(head, "dingtalk", "head-ding")
    named(head, "feishu", "head-fei")
    began = moment("2026-03-01T09:00")
    person = resident(home.building, now=began, name="欧阳淑珍", id_number="429999194001010021",
                      phone="19900001111", room="1601")  # fmt: skip
    care_record(home.building, now=began, started_on=date(2026, 3, 1), resident=person)
    sweep_at("2026-03-05T09:59")
    preference_set(
        cadre=head,
        ways={
            "incident": ["wecom", "sms", "dingtalk", "feishu"],
            "notice": ["wecom", "sms", "dingtalk", "feishu"],
        },
        quiet_from=NOW.time(),
        quiet_until=NOW.time(),
    )
    report(home.building, summary="欧阳淑珍家水管爆裂")
    send()
    assert {one.provider for one in providers.taken} == {"wecom", "dingtalk", "feishu", "tencent"}
    sent = b"\n".join(providers.seen).decode() + "".join(one.text for one in providers.taken)
    words = ["欧阳", "淑珍", "429999194001010021", "19900001111", "1601", "孤寡", "水管", "突发",
             home.building.name, home.quarters[0].name, *Cadre.objects.values_list("name", flat=True)]  # fmt: skip
    words += [word.encode().decode("latin-1") for word in words] + [
        word.encode("unicode_escape").decode() for word in words
    ]
    assert [word for word in words if word in sent] == []
    assert Resident.objects.unscoped("the one person of this test").count() == 1
