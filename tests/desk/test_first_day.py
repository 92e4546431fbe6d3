"""An office that has never seen the portal: from nothing to the first visit on a phone, by pages alone.

Every page is reached by a link or a button of the page before it. The minutes are those of the machine.
"""

from __future__ import annotations

import base64
import io
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from math import ceil

import pytest
from django.utils import timezone
from django_otp.oath import totp
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from baibuting.common.days import local_day
from duties.choices import Outcome
from duties.models import Duty, DutyEvent, GoLive
from residents.models import CareRecord
from rosters.runner import IMPORTS
from tests.desk.live import SIZES, looked_at
from tests.duties.steps import sweep_at
from tests.phone.fake_portal import PHONE, browser
from tests.phone.live import served
from tests.processes import manage_here
from tests.rosters.tables import FOLDER
from visits.facts import day_calendar
from visits.models import Visit

pytestmark = [
    pytest.mark.needs_chromium,
    pytest.mark.needs_cjk_font,
    pytest.mark.django_db(transaction=True),
]
PASSWORD, OWN_PASSWORD = "Baibuting2026", "Louzhang2026"
FILES = (
    ("社区与楼栋", "楼栋清单.xlsx"),
    ("两长四员", "两长四员花名册.xls"),
    ("书记与党组织", "党组织与书记.xlsx"),
    ("五必访台账", "五必访对象台账.xlsx"),
)
SPREAD = 14


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


def step(page: Page, label: str, act: str) -> None:
    """Follow the button of a step of the checklist, which is the next one to be done."""
    page.get_by_role("link", name="百步亭网格").click()
    line = page.locator(".checklist li", has_text=label)
    expect(line).to_have_class("is-next")
    line.get_by_role("link", name=act, exact=True).click()


def worked(page: Page) -> None:
    """The worker does what waits; the page shows it."""
    IMPORTS.work(read_clock=timezone.now)
    page.goto(page.url)


def send_in(page: Page, name: str) -> None:
    if "places" in page.url:
        page.fill("[name=new_community]", "百步亭社区")
    page.set_input_files("[name=file]", FOLDER / name)
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_url("**/rosters/run/**")
    worked(page)
    page.get_by_role("button", name="确认导入").click()
    page.wait_for_url("**/rosters/run/**")
    worked(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("已导入")


def first_account(page: Page) -> None:
    """The code which the process prints, an account of one's own, and the second step where it is asked."""
    printed = manage_here("first_account_code").stdout
    code = re.search(r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}", printed)
    assert code, printed
    page.goto("/")
    page.wait_for_url("**/first-account/")
    for name, value in (
        ("code", code[0]),
        ("name", "李敏"),
        ("username", "limin"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ):
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="开设并登录").click()
    page.wait_for_url("**/second-step/enrol/**")
    key = re.search(r"(?:[A-Z2-7]{4} ){3,}[A-Z2-7]{4}", page.inner_text("body"))
    assert key
    page.get_by_label("六位验证码").fill(f"{totp(_bytes(key[0])):06d}")
    page.get_by_role("button", name="启用", exact=True).click()
    page.get_by_role("link", name="我已抄下，继续").click()
    page.wait_for_url("**/")


def _bytes(key: str) -> bytes:
    plain = key.replace(" ", "")
    return base64.b32decode(plain + "=" * (-len(plain) % 8))


def slips(page: Page) -> dict[str, str]:
    """Accounts for all heads of buildings at once: by phone the code on the slip."""
    page.locator("summary", has_text="职务").click()
    page.get_by_role("link", name="楼栋长", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("^全部开通")).click()
    pdf = waiting.value.path().read_bytes()
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages)
    text = re.sub(r"[\s\x00]", "", text)
    return dict(re.findall(r"手机号(\d{11})开通码([0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3})", text))


def go_live(page: Page) -> None:
    page.get_by_label("启用日期").fill(local_day(timezone.now()).isoformat())
    page.get_by_label("首次走访分摊到几天").fill(str(SPREAD))
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("当天逾期 0 人")).to_be_visible()
    assert looked_at(page) == []
    page.get_by_role("button", name="确认启用").click()
    expect(page.get_by_text("已启用", exact=True)).to_be_visible()


def first_visit(phone: Page, account: str, code: str) -> None:
    """Sign in by the slip, choose a password, and log the first visit of the list."""
    phone.goto("/m/")
    phone.fill("[name=username]", account)
    phone.fill("[name=password]", code)
    phone.get_by_role("button", name="登录").click()
    phone.get_by_label("新密码", exact=True).fill(OWN_PASSWORD)
    phone.get_by_label(re.compile("再.*一遍")).fill(OWN_PASSWORD)
    phone.get_by_role("button", name="保存").click()
    phone.get_by_role("link", name="记走访").first.click()
    phone.get_by_role("button", name="保存").click()
    phone.wait_for_url("**/m/")


def test_it_works(chromium: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    with served(TOTP_REQUIRED="1") as address:
        desk = chromium.new_context(
            viewport={"width": SIZES[0][0], "height": SIZES[0][1]}, base_url=address, locale="zh-CN",
            timezone_id="Asia/Shanghai", accept_downloads=True,
        )  # fmt: skip
        desk.set_default_timeout(30_000)
        page = desk.new_page()
        first_account(page)
        for label, name in FILES:
            step(page, label, "导入")
            send_in(page, name)
        sweep_at(timezone.now())
        assert not Duty.objects.exists(), "nothing is due before go-live"
        step(page, "走访规则", "核对规则")
        page.get_by_role("button", name="确认采用").click()
        step(page, "账号", "开通账号")
        codes = slips(page)
        step(page, "启用日期", "定启用日期")
        go_live(page)
        now = timezone.now()
        sweep_at(now)
        nothing_untrue(page)
        due = Duty.objects.filter(outcome=Outcome.OPEN).select_related("place").order_by("due_at", "pk")
        head = next(
            held.cadre
            for duty in due
            for held in duty.place.appointments.filter(post="building_head", ended_on=None)
            if held.cadre.phone in codes
        )
        phone = chromium.new_context(**PHONE, base_url=address)
        phone.set_default_timeout(30_000)
        first_visit(phone.new_page(), head.phone, codes[head.phone])
        assert Visit.objects.get().resident.household.building_id in {
            held.place_id for held in head.appointments.all()
        }
        page.get_by_role("link", name="百步亭网格").click()
        expect(page.locator(".checklist")).to_have_count(0)
    with capsys.disabled():
        print(f"\nfirst account to first visit: {(time.monotonic() - began) / 60:.1f} minutes of the machine")


def nothing_untrue(page: Page) -> None:
    """On the day of go-live: nothing overdue, nobody told, no red building, no building with more than its share."""
    live = GoLive.objects.get()
    assert live.counts_from == local_day(timezone.now())
    assert not Duty.objects.exclude(outcome=Outcome.OPEN).exists()
    assert not DutyEvent.objects.filter(rung__gte=1).exists()
    page.get_by_role("link", name="百步亭网格").click()
    assert page.locator("a.tile-overdue").count() == 0
    expect(page.locator(".figure", has_text="逾期").locator(".figure-value").first).to_have_text("0")
    people = set(CareRecord.objects.filter(ended_on=None).values_list("resident", flat=True))
    first: dict[int, tuple[int, object]] = {}
    for resident, place, due_on in Duty.objects.order_by("-due_at").values_list(
        "care_record__resident", "place", "due_on"
    ):
        first[resident] = (place, due_on)
    assert set(first) == people
    most = Counter(first.values())
    by_building = Counter(place for place, _ in first.values())
    calendar = day_calendar()
    window = [live.counts_from + timedelta(days=ahead) for ahead in range(SPREAD)]
    days = [day for day in window if not calendar.is_day_off(day)]
    for (place, due_on), count in most.items():
        assert due_on in days
        assert count <= ceil(by_building[place] / len(days)), (place, due_on)
