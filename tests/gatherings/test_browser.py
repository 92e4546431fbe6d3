"""A host's evening on the phone, in a real browser: signing up, calling the roll without a signal, the duty settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone
from playwright.sync_api import expect

from cadres.choices import Post
from cadres.services import cadre_change
from duties.choices import Outcome
from duties.models import Duty
from gatherings.choices import Kind
from gatherings.models import Attendance, Gathering
from gatherings.services import gathering_plan, people_sign_up
from phone.services import epoch_renew
from routines.choices import Matter
from tests.duties.steps import sweep_at
from tests.factories import Community, community, user
from tests.phone.fake_portal import browser
from tests.phone.live import PASSWORD, Phone, served
from tests.processes import REPOSITORY
from tests.routines.adopting import adopt
from volunteers.services import volunteer_of

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]
LEADER = Post.PARTY_GROUP_LEADER
AXE = (REPOSITORY / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def phone() -> Iterator[Phone]:
    with browser() as chromium, served() as address:
        made = Phone(chromium, address)
        yield made
        made.context.close()
        time.sleep(0.3)


def training() -> Community:
    """A training that began an hour ago, hosted by the first leader; another has signed up for it."""
    now = timezone.now()
    epoch_renew(now=now)
    home = community()
    account = user("host", phone="13900000000", name="石金玲")
    account.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", 1000)
    account.save()
    cadre_change(cadre=home.holder(home.building, LEADER), user=account, name="石金玲")
    adopt(home, Matter.GROUP_TRAINING, now=now - timedelta(days=30))
    sweep_at(now)
    gathering = gathering_plan(
        place=home.place,
        kind=Kind.TRAINING,
        title="党小组长轮训",
        venue="二楼会议室",
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=2),
        host=home.holder(home.building, LEADER),
        now=now,
        by=None,
    )
    second = volunteer_of(cadre=home.holder(home.buildings[1], LEADER))
    people_sign_up(gathering=gathering, volunteers=[second], now=now)
    return home


def true_soon(fact: Callable[[], bool], phone: Phone) -> None:
    deadline = time.monotonic() + 60
    while not fact():
        assert time.monotonic() < deadline
        phone.page.wait_for_timeout(100)


def outcome(home: Community, at: int) -> str:
    return Duty.objects.get(appointment=home.holders[home.buildings[at].pk, LEADER]).outcome


def test_it_works(phone: Phone) -> None:
    home = training()
    assert {outcome(home, at) for at in range(8)} == {Outcome.OPEN}
    phone.without_worker()
    phone.sign_in()
    page = phone.page
    page.goto("/m/mine/")
    page.get_by_role("button", name="报名", exact=True).tap()
    expect(page.locator("main")).to_contain_text("✓ 已报名")
    ticks = page.get_by_role("checkbox")
    expect(ticks).to_have_count(2)
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document).then((told) => told.violations.map((one) => one.id))")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    second = home.holder(home.buildings[1], LEADER).name
    page.get_by_role("checkbox", name=second).uncheck()
    page.get_by_label("另有几人").fill("4")
    phone.context.set_offline(True)
    page.get_by_role("button", name="都点好了").tap()
    expect(page.locator("#waiting")).to_contain_text("等待发送")
    assert not Attendance.objects.filter(was_there=True).exists()
    phone.context.set_offline(False)
    true_soon(lambda: Gathering.objects.get().held_recorded_at is not None, phone)
    assert Gathering.objects.get().others == 4
    assert (outcome(home, 0), outcome(home, 1)) == (Outcome.IN_TIME, Outcome.OPEN)
    assert phone.violations == []
