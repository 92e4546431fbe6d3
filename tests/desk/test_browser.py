"""The desk in a real browser: down by keyboard, back by the browser's button, a past day, and nothing for axe to find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone
from playwright.sync_api import Browser, expect

from baibuting.common.days import local_day
from cadres.choices import Post
from cadres.services import appointment_end, cadre_change
from duties.choices import Outcome
from duties.models import Duty
from tests.desk.live import SIZES, complaints
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, community, user
from tests.phone.fake_portal import browser
from tests.phone.live import PASSWORD, served
from visits.services import incident_report

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    with served() as where:
        yield where


def a_burning_community() -> Community:
    """People overdue for weeks, a post without anybody, an incident; its 党委书记 signs in as "dangwei"."""
    now = timezone.now()
    home = community()
    account = user("dangwei", name="汪涛")
    account.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", 1000)
    account.save()
    cadre_change(cadre=home.holder(home.place, Post.COMMITTEE_SECRETARY), user=account)
    started = now - timedelta(days=30)
    for building in home.buildings[:3]:
        care_record(building, now=started, started_on=local_day(started))
    head = home.holders[home.buildings[1].pk, Post.BUILDING_HEAD]
    appointment_end(appointment=head, ended_on=local_day(started), end_reason="resigned")
    incident_report(
        building=home.building,
        kind="emergency",
        occurred_at=now,
        summary="水管爆裂",
        now=now,
        reported_by=None,
    )
    sweep_at(now)
    return home


def test_it_works(chromium: Browser, address: str) -> None:
    home = a_burning_community()
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768}, base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    forbidden: list[str] = []
    page.on(
        "console",
        lambda message: forbidden.append(message.text) if "Content Security" in message.text else None,
    )
    page.goto("/login/")
    page.fill("[name=username]", "dangwei")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{address}/")

    # down by keyboard, back by the browser's button
    tile = page.get_by_role("link", name="101栋：逾期")
    tile.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/places/{home.building.pk}/")
    expect(page.get_by_role("navigation", name="位置")).to_contain_text("百步亭社区")
    page.get_by_role("link", name="第一片区", exact=True).click()
    page.wait_for_url(f"{address}/places/{home.precincts[0].pk}/")
    page.go_back()
    page.wait_for_url(f"{address}/places/{home.building.pk}/")
    page.go_back()
    page.wait_for_url(f"{address}/")

    # a past day, carried on, and back to today
    then = local_day(timezone.now()) - timedelta(days=10)
    page.get_by_text("截至：现在").click()
    page.get_by_label("看哪一天结束时的情况").fill(then.isoformat())
    page.get_by_role("button", name="查看", exact=True).click()
    page.wait_for_url(f"{address}/?as_of={then}")
    page.get_by_role("link", name="无人负责").click()
    expect(page).to_have_url(f"{address}/duties/?state=unowned&family=visiting&as_of={then}")
    page.get_by_role("link", name="回到今天").click()
    expect(page).to_have_url(f"{address}/duties/?state=unowned&family=visiting")

    found: list[str] = []
    duty = Duty.objects.filter(place=home.building, outcome=Outcome.OVERDUE, care_record__isnull=False)[0]
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        paths = [
            "/", f"/?as_of={then}", "/?as_of=x", f"/places/{home.quarters[0].pk}/", f"/places/{home.building.pk}/",
            "/duties/?state=overdue", "/never-seen/", "/vacancies/", "/incidents/", "/load/", "/notices/", "/phones/",
            f"/duties/{duty.pk}/", *(f"/duties/{duty.pk}/handle/{kind}/" for kind in ("note", "stand_in", "waive")),
        ]  # fmt: skip
        for path in paths:
            page.goto(path)
            found += complaints(page, f"{path} at {width}")
    assert found == []
    assert forbidden == []
    context.close()
