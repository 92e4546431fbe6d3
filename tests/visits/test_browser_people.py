"""A clerk in a real browser: two registrations of one person become one; who has died is gone from the phone as well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from baibuting.common.days import SHANGHAI, local_day
from duties.choices import RUNNING
from duties.models import Duty
from residents.choices import LeftReason
from residents.models import CareRecord, Resident
from tests.desk.live import clerk_page, looked_at
from tests.duties.steps import visit
from tests.factories import care_record, community, resident
from tests.phone.fake_portal import browser
from tests.phone.live import Phone, building_head, served
from visits.models import Visit

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    with served() as where:
        yield where


def test_it_works(chromium: Browser, address: str) -> None:
    """Doubles: listed, side by side, merged, the undo offered and taken; then merged the other way round."""
    home, now = community(), timezone.now()
    started = local_day(now) - timedelta(days=3)
    kept = resident(home.building, now=now, name="闻人月", room="301", phone="19900000001")
    gone = resident(
        home.buildings[-1], now=now, name="闻人月", phone="19900000001", id_number="429999195001014018"
    )
    care_record(home.buildings[-1], now=now, started_on=started, resident=gone)
    with clerk_page(chromium, address, home.place) as page:
        page.goto("/admin/residents/resident/")
        page.get_by_role("link", name="重复登记").click()
        page.wait_for_url("**/doubles/")
        expect(page.get_by_role("row", name="闻人月")).to_contain_text("同名、同一电话")
        assert looked_at(page) == []

        page.get_by_role("link", name="对照").click()
        page.wait_for_url(f"**/doubles/{kept.pk}/{gone.pk}/")
        expect(page.get_by_role("row", name="身份证号")).to_contain_text("18")
        expect(page.locator("main")).not_to_contain_text("429999195001014018")
        assert looked_at(page) == []
        assert Resident.objects.count() == 2

        page.get_by_role("button", name="确认是同一人，合并").click()
        page.wait_for_url("**/doubles/")
        expect(page.get_by_role("status")).to_contain_text("闻人月的两条登记已合并为一条")
        expect(page.get_by_text("没有发现重复登记")).to_be_visible()
        assert looked_at(page) == []
        assert Resident.objects.get().id_number == "429999195001014018"
        assert CareRecord.objects.get().resident_id == kept.pk

        page.get_by_role("button", name="撤销合并").click()
        expect(page.get_by_role("status")).to_contain_text("已撤销合并")
        expect(page.get_by_role("row", name="闻人月")).to_be_visible()
        assert set(Resident.objects.values_list("pk", flat=True)) == {kept.pk, gone.pk}
        assert CareRecord.objects.get().resident_id == gone.pk

        page.get_by_role("link", name="对照").click()
        page.get_by_role("link", name="改为保留").click()
        page.wait_for_url(f"**/doubles/{gone.pk}/{kept.pk}/")
        page.get_by_role("button", name="确认是同一人，合并").click()
        page.wait_for_url("**/doubles/")
        assert Resident.objects.get().pk == gone.pk


def test_who_contradicts_cannot_be_merged(chromium: Browser, address: str) -> None:
    home, now = community(), timezone.now()
    first = resident(home.building, now=now, name="闻人月", room="301", gender="female")
    second = resident(home.building, now=now, name="闻人月", room="301", gender="male")
    with clerk_page(chromium, address, home.place) as page:
        page.goto(f"/doubles/{first.pk}/{second.pk}/")
        expect(page.get_by_role("alert")).to_contain_text("性别不同")
        expect(page.get_by_role("button", name="合并")).to_have_count(0)
        assert looked_at(page) == []
    assert Resident.objects.count() == 2


def test_a_death_takes_the_card_from_the_phone(chromium: Browser, address: str) -> None:
    """今日 lies open on the phone; the clerk registers a death at his desk; the card is gone, and the holder is told."""
    home, _, records = building_head(2)
    dead, living = (record.resident for record in records)
    phone = Phone(chromium, address)
    phone.sign_in()
    assert phone.page.viewport_size == {"width": 390, "height": 844}
    expect(phone.page.locator("article")).to_have_count(2)
    with clerk_page(chromium, address, home.place) as page:
        page.goto(f"/admin/residents/resident/{dead.pk}/change/")
        assert looked_at(page) == []
        page.get_by_role("link", name="迁出/去世").click()
        page.wait_for_url("**/leave/")
        assert looked_at(page) == []
        page.get_by_role("radio", name="去世").check()
        page.get_by_role("button", name="确认办理").click()
        page.wait_for_url(f"**/resident/{dead.pk}/change/")
        expect(page.locator(".messagelist")).to_contain_text("随之终止必访记录 1 条")
        assert looked_at(page) == []
    dead.refresh_from_db()
    assert (dead.left_on, dead.left_reason) == (local_day(timezone.now()), LeftReason.DIED)
    assert not Duty.objects.filter(care_record=records[0], outcome__in=RUNNING).exists()
    # touched as he would: the bar's 今日 again
    phone.page.get_by_role("link", name="今日").tap()
    expect(phone.page.locator("article")).to_have_count(1)
    expect(phone.page.locator("main")).to_contain_text(living.name)
    expect(phone.page.locator("main")).not_to_contain_text(dead.name)
    phone.page.get_by_role("link", name="知会").tap()
    expect(phone.page.locator("main")).to_contain_text(dead.name)
    expect(phone.page.locator("main")).to_contain_text("去世")
    assert phone.violations == []
    phone.context.close()


def test_a_visit_is_corrected(chromium: Browser, address: str) -> None:
    """The wrong one stays as voided, the right one is written, and both say so."""
    home, now = community(), timezone.now()
    person = resident(home.building, now=now, name="闻人月", room="301")
    wrong = visit(person, f"{(now - timedelta(days=2)).astimezone(SHANGHAI):%Y-%m-%dT%H:%M}")
    with clerk_page(chromium, address, home.place) as page:
        page.goto(f"/admin/visits/visit/{wrong.pk}/change/")
        assert looked_at(page) == []
        page.get_by_role("link", name="更正").click()
        page.wait_for_url("**/correct/")
        assert looked_at(page) == []
        page.get_by_role("radio", name="电话").check()
        page.fill("[name=reason]", "是打的电话")
        page.get_by_role("button", name="作废并重记").click()
        page.wait_for_url(lambda url: not url.endswith("/correct/"))
        assert looked_at(page) == []
    wrong.refresh_from_db()
    assert wrong.voided_at is not None
    assert Visit.objects.get(voided_at=None).method == "phone"
