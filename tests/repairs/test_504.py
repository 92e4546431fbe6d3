"""504栋 in a real browser: reported from the wall, taken up, agreed, mended without signal, checked, rated; and refused once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from baibuting.common.days import local_day
from buildings.services import place_code_of
from cadres.choices import Post
from cadres.services import cadre_change
from phone.services import epoch_renew
from repairs.choices import Matter, Stage, StepKind
from repairs.models import RepairOrder, RepairPicture, RepairRating
from repairs.services import consent_record, repair_step_add
from tests.factories import Community, clerk, community, user
from tests.phone.fake_portal import browser
from tests.phone.live import PASSWORD, Phone, served
from tests.processes import REPOSITORY
from tests.repairs.orders import TOTALS, fresh

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]

AXE = (REPOSITORY / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    with served() as where:
        yield where


@pytest.fixture
def phones(chromium: Browser, address: str) -> Iterator[Callable[[], Phone]]:
    """Makes phones; put away before the tables are emptied."""
    made: list[Phone] = []

    def make() -> Phone:
        made.append(Phone(chromium, address))
        return made[-1]

    yield make
    for phone in made:
        phone.context.close()
    time.sleep(0.3)


def jpeg() -> dict[str, Any]:
    data = BytesIO()
    Image.effect_noise((400, 300), 30).convert("RGB").save(data, "JPEG")
    return {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


def stage_soon(order: RepairOrder, stage: Stage, page: Page) -> None:
    deadline = time.monotonic() + 30
    while fresh(order).stage != stage:
        assert time.monotonic() < deadline, fresh(order).stage
        page.wait_for_timeout(50)


def complaints(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:90]}" for one in found]


def typed_by_hand(page: Page, words: str) -> None:
    """At a person's speed: a form that comes back within three seconds is refused."""
    page.locator("textarea[name=summary]").press_sequentially(words, delay=max(50, 3600 // len(words)))


def reported(home: Community, page: Page) -> RepairOrder:
    page.goto(f"/b/{place_code_of(place=home.building, now=timezone.now())}/")
    page.get_by_role("link", name="公共部位报修").click()
    expect(page.get_by_role("heading", name="公共部位报修")).to_be_visible()
    assert complaints(page) == []
    page.get_by_role("radio", name="架空层", exact=True).check()
    page.set_input_files("input[name=photos]", [jpeg()])
    typed_by_hand(page, "架空层第三级台阶开裂，灯不亮")
    page.get_by_role("button", name="提交报修").click()
    expect(page.get_by_text("请截图保存本页")).to_be_visible()
    assert complaints(page) == []
    order = RepairOrder.objects.unscoped("a test").get()
    assert order.code in page.url
    assert RepairPicture.objects.unscoped("a test").filter(order=order).count() == 1
    assert page.context.cookies() == []
    return order


def steward_with_account(home: Community) -> User:
    account = user("louzhang", phone="13900000000", name="石金玲")
    account.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", 1000)
    account.save()
    cadre_change(cadre=home.holder(home.building, Post.PROPERTY_STEWARD), user=account, name="石金玲")
    return account


def finished(order: RepairOrder, phone: Phone, *, offline: bool) -> None:
    page = phone.page
    page.goto("/m/")
    page.locator("summary", has_text="报完工").tap()
    page.set_input_files("input[name=photo]", [jpeg()])
    if offline:
        phone.context.set_offline(True)
    page.get_by_role("button", name="完工").tap()
    if offline:
        expect(page.locator("#waiting")).to_contain_text("等待发送")
        assert fresh(order).stage == Stage.MENDING
        phone.context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
    stage_soon(order, Stage.CHECKING, page)


def test_the_case(phones: Callable[[], Phone], address: str) -> None:
    epoch_renew(now=timezone.now())
    home = community()
    office = clerk(home.place)
    steward_with_account(home)
    resident, steward = phones(), phones()
    order = reported(home, resident.page)

    def step(kind: str, **details: Any) -> None:
        now = timezone.now()
        repair_step_add(order=order, kind=kind, at=now, now=now, by=office, is_office=True, **details)

    step(StepKind.ACCEPTED, matter=Matter.SMALL)
    resident.page.goto(f"/r/{order.code}/")
    expect(resident.page.get_by_text("居民商议").first).to_be_visible()
    day = local_day(timezone.now())
    counted = {"method": "meeting", "asked_on": day, "counted_on": day, **TOTALS}
    consent_record(order=order, counted=counted, now=timezone.now(), by=office, cadre=None, is_office=True)
    step(StepKind.HANDED, until_on=day + timedelta(days=5))
    steward.without_worker()
    steward.sign_in()
    finished(order, steward, offline=True)
    pictures = RepairPicture.objects.unscoped("a test").filter(order=order)
    deadline = time.monotonic() + 30
    while pictures.count() < 2:
        assert time.monotonic() < deadline
        steward.page.wait_for_timeout(50)

    resident.page.goto(f"/r/{order.code}/")
    resident.page.locator("textarea[name=words]").first.press_sequentially("第三级台阶还松动", delay=450)
    resident.page.get_by_role("button", name="没有修好").click()
    expect(resident.page.get_by_role("heading", name="维修中")).to_be_visible()
    finished(order, steward, offline=False)
    step(StepKind.PASSED)
    resident.page.goto(f"/r/{order.code}/")
    expect(resident.page.get_by_role("heading", name="已修好")).to_be_visible()
    resident.page.get_by_role("radio", name="很满意", exact=True).check()
    resident.page.locator("textarea[name=words]").first.press_sequentially("这次好了，谢谢", delay=520)
    resident.page.get_by_role("button", name="提交评价").click()
    expect(resident.page.get_by_text("您已评价")).to_be_visible()
    rating = RepairRating.objects.unscoped("a test").get()
    assert (rating.solved, rating.stars, rating.words) == (True, 5, "这次好了，谢谢")
    assert resident.page.context.cookies() == []
    assert resident.violations + steward.violations == []
