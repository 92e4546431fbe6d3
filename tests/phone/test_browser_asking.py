"""In a real browser: a request from the phone to its answer; a death reported without a signal, accepted, the card gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from concerns.models import Concern
from concerns.services import concern_close
from proposals.models import Proposal
from proposals.services import proposal_accept
from tests.factories import clerk
from tests.phone.fake_portal import browser
from tests.phone.live import Phone, building_head, served

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
def phones(chromium: Browser, address: str) -> Iterator[Callable[..., Phone]]:
    """Makes phones; put away before the tables are emptied, so that no request of theirs is under way."""
    made: list[Phone] = []

    def make(**options: Any) -> Phone:
        made.append(Phone(chromium, address, **options))
        return made[-1]

    yield make
    for phone in made:
        phone.context.close()
    time.sleep(0.3)


def test_a_request_to_its_answer(phones: Callable[..., Phone]) -> None:
    home, _, _ = building_head(1)
    phone = phones()
    page = phone.page
    phone.without_worker()
    phone.sign_in()
    page.get_by_role("link", name="报事").tap()
    page.locator("summary", has_text="反映诉求").tap()
    page.get_by_role("radio", name="看病送药").check()
    page.get_by_label("什么事、谁家").fill("2 单元要人取药")
    page.get_by_role("button", name="告诉社区办").tap()
    expect(page.locator("main")).to_contain_text("待受理，社区办")
    concern = Concern.objects.unscoped("of this test").get()
    concern_close(
        concern=concern, state="done", answer="每周三送药上门", by=clerk(home.place), now=timezone.now()
    )
    page.reload()
    expect(page.locator("main")).to_contain_text("已办：每周三送药上门")
    assert phone.violations == []


def test_a_death_reported_in_the_stairwell(phones: Callable[..., Phone]) -> None:
    home, _, records = building_head(2)
    phone = phones()
    page = phone.page
    phone.without_worker()
    phone.sign_in()
    expect(page.locator("article")).to_have_count(2)
    page.locator("article", has_text="老人1").get_by_text("记走访").tap()
    page.locator("summary", has_text="上报变更").tap()
    page.get_by_role("radio", name="去世").check()
    phone.context.set_offline(True)
    page.get_by_role("button", name="上报变更").tap()
    expect(page.locator("#waiting")).to_contain_text("变更上报等待发送")
    assert not Proposal.objects.unscoped("of this test").exists()
    phone.context.set_offline(False)
    expect(page.locator("#waiting")).not_to_contain_text("等待发送", timeout=45_000)
    page.goto("/m/")
    expect(page.locator("article", has_text="老人1")).to_contain_text("已上报去世，等社区办核对")
    expect(page.locator("article")).to_have_count(2)
    proposal = Proposal.objects.unscoped("of this test").get()
    assert proposal.resident == records[0].resident
    proposal_accept(proposal=proposal, changes={}, by=clerk(home.place), now=timezone.now())
    page.reload()
    expect(page.locator("article")).to_have_count(1)
    page.goto("/m/proposals/")
    expect(page.locator("main")).to_contain_text("已采纳")
    assert phone.violations == []
