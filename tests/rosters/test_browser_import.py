"""A clerk in a real browser: a roster of the wrong kind is named and switched; a wrong list is imported and taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from cadres.models import Cadre
from residents.models import Household, Resident
from rosters.models import ImportRun
from rosters.runner import IMPORTS
from tests.common.books import xlsx
from tests.desk.live import clerk_page, looked_at
from tests.factories import community
from tests.phone.fake_portal import browser
from tests.phone.live import served
from tests.rosters.undoing import CADRES

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    with served() as where:
        yield where


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    with clerk_page(chromium, address, community().place) as signed_in:
        yield signed_in


def send_in(page: Page, kind: str, name: str, data: bytes) -> None:
    """Upload on the page of a kind, and let the worker check it."""
    page.goto(f"/rosters/{kind}/")
    page.set_input_files(
        "[name=file]", {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_url("**/rosters/run/**")
    done(page)


def done(page: Page) -> None:
    """What waits is worked on, and the page shows it."""
    IMPORTS.work(read_clock=timezone.now)
    page.goto(page.url)


def test_it_works(page: Page) -> None:
    """两长四员花名册 sent in as 楼栋清单: it is named, and checked as what it is."""
    send_in(page, "places", "花名册.xlsx", xlsx(CADRES))
    expect(page.get_by_role("alert")).to_contain_text("这像是两长四员花名册，不是楼栋清单。")
    assert looked_at(page) == []
    page.get_by_role("button", name="按两长四员花名册检查").click()
    page.wait_for_url("**/rosters/run/**")
    done(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("预览：两长四员花名册")
    assert looked_at(page) == []
    assert not Cadre.objects.filter(name="汪涛").exists()
    page.get_by_role("button", name="确认导入").click()
    page.wait_for_url("**/rosters/run/**")
    done(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("已导入")
    assert Cadre.objects.filter(name="汪涛").exists()


def test_a_wrong_list_is_taken_back_whole(page: Page) -> None:
    rows = [
        ["姓名", "联系电话", "住址"],
        *([f"别区居民{'甲乙丙丁'[at]}", f"1991234000{at}", f"怡康苑101栋1-10{at}"] for at in range(4)),
        ["无址之人", "", ""],
    ]
    send_in(page, "residents", "名册.xlsx", xlsx(rows))
    assert looked_at(page) == []
    page.get_by_role("button", name="确认导入").click()
    page.wait_for_url("**/rosters/run/**")
    done(page)
    assert Resident.objects.count() == 4
    page.get_by_role("link", name="撤销导入").click()
    page.wait_for_url("**/undo/")
    expect(page.get_by_text("可以整份撤销")).to_be_visible()
    assert looked_at(page) == []
    page.get_by_role("button", name="撤销导入").click()
    page.wait_for_url(lambda url: not url.endswith("/undo/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("已撤销")
    assert looked_at(page) == []
    assert not Resident.objects.exists()
    assert not Household.objects.exists()
    assert ImportRun.objects.get().undone["erased"] == ["4 位居民", "4 户住户"]
    page.goto("/rosters/")
    expect(page.get_by_role("row", name="已撤销")).to_be_visible()
    assert looked_at(page) == []


def test_what_wants_a_look_comes_before_what_changes(page: Page) -> None:
    """Refused, to be checked and changed, with a tick that rewrites the past: all of it to be read on a phone too."""
    first = [
        ["姓名", "联系电话", "住址", "对象类别", "纳入日期"],
        ["欧阳淑珍", "19912340011", "怡康苑101栋1-101", "孤寡老人", "2026-03-02"],
        ["汤和", "19912340012", "怡康苑102栋2-302", "困难家庭", "2026-03-02"],
    ]
    send_in(page, "care", "台账.xlsx", xlsx(first))
    page.get_by_role("button", name="确认导入").click()
    page.wait_for_url("**/rosters/run/**")
    done(page)
    again = [
        first[0],
        ["欧阳淑珍", "19912340099", "怡康苑101栋1-101", "孤寡老人", "2026-02-02"],
        ["汤和", "1380000", "怡康苑102栋2-302", "困难家庭", "2026-03-02"],
        ["无址之人", "", "没有这个地方9栋", "困难家庭", "2026-03-02"],
    ]
    send_in(page, "care", "台账二.xlsx", xlsx(again))
    cards = page.locator(".table-card h2")
    expect(cards).to_have_text(["未采用的单元格", "请核对", "有变化的内容"])
    assert looked_at(page) == []
    page.get_by_role("checkbox", name="更正起点").check()
    page.get_by_role("button", name="按勾选重新检查").click()
    page.wait_for_url("**/rosters/run/**")
    done(page)
    expect(page.get_by_role("row", name="2026-02-02")).to_contain_text("2026-03-02")
    assert looked_at(page) == []
