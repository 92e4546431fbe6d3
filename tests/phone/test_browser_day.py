"""The day of a 楼栋长 on his phone, in a real browser against the product."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from duties.choices import Outcome
from duties.models import Duty
from phone.models import Photo, Submission
from tests.phone.fake_portal import browser, rows, until
from tests.phone.live import Phone, building_head, served
from tests.processes import REPOSITORY, manage
from visits.choices import IncidentKind
from visits.models import Arrival, Incident, Visit

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]

AXE = (REPOSITORY / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")
SCRIPTS = REPOSITORY / "static" / "js" / "phone"
KEPT_PAGES = "caches.keys().then((names) => names.filter((name) => /^m-\\d/.test(name)))"


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


def true_soon(fact: Callable[[], bool], page: Page, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def jpeg(number: int) -> bytes:
    data = BytesIO()
    Image.effect_noise((400, 300), 20 + number).convert("RGB").save(data, "JPEG", quality=90)
    return data.getvalue()


def kept(count: int) -> str:
    """That so many pages lie in the cache."""
    return (
        "caches.keys().then(async (names) => { const own = names.find((name) => /^m-\\d/.test(name)); "
        f"return own && (await (await caches.open(own)).keys()).length >= {count}; }})"
    )


def test_the_whole_day(phones: Callable[..., Phone], address: str) -> None:
    """Morning: what is due. A visit in three taps. An incident: reported, arrived, closed. Evening: signed out."""
    _, account, records = building_head(3)
    phone = phones()
    page = phone.page
    phone.sign_in()
    expect(page.locator("article.state-overdue")).to_have_count(3)
    expect(page.locator("main")).to_contain_text("老人1")
    # everything is chosen already: 记走访, 保存
    page.locator("article", has_text="老人2").get_by_text("记走访").tap()
    page.get_by_role("button", name="保存").tap()
    page.wait_for_url(f"{address}/m/")
    expect(page.locator("article.state-overdue")).to_have_count(2)
    seen = Visit.objects.get(resident=records[1].resident, origin="phone")
    assert seen.seen
    assert seen.recorded_by == account
    assert seen.visitor.user == account
    # reported, arrived, closed
    page.get_by_role("link", name="报事").tap()
    page.get_by_role("radio", name="大的家庭纠纷").check()
    page.get_by_role("button", name="上报").tap()
    expect(page.get_by_role("button", name="我已到场")).to_be_visible()
    incident = Incident.objects.get()
    assert incident.kind == IncidentKind.FAMILY_DISPUTE
    assert incident.reported_by == account
    page.get_by_role("button", name="我已到场").tap()
    expect(page.locator("main")).to_contain_text("已到：楼栋长")
    assert Arrival.objects.get().cadre.user == account
    page.goto(f"/m/incidents/{incident.pk}/")
    page.locator("summary", has_text="处理完了").tap()
    page.fill("textarea[name=result]", "已劝和")
    page.get_by_role("button", name="办结").tap()
    page.wait_for_load_state("networkidle")
    incident.refresh_from_db()
    assert incident.result == "已劝和"
    # 长辈版, and out
    page.get_by_role("link", name="我的", exact=True).tap()
    page.get_by_role("button", name="长辈版").tap()
    page.wait_for_selector("html.large")
    page.get_by_role("link", name="退出登录").tap()
    expect(page.locator("[data-sign-out-unsent]")).to_be_hidden()
    page.get_by_role("button", name="退出").tap()
    page.wait_for_url(f"{address}/m/sign-in/**")
    assert page.evaluate(KEPT_PAGES) == []
    assert phone.violations == []


def test_twenty_visits_without_signal(phones: Callable[..., Phone], address: str) -> None:
    """20 visits logged offline, three with a photo; closed and reopened; signed out by the server; a captive portal;
    then online: 20 rows, 20 unique, photos hash-equal, nothing left. A new epoch sends all again; nothing doubles."""
    _, account, records = building_head(20)
    phone = phones()
    page = phone.page
    phone.sign_in()
    until(page, "navigator.serviceWorker.controller !== null")
    until(page, kept(24), 20)
    phone.context.set_offline(True)
    people = [record.resident_id for record in records]
    for position, person in enumerate(people):
        if position == 10:  # the page is closed and opened again, still without signal
            page.close()
            page = phone.new_page()
            page.goto("/m/")
            expect(page.locator("#waiting")).to_contain_text("有 10 条走访等待发送")
        page.goto(f"/m/visit/{person}/")
        if position in (0, 9, 19):
            page.locator("summary", has_text="补充").tap()
            photo = {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": jpeg(position)}
            page.set_input_files("input[type=file]", [photo])
        page.get_by_role("button", name="保存").tap()
        page.wait_for_url(f"{address}/m/")
    expect(page.locator("#waiting")).to_contain_text("有 20 条走访等待发送")
    expect(page.locator("#waiting")).to_contain_text("没有信号")
    queue = rows(page, user=account.pk)
    assert len({row["uid"] for row in queue}) == len(queue) == 20
    text = json.dumps(queue)
    assert not any(record.resident.phone in text for record in records), "no phone number in the queue"
    sent = {photo["uid"]: photo["sha256"] for photo in rows(page, "photos", account.pk)}
    assert len(sent) == 3
    visits = Visit.objects.filter(origin="phone")
    captive_portal(phone, page)
    assert visits.count() == 0
    # signed out by the server meanwhile
    Session.objects.all().delete()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#waiting")).to_contain_text("有 20 条走访等待发送，请重新登录")
    assert visits.count() == 0
    phone.sign_in(page)
    true_soon(lambda: visits.count() == 20 and Photo.objects.count() == 3, page)
    expect(page.locator("#waiting")).to_be_hidden()
    assert {str(uid) for uid in visits.values_list("uid", flat=True)} == {row["uid"] for row in queue}
    assert set(visits.values_list("resident", flat=True)) == set(people)
    assert {str(photo.uid): photo.sent_hash for photo in Photo.objects.all()} == sent
    page.wait_for_load_state("networkidle")
    assert {row["state"] for row in rows(page, user=account.pk)} == {"stored"}
    assert rows(page, "photos", account.pk) == rows(page, "bytes", account.pk) == []
    assert not Duty.objects.filter(outcome=Outcome.OVERDUE).exists()
    # the server is restored from a backup
    taken = Submission.objects.count()
    manage("new_epoch")
    answers: list[int] = []
    page.on("response", lambda answer: answer.url.endswith("/m/submit/") and answers.append(answer.status))
    page.goto("/m/")
    true_soon(lambda: len(answers) >= 20, page)
    page.wait_for_load_state("networkidle")
    assert answers == [200] * 20
    assert visits.count() == 20
    assert Submission.objects.count() == taken
    assert phone.violations == []


def captive_portal(phone: Phone, page: Page) -> None:
    """A wireless network that answers everything with a page of its own, for a moment."""

    def portal(route: Any) -> None:
        route.fulfill(status=200, content_type="text/html", body="<h1>免费无线网络</h1>")

    phone.context.route("**/m/**", portal)
    phone.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(800)
    phone.context.unroute("**/m/**", portal)


def test_every_page_can_be_read_and_tapped(phones: Callable[..., Phone], address: str) -> None:
    """axe finds nothing; text ≥ 18 px, targets ≥ 48 px, nothing to scroll sideways at 200 %: normal and 长辈版."""
    made, _, records = building_head(2)
    person, appointment = records[0].resident_id, made.holders[made.building.pk, "building_head"].pk
    duty = Duty.objects.filter(care_record=records[0]).order_by("-id")[0].pk
    phone = phones()
    page = phone.page
    page.goto("/m/sign-in/")
    complaints = look(page, "/m/sign-in/")
    phone.sign_in()
    page.goto("/m/incidents/")
    page.get_by_role("radio", name="突发性事件").check()
    page.get_by_role("button", name="上报").tap()
    expect(page.get_by_role("button", name="我已到场")).to_be_visible()
    incident = Incident.objects.get().pk
    paths = [
        "/m/", "/m/notices/", f"/m/duties/{duty}/", f"/m/visit/{person}/", f"/m/people/{person}/", "/m/incidents/",
        f"/m/incidents/{incident}/", "/m/building/", "/m/mine/", f"/m/mine/leave/{appointment}/",
        f"/m/mine/hand-over/{appointment}/", "/m/help/", "/m/sign-out/",
    ]  # fmt: skip
    for large in (False, True):
        if large:
            page.goto("/m/mine/")
            page.get_by_role("button", name="长辈版").tap()
            page.wait_for_selector("html.large")
        for path in paths:
            page.goto(path)
            complaints += look(page, f"{path}{' 长辈版' if large else ''}")
    assert complaints == [], "\n".join(complaints)
    assert phone.violations == []


def test_forty_people_are_four_screens(phones: Callable[..., Phone], address: str) -> None:
    """40 people in four screens of 390 × 844; found by name or room; axe finds nothing by day or by night; at most 60 KB."""
    building_head(40)
    sizes: list[int] = []
    for scheme in ("light", "dark"):
        phone = phones(color_scheme=scheme)
        phone.sign_in()
        page = phone.page
        expect(page.locator("[data-row]")).to_have_count(40)
        expect(page.locator("[data-find]")).to_be_visible()
        height = page.evaluate("document.documentElement.scrollHeight")
        assert height <= 4 * 844, f"{height / 844:.2f} screens"
        assert look(page, f"/m/ {scheme}") == []
        page.get_by_placeholder("找人：姓名、单元或室号").fill("3701")
        expect(page.locator("[data-row]:visible")).to_have_count(1)
        expect(page.locator("[data-row]:visible")).to_contain_text("老人37")
        page.get_by_placeholder("找人：姓名、单元或室号").fill("")
        expect(page.locator("[data-row]:visible")).to_have_count(40)
        for path in ("/m/notices/", "/m/building/", "/m/mine/", "/m/incidents/"):
            page.goto(path)
            assert look(page, f"{path} {scheme}") == []
        assert phone.violations == []
        if not sizes:
            sizes += [first_load(phones, phone)]
    assert sizes[0] <= 60 * 1024, sizes


def first_load(phones: Callable[..., Phone], signed_in: Phone) -> int:
    """Bytes over the wire for 今日 and its style sheets and scripts, on a phone that has nothing of them yet."""
    fresh = phones()
    fresh.context.add_cookies(signed_in.context.cookies())
    measured: dict[str, int] = {}
    kinds: dict[str, str] = {}
    devtools = fresh.context.new_cdp_session(fresh.page)
    devtools.send("Network.enable")
    devtools.on(
        "Network.requestWillBeSent", lambda event: kinds.update({event["requestId"]: event.get("type", "")})
    )
    devtools.on(
        "Network.loadingFinished",
        lambda event: measured.update({event["requestId"]: int(event["encodedDataLength"])}),
    )
    fresh.page.goto("/m/", wait_until="load")
    expect(fresh.page.locator("[data-find]")).to_be_visible()  # the script has run
    wanted = [key for key, kind in kinds.items() if kind in ("Document", "Stylesheet", "Script")]
    assert len(wanted) >= 4
    return sum(measured.get(key, 0) for key in wanted)


MEASURE = """(factor) => {
  const found = [];
  const shown = (element) => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && !element.closest(".visually-hidden");
  };
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (own && shown(element) && parseFloat(getComputedStyle(element).fontSize) < 18) {
      found.push(`text ${getComputedStyle(element).fontSize}: ${element.textContent.trim().slice(0, 20)}`);
    }
  }
  for (const element of document.querySelectorAll("a, button, summary, select, textarea, input:not([type=hidden])")) {
    const target = element.closest("label") || element;
    if (!shown(target)) continue;
    const box = target.getBoundingClientRect();
    if (box.height < 48 || box.width < 48) {
      found.push(`target ${box.width} × ${box.height}: ${(target.textContent || element.name).trim().slice(0, 20)}`);
    }
  }
  const root = document.documentElement;
  root.style.fontSize = `${factor * parseFloat(getComputedStyle(root).fontSize)}px`;
  if (root.scrollWidth > innerWidth) found.push(`at ${factor * 100} % the page is ${root.scrollWidth} px wide`);
  root.style.fontSize = "";
  return found;
}"""


def look(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands, everything unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(
        "axe.run().then((result) => result.violations.map((one) => "
        "`${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`))"
    )
    return [f"{name} {one}" for one in [*found, *page.evaluate(MEASURE, 2)]]


def test_what_the_first_look_costs(phones: Callable[..., Phone], address: str) -> None:
    """今日 with everything it needs, kept pages and all, is at most 60 KB over the wire; our own JavaScript 8 KB."""
    building_head(5)
    phone = phones()
    phone.sign_in()
    cookies = phone.context.cookies()
    phone.context.close()
    fresh = phones()
    fresh.context.add_cookies(cookies)
    measured: list[tuple[int, str]] = []
    addresses: dict[str, str] = {}
    devtools = fresh.context.new_cdp_session(fresh.page)
    devtools.send("Network.enable")
    devtools.on(
        "Network.requestWillBeSent",
        lambda event: addresses.update({event["requestId"]: event["request"]["url"]}),
    )
    devtools.on(
        "Network.loadingFinished",
        lambda event: measured.append((int(event["encodedDataLength"]), addresses[event["requestId"]])),
    )
    fresh.page.goto("/m/")
    until(fresh.page, kept(9))
    fresh.page.wait_for_load_state("networkidle")
    for size, where in sorted(measured, reverse=True):
        print(f"{size:>7} {where.removeprefix(address)}")
    total = sum(size for size, _ in measured)
    print(f"{total:>7} in all")
    assert len(measured) >= 15
    assert total <= 60 * 1024
    own = sum(len(gzip.compress(path.read_bytes(), 9)) for path in SCRIPTS.glob("*.js"))
    print(f"{own:>7} own JavaScript")
    assert own <= 8 * 1024
