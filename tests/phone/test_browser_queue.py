"""The queue of un-sent entries in a real browser against every answer a server, or what stands before it, may give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.fake_portal import ADDRESS, PICTURE, FakePortal, browser, rows, states, until

pytestmark = pytest.mark.needs_chromium

KEPT_PAGES = "caches.keys().then((names) => names.filter((name) => /^m-\\d/.test(name)))"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def portal() -> FakePortal:
    return FakePortal()


@pytest.fixture
def context(chromium: Browser, portal: FakePortal) -> Iterator[BrowserContext]:
    opened = portal.open(chromium)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    opened = context.new_page()
    opened.set_default_timeout(8000)
    return opened


def visit(page: Page, person: int = 1, notes: str = "") -> None:
    page.goto(f"{ADDRESS}/m/visit/{person}/")
    ready(page)
    if notes:
        page.fill("textarea", notes)
    page.click("text=保存")
    page.wait_for_url("**/m/")


def ready(page: Page) -> None:
    """The store is open: from here on the queue takes what is submitted."""
    until(page, "indexedDB.databases().then((all) => all.some((one) => one.name === 'bbt-7'))")
    page.wait_for_timeout(60)


def waiting(page: Page, text: str) -> None:
    expect(page.locator("#waiting")).to_contain_text(text)


def test_it_works(page: Page, portal: FakePortal) -> None:
    """A visit goes out as JSON with the hash both sides compute, and is kept, accepted, for a week."""
    visit(page, notes="换行\n“引号” \\ 与𠮷")
    page.wait_for_load_state("networkidle")
    assert len(portal.stored) == 1
    assert portal.answers == [201]
    assert not portal.plain
    (row,) = rows(page)
    assert row["state"] == "stored"
    assert row["hash"] == portal.stored[row["uid"]]
    assert row["fields"]["phrase"] == ["身体尚好", "心情不好“\u2028”"]
    assert "csrfmiddlewaretoken" not in row["fields"]
    expect(page.locator("#waiting")).to_be_hidden()


def test_what_the_same_uid_brings(page: Page, portal: FakePortal) -> None:
    """200, the same again, is success; 409 is kept and shown, and is no longer un-sent."""
    portal.submit = lambda entry: (200, {"uid": entry["uid"], "hash": entry["hash"], "state": "stored"})
    visit(page)
    page.wait_for_load_state("networkidle")
    assert states(page) == ["stored"]
    portal.submit = lambda entry: (409, {"uid": entry["uid"], "hash": "other", "state": "conflict"})
    visit(page)
    page.wait_for_load_state("networkidle")
    assert sorted(states(page)) == ["conflict", "stored"]
    page.goto(f"{ADDRESS}/m/me/")
    expect(page.locator("#unsent li")).to_contain_text("两份都留着")
    expect(page.locator("#waiting")).to_be_hidden()


def test_a_refused_entry_is_shown_with_its_reason(page: Page, portal: FakePortal) -> None:
    for status in (400, 422):
        refusal = {"state": "quarantined", "message": f"走访时间不对 {status}"}
        portal.submit = lambda entry, status=status, refusal=refusal: (
            status,
            {"uid": entry["uid"], **refusal},
        )
        visit(page)
        page.wait_for_load_state("networkidle")
    page.goto(f"{ADDRESS}/m/me/")
    expect(page.locator("#unsent li")).to_contain_text(
        ["要由社区办核对：走访时间不对 400", "要由社区办核对：走访时间不对 422"]
    )
    assert states(page) == ["quarantined"] * 2


def test_no_echo_is_no_success(page: Page, portal: FakePortal) -> None:
    """A page of a captive portal, of a proxy, or the echo of another entry or hash: the entry goes on waiting."""
    answers: list[tuple[int, Any]] = [
        (200, "<html>请先登录无线网络</html>"),
        (400, "<html>Bad Request</html>"),
        (201, {"uid": "another", "hash": "x", "state": "stored"}),
        (422, {"detail": "some proxy"}),
        (404, "<html>nothing</html>"),
    ]
    portal.submit = lambda entry: (200, {"uid": entry["uid"], "hash": "0" * 64, "state": "stored"})
    visit(page)
    page.goto(f"{ADDRESS}/m/me/")
    for answer in answers:
        waiting(page, "有 1 条走访等待发送")
        portal.submit = lambda entry, answer=answer: answer
        tried = len(portal.answers)
        page.click("text=现在发送")
        while len(portal.answers) == tried:
            page.wait_for_timeout(20)
        page.wait_for_timeout(60)
        assert states(page) == ["waiting"], answer
    assert len(portal.answers) == 6


@pytest.mark.parametrize("line", ["down", "portal", "redirect"])
def test_without_a_line_nothing_is_lost(page: Page, portal: FakePortal, line: str) -> None:
    """Saved where there is no signal, behind a captive portal or a redirect: it waits, and goes when the line is back."""
    page.goto(f"{ADDRESS}/m/")
    page.wait_for_load_state("networkidle")
    page.click("text=记走访 2")
    ready(page)
    portal.line = line
    page.click("text=保存")
    page.wait_for_timeout(700)
    portal.line = "up"
    page.goto(f"{ADDRESS}/m/")
    page.wait_for_load_state("networkidle")
    assert states(page) == ["stored"]
    assert len(portal.stored) == 1


def test_signed_out_and_in_again(page: Page, portal: FakePortal) -> None:
    """Signed out by the server: kept, asked to sign in, sent afterwards; what another wrote is never sent."""
    page.goto(f"{ADDRESS}/m/visit/1/")
    ready(page)
    portal.user = None
    page.click("text=保存")
    waiting(page, "有 1 条走访等待发送，请重新登录")
    assert page.get_attribute("#waiting a", "href") == "/login/?next=/m/"
    assert page.evaluate(KEPT_PAGES) == []
    portal.user = 8
    page.goto(f"{ADDRESS}/m/me/")
    waiting(page, "请用原来的账号登录")
    assert not portal.stored
    portal.page_user = 8
    page.goto(f"{ADDRESS}/m/")
    page.wait_for_load_state("networkidle")
    assert not portal.stored
    assert states(page) == ["waiting"]
    portal.user = portal.page_user = 7
    page.goto(f"{ADDRESS}/m/")
    page.wait_for_load_state("networkidle")
    assert len(portal.stored) == 1
    assert states(page) == ["stored"]


def test_an_old_token_is_renewed(page: Page, portal: FakePortal) -> None:
    """403 for a stale token: ask for a fresh one and go on in the same round."""
    refused: list[str] = []

    def once(entry: dict[str, Any]) -> tuple[int, Any]:
        refused.append(entry["uid"])
        if len(refused) == 1:
            return 403, {"detail": "csrf"}
        return 201, {"uid": entry["uid"], "hash": entry["hash"], "state": "stored"}

    portal.submit = once
    visit(page)
    page.wait_for_load_state("networkidle")
    assert portal.answers == [403, 201]
    assert states(page) == ["stored"]


def test_a_choking_server_is_left_in_peace(page: Page, portal: FakePortal) -> None:
    """5xx: put off with growing pauses, the others go on; asked for by hand it goes at once."""
    portal.submit = lambda entry: (
        (500, "<html>oops</html>")
        if entry["fields"]["resident"] == "1"
        else (201, {"uid": entry["uid"], "hash": entry["hash"], "state": "stored"})
    )
    visit(page, 1)
    visit(page, 2)
    page.wait_for_load_state("networkidle")
    by_person = {row["fields"]["resident"]: row for row in rows(page)}
    assert by_person["1"]["state"] == "waiting"
    assert by_person["2"]["state"] == "stored"
    assert portal.answers.count(500) == 1, "not tried again before its pause is over"
    pause = by_person["1"]["next_at"] - page.evaluate("Date.now()")
    assert 0 < pause <= 7500
    assert by_person["1"]["tries"] == 1
    portal.submit = None
    page.goto(f"{ADDRESS}/m/me/")
    page.click("text=现在发送")
    expect(page.locator("#unsent")).to_be_hidden()
    assert states(page) == ["stored", "stored"]


def test_two_pages_send_once(context: BrowserContext, page: Page, portal: FakePortal) -> None:
    fill_the_queue(page, portal, 6)
    others = [context.new_page() for _ in range(2)]
    portal.line = "up"
    for other in (page, *others):
        other.goto(f"{ADDRESS}/m/", wait_until="commit")
    for other in (page, *others):
        other.wait_for_load_state("networkidle")
    assert portal.answers == [201] * 6
    assert states(page) == ["stored"] * 6


def test_two_pages_without_web_locks_lose_nothing(chromium: Browser, portal: FakePortal) -> None:
    context = portal.open(chromium)
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })")
    page, other = context.new_page(), context.new_page()
    fill_the_queue(page, portal, 4)
    portal.line = "up"
    for one in (page, other):
        one.goto(f"{ADDRESS}/m/", wait_until="commit")
    for one in (page, other):
        one.wait_for_load_state("networkidle")
    assert set(portal.answers) <= {200, 201}, "sent twice is stored once"
    assert len(portal.stored) == 4
    assert states(page) == ["stored"] * 4
    context.close()


def fill_the_queue(page: Page, portal: FakePortal, count: int) -> None:
    """Visits saved without a line, put straight into the store as the page would."""
    page.goto(f"{ADDRESS}/m/visit/1/")
    ready(page)
    page.evaluate(
        """async (count) => {
          const store = await import("/static/js/phone/app.js");
          for (let n = 0; n < count; n += 1) {
            const uid = store.uuid(), kind = "visit", fields = { resident: String(n) };
            const hash = await store.sha256(new TextEncoder().encode(store.canonical(uid, kind, fields)));
            const made_at = new Date(Date.now() + n).toISOString();
            await store.change((open) => open("entries").put({ uid, kind, fields, hash, label: "", page: "/m/visit/1/", made_at, state: "waiting", tries: 0, next_at: 0 }));
          }
        }""",
        count,
    )
    portal.line = "down"


def test_a_new_epoch_sends_again(page: Page, portal: FakePortal) -> None:
    """The server was restored from a backup: what it had accepted is offered again, and answered 200 where known."""
    visit(page, 1)
    visit(page, 2)
    page.wait_for_load_state("networkidle")
    portal.stored.pop(rows(page)[0]["uid"])
    portal.epoch = "second"
    portal.answers.clear()
    page.goto(f"{ADDRESS}/m/")
    page.wait_for_load_state("networkidle")
    assert sorted(portal.answers) == [200, 201]
    assert len(portal.stored) == 2
    assert states(page) == ["stored", "stored"]
    page.reload()
    page.wait_for_load_state("networkidle")
    assert len(portal.answers) == 2, "only once an epoch"


def test_accepted_entries_go_after_a_week(page: Page, portal: FakePortal) -> None:
    visit(page)
    page.wait_for_load_state("networkidle")
    page.clock.install(time=datetime.now(UTC) + timedelta(days=6.9))
    page.goto(f"{ADDRESS}/m/")
    page.wait_for_load_state("networkidle")
    assert len(rows(page)) == 1
    page.clock.set_system_time(datetime.now(UTC) + timedelta(days=7.1))
    page.goto(f"{ADDRESS}/m/")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(200)
    assert rows(page) == []


def test_photos_follow_their_visit(page: Page, portal: FakePortal) -> None:
    """A large photo is made small, what cannot be read goes as it is; each is gone only after its hash came back."""
    page.goto(f"{ADDRESS}/m/visit/1/")
    ready(page)
    large = noisy_jpeg()
    portal.photo = lambda photo: (201, {"uid": photo["uid"], "sha256": "0" * 64, "state": "stored"})
    page.set_input_files(
        "input[type=file]",
        [
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": large},
            {"name": "b.heic", "mimeType": "image/heic", "buffer": b"not a picture"},
        ],
    )
    page.click("text=保存")
    page.wait_for_url("**/m/")
    waiting(page, "有 2 张照片等待发送")
    assert len(rows(page, "photos")) == len(rows(page, "bytes")) == 2
    portal.photo = None
    page.goto(f"{ADDRESS}/m/me/")
    expect(page.locator("#unsent li")).to_contain_text("已发送，照片等待发送，照片等待发送")
    page.click("text=现在发送")
    expect(page.locator("#unsent")).to_be_hidden()
    assert rows(page, "photos") == rows(page, "bytes") == []
    sizes = sorted(portal.photos.values(), key=len)
    assert sizes[0] == b"not a picture"
    assert sizes[1][:2] == b"\xff\xd8"
    assert len(sizes[1]) < len(large)


def noisy_jpeg() -> bytes:
    """2400 × 1800 pixels that compress badly, as a camera's do."""
    data = BytesIO()
    Image.effect_noise((2400, 1800), 60).save(data, "JPEG", quality=97)
    return data.getvalue()


def test_a_refused_photo_is_shown(page: Page, portal: FakePortal) -> None:
    portal.photo = lambda photo: (
        422,
        {"uid": photo["uid"], "state": "quarantined", "message": "不是照片"},
    )
    page.goto(f"{ADDRESS}/m/visit/1/")
    ready(page)
    page.set_input_files("input[type=file]", [{"name": "a", "mimeType": "image/png", "buffer": PICTURE}])
    page.click("text=保存")
    page.wait_for_url("**/m/")
    page.goto(f"{ADDRESS}/m/me/")
    expect(page.locator("#unsent li")).to_contain_text("照片要由社区办核对：不是照片")


def test_signing_out_says_what_is_unsent(page: Page, portal: FakePortal) -> None:
    portal.submit = lambda entry: (503, {})
    visit(page)
    page.goto(f"{ADDRESS}/m/sign-out/")
    expect(page.locator("[data-sign-out-unsent]")).to_have_text(
        "有 1 条走访等待发送。退出以后会留在这部手机上，下次由您登录再发送。"
    )
    page.click("form[data-sign-out] button")
    page.wait_for_url("**/m/plain/")
    assert len(portal.plain) == 1
    assert page.evaluate(KEPT_PAGES) == []
    assert states(page) == ["waiting"]


def test_signing_out_with_nothing_unsent(page: Page, portal: FakePortal) -> None:
    page.goto(f"{ADDRESS}/m/sign-out/")
    ready(page)
    expect(page.locator("[data-sign-out-unsent]")).to_be_hidden()
    page.click("button")
    page.wait_for_url("**/m/plain/")
    assert len(portal.plain) == 1


def test_a_second_tap_and_a_used_page(page: Page, portal: FakePortal) -> None:
    """Two taps are one visit; the page gone back to makes a second one, under a uid of its own."""
    page.goto(f"{ADDRESS}/m/visit/1/")
    ready(page)
    page.evaluate(
        "document.querySelector('form').requestSubmit(); document.querySelector('form').requestSubmit()"
    )
    page.wait_for_url("**/m/")
    page.wait_for_load_state("networkidle")
    assert len(portal.stored) == 1
    page.go_back()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(100)
    page.click("text=保存")
    page.wait_for_url("**/m/")
    page.wait_for_load_state("networkidle")
    assert len(portal.stored) == 2


def test_an_open_page_works_on_without_signal(
    page: Page, portal: FakePortal, context: BrowserContext
) -> None:
    """No service worker, no signal: 今日 and the forms it offers open from the copy, in the same page."""
    page.goto(f"{ADDRESS}/m/")
    until(page, "caches.open('m-7').then((cache) => cache.keys()).then((kept) => kept.length === 5)")
    portal.line = "down"
    context.set_offline(True)
    for person in (1, 2, 1):
        page.evaluate("(n) => document.querySelector(`a[href='/m/visit/${n}/']`).click()", person)
        page.wait_for_url(f"**/m/visit/{person}/")
        page.wait_for_timeout(100)
        page.click("text=保存")
        page.wait_for_url("**/m/")
    waiting(page, "有 3 条走访等待发送，有信号时自动发送")
    waiting(page, "没有信号，这是")
    expect(page.locator("a[href='/m/visit/1/']")).to_have_text("✓ 已记，等待发送")
    page.click("text=我已到场")
    waiting(page, "有 4 条记录等待发送")
    expect(page.locator("form[data-queue] button")).to_be_disabled()
    portal.line = "up"
    context.set_offline(False)
    waiting(page, "有信号了 看最新的")
    page.wait_for_timeout(1500)
    assert len(portal.stored) == 4
    assert set(portal.answers) == {201}


def test_plain_post_without_a_store(chromium: Browser, portal: FakePortal) -> None:
    context = portal.open(chromium)
    context.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page = context.new_page()
    page.goto(f"{ADDRESS}/m/visit/1/")
    page.wait_for_load_state("networkidle")
    page.click("text=保存")
    page.wait_for_url("**/m/plain/")
    assert len(portal.plain) == 1
    assert not portal.answers
    context.close()


def test_plain_post_without_javascript(chromium: Browser, portal: FakePortal) -> None:
    context = portal.open(chromium, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{ADDRESS}/m/visit/1/")
    page.click("text=保存")
    page.wait_for_url("**/m/plain/")
    assert len(portal.plain) == 1
    context.close()
