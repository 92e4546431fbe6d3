"""A clerk's morning and a secretary's in a real browser, from one end to the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from baibuting.common.days import SHANGHAI, local_day
from buildings.models import PlaceGrant
from cadres.choices import Post
from cadres.models import Appointment
from cadres.services import cadre_change
from duties.choices import DutyActionKind, Outcome
from duties.models import Duty, DutyAction
from residents.models import CareRecord
from rosters.runner import IMPORTS
from tests.common.books import xlsx
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import care_record, community, resident, user
from tests.phone.fake_portal import browser
from tests.phone.live import PASSWORD, served

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    with served() as where:
        yield where


def may_sign_in(account: User) -> User:
    """The tests' own quick hashes mean nothing to a real process."""
    account.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", 1000)
    account.save()
    return account


def signed_in(chromium: Browser, address: str, username: str) -> Page:
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768}, base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{address}/")
    return page


def test_a_clerk_s_morning(chromium: Browser, address: str, tmp_path: Path) -> None:
    """Import, look, drill down, hand over, export."""
    now = timezone.now()
    home = community()
    PlaceGrant.objects.create(
        user=may_sign_in(user("clerk", role="office", is_staff=True, name="李敏")), place=home.place
    )
    building = home.building
    roster = tmp_path / "五必访对象台账.xlsx"
    began = local_day(now - timedelta(days=40))  # both by a rule without months: on any day two are overdue
    roster.write_bytes(
        xlsx(
            [
                ["姓名", "苑区", "片区", "楼栋", "单元", "室", "对象类别", "纳入日期"],
                ["石金玲", building.parent.parent.name, building.parent.name, building.name, "1", "201", "孤寡老人", f"{began}"],
                ["迪丽努尔·买买提", building.parent.parent.name, building.parent.name, building.name, "2", "301", "孤寡老人", f"{began}"],
                ["无名氏", "没有的苑", "", "999栋", "1", "1", "孤寡老人", f"{began}"],
            ]
        )
    )  # fmt: skip
    page = signed_in(chromium, address, "clerk")

    # import: checked first, one row refused with its reason, written only when confirmed
    page.get_by_role("link", name="导入导出").click()
    page.goto("/rosters/care/")
    page.set_input_files("input[type=file]", str(roster))
    page.get_by_role("button", name="上传并检查").click()
    IMPORTS.work(read_clock=timezone.now)
    page.reload()
    expect(page.get_by_role("heading", name="预览")).to_be_visible()
    assert not CareRecord.objects.exists()
    page.get_by_role("button", name="确认导入").click()
    IMPORTS.work(read_clock=timezone.now)
    page.reload()
    expect(page.get_by_role("link", name="查看列表")).to_be_visible()
    assert CareRecord.objects.count() == 2
    sweep_at(timezone.now())

    # look, and down to a person
    page.get_by_role("link", name="总览").click()
    overdue = page.locator(".figure", has_text="逾期").first
    expect(overdue.locator(".figure-value")).to_have_text("2")
    page.get_by_role("link", name=re.compile(f"^{building.name}：逾期")).click()
    page.wait_for_url(f"**/places/{building.pk}/")
    expect(page.get_by_role("navigation", name="位置")).to_contain_text("百步亭社区")
    page.get_by_role("link", name="石金玲").first.click()
    expect(page.locator("body")).to_contain_text("石金玲")
    page.go_back()

    # hand over: another 楼栋长 from today on
    page.get_by_role("link", name="登记两长四员").click()
    page.fill("[name=building_head-name]", "侯明")
    page.fill("[name=building_head-phone]", "13900001111")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("body")).to_contain_text("侯明")
    held = Appointment.objects.filter(place=building, post=Post.BUILDING_HEAD, ended_on=None).get()
    assert held.cadre.name == "侯明"

    # export: the list as it is filtered, with the number of rows told beforehand
    page.goto("/admin/duties/duty/?state=overdue")
    page.get_by_role("link", name="导出", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("导出|下载")).click()
    table = openpyxl.load_workbook(BytesIO(Path(waiting.value.path()).read_bytes())).active
    assert table is not None
    assert sum(building.name in str(cell.value) for row in table.iter_rows() for cell in row) == 2
    page.context.close()


def test_a_secretary_s_morning(chromium: Browser, address: str) -> None:
    """What reached me, act, see it settle."""
    now = timezone.now()
    home = community()
    account = may_sign_in(user("zhibu", name="赵丽萍"))
    cadre_change(cadre=home.holder(home.precincts[0], Post.BRANCH_SECRETARY), user=account, name="赵丽萍")
    began = now - timedelta(days=40)
    record = care_record(
        home.building, now=began, started_on=local_day(began),
        resident=resident(home.building, now=began, name="钱素凤", room="401"),
    )  # fmt: skip
    sweep_at(now)
    duty = duty_of(record)
    page = signed_in(chromium, address, "zhibu")

    # what reached me, and why
    mine = page.get_by_role("complementary", name="到我这一级")
    expect(mine).to_contain_text("钱素凤")
    mine.get_by_role("link", name="为什么逾期？").click()
    expect(page.locator("body")).to_contain_text("至今没有符合要求的走访")
    page.go_back()

    # act: from the list with one press, and with a word to go with it
    page.get_by_role("complementary", name="到我这一级").get_by_role("button", name="接办").click()
    expect(page.get_by_role("status").first).to_contain_text("已接办")
    expect(page.get_by_role("complementary", name="到我这一级")).not_to_contain_text("钱素凤")
    assert DutyAction.objects.get().kind == DutyActionKind.TAKE_OVER
    page.goto(f"/duties/{duty.pk}/")
    page.get_by_role("link", name="意见", exact=True).click()
    page.fill("textarea", "请楼栋长今天上门")
    page.get_by_role("button", name=re.compile("^确认")).click()
    assert DutyAction.objects.latest("pk").words == "请楼栋长今天上门"

    # see it settle: the 楼栋长 has been there
    at = timezone.now().astimezone(SHANGHAI) - timedelta(minutes=5)
    visit(record.resident, f"{at:%Y-%m-%dT%H:%M}")
    page.goto("/notices/?state=dealt")
    expect(page.locator("body")).to_contain_text("逾期后完成")
    page.goto(f"/duties/{duty.pk}/")
    expect(page.locator("body")).to_contain_text("赵丽萍")
    assert Duty.objects.get(pk=duty.pk).outcome == Outcome.LATE
    page.context.close()
