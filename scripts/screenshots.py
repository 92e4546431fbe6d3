"""`make screenshots`: pictures of the pages for docs/screenshots/, taken from a fresh demo community.

Also shows a page under development: `make screenshots ONLY=duty,home` takes the pages whose name
contains one of the words.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import FilePayload, Page, ViewportSize, sync_playwright

from baibuting.common.days import SHANGHAI

REPOSITORY = Path(__file__).resolve().parent.parent
PICTURES = REPOSITORY / "docs" / "screenshots"
DESK: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
# name, account, address; a link after " > " is followed first, a button after " ! " tapped
PAGES = (
    ("sign-in", "", "/login/"),
    ("home", "shequ", "/"),
    ("home-secretary", "zongzhi", "/"),
    ("home-past", "dangwei", "/?as_of={month_ago}"),
    ("quarter", "dangwei", "/ > .block-head a"),
    ("building", "dangwei", "/ > .tile-overdue"),
    ("person", "dangwei", "/never-seen/ > td a[href^='/people/']"),
    ("load", "dangwei", "/load/"),
    ("duties", "shequ", "/admin/duties/duty/"),
    ("duty", "zongzhi", "/notices/ > first"),
    ("building-posts", "shequ", "/admin/cadres/buildingstaff/ > first"),
    ("care-records", "shequ", "/admin/residents/carerecord/"),
    ("visit-rules", "shequ", "/admin/visits/visitrule/"),
    ("all-rules", "shequ", "/admin/visits/visitrule/rulebook/"),
    ("go-live", "shequ", "/go-live/"),
    ("holder-accounts", "shequ", "/holder-accounts/"),
    ("help", "shequ", "/help/office/"),
    ("places", "shequ", "/admin/buildings/place/"),
    ("rosters", "shequ", "/rosters/"),
    ("roster-preview", "shequ", "/rosters/care/"),
    ("doubles-pair", "shequ", "/admin/residents/resident/ > first"),
    ("reports", "shequ", "/reports/"),
    ("admin", "shequ", "/admin/"),
    ("phone-sign-in", "", "/m/sign-in/"),
    ("phone-today", "louzhang", "/m/"),
    ("phone-visit", "louzhang", "/m/ > a[href^='/m/visit/']"),
    ("phone-person", "louzhang", "/m/ > a[href^='/m/people/']"),
    ("phone-incidents", "louzhang", "/m/incidents/"),
    ("phone-building", "louzhang", "/m/building/"),
    ("phone-mine", "louzhang", "/m/mine/"),
    ("phone-notices", "zongzhi", "/m/notices/"),
    ("phone-duty", "zongzhi", "/m/notices/ > a[href^='/m/duties/']"),
    ("phone-call", "louzhang", "/m/ ! 打电话"),
    ("phone-incident", "louzhang", "/m/incidents/ > a[href^='/m/incidents/']:not([data-keep])"),
    ("phone-buildings", "zhibu", "/m/building/"),
    ("phone-leave", "louzhang", "/m/mine/ > a[href^='/m/mine/leave/']"),
    ("phone-hand-over", "louzhang", "/m/mine/ > a[href^='/m/mine/hand-over/']"),
    ("phone-help", "louzhang", "/m/help/"),
    ("phone-sign-out", "louzhang", "/m/sign-out/"),
    ("phone-large", "louzhang", "/m/mine/ ! 长辈版（字更大）"),
    ("boards", "shequ", "/boards/"),
    ("board", "shequ", "/boards/ > .board-list a"),
    ("audit", "shenji", "/admin/audit/auditevent/"),
    ("emergency", "zhibu", "/emergency/"),
)
# some valid cells and one refused; the places are those of the demo community
ROSTER = """姓名,性别,联系电话,住址,对象类别,纳入日期,备注
欧阳淑珍,女,19900001111,怡和苑北区504栋1-101,孤寡老人,2026-03-05,女儿每周三来
汤和平,男,1990000,怡和苑北区504栋1-202,困难家庭,2026-03-05,
万水清,女,见花名册,怡和苑北区505栋2-301,孤寡老人,2026-04-12,
骆一鸣,男,19900001114,怡和苑北区505栋2-402,待定,2026-04-12,
阮成,男,19900001115,怡和苑北区599栋1-101,困难家庭,2026-05-01,
"""
FIRST = "#result_list tbody a[href], main .lines a[href]"


def main() -> None:
    only = os.environ.get("ONLY", "")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_portal() as (address, passwords), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        for name, who, where in PAGES:
            if not any(word in name for word in only.split(",")):
                continue
            is_phone = where.startswith("/m/")
            size = (
                {"viewport": PHONE, "has_touch": True, "is_mobile": True} if is_phone else {"viewport": DESK}
            )
            page = browser.new_context(**size, locale="zh-CN").new_page()
            if who:
                sign_in(page, address, who, passwords[who])
            look_at(page, address, where)
            if name in PREPARED:
                PREPARED[name](page)
            page.screenshot(path=PICTURES / f"{name}.png")
            print(f"{name:>16} {page.url.removeprefix(address)}")
            page.context.close()
        browser.close()


@contextmanager
def running_portal() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the address and the sign-ins of a portal on a free port, with a demo community of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tempfile.mkdtemp(prefix="bbt-pictures-")
    process = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "scripts" / "run.py")],
        env=os.environ | {"BAIBUTING_HOME": home, "PORT": str(port), "DEMO": "1"},
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/login/", process)
        told = (Path(home) / "demo-sign-ins.txt").read_text(encoding="utf-8")
        yield address, dict(re.findall(r"^\s+([a-z]+)\s+([a-z]+\d+)\s", told, re.MULTILINE))
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own server
            return
        except OSError:
            time.sleep(0.3)
    raise SystemExit("the portal did not come up")


def sign_in(page: Page, address: str, username: str, password: str) -> None:
    page.goto(f"{address}/login/")
    page.fill("#id_username", username)
    page.fill("#id_password", password)
    page.click("button[type=submit]")
    page.wait_for_load_state("networkidle")


def look_at(page: Page, address: str, where: str) -> None:
    """Open an address; "… > first" then follows the first link of the list, "… > selector" the first that it finds,
    "… ! words" taps the first button with these words.
    """
    where, _, button = where.partition(" ! ")
    path, _, follow = where.partition(" > ")
    month_ago = (datetime.now(SHANGHAI) - timedelta(days=30)).date()
    page.goto(address + path.replace("{month_ago}", month_ago.isoformat()))
    if follow:
        link = page.locator(FIRST if follow == "first" else follow).first
        page.goto(urljoin(page.url, str(link.get_attribute("href"))))
    if button:
        page.get_by_role("button", name=button).first.tap()
    page.wait_for_load_state("networkidle")


def send_roster(page: Page) -> None:
    """Send a roster on the upload page, and wait until it is checked."""
    file = FilePayload(name="五必访台账.csv", mimeType="text/csv", buffer=ROSTER.encode())
    page.set_input_files("[name=file]", file)
    page.get_by_role("button", name="上传并检查").click()
    page.locator(".roster-figures").wait_for()


def register_twice(page: Page) -> None:
    """Register the page's resident once more in another building, and open the comparison of the two."""
    same = {name: page.input_value(f"[name={name}]") for name in ("name", "born_on")}
    page.goto(urljoin(page.url, "/admin/residents/resident/add/"))
    page.select_option("[name=building]", index=20)
    for name, value in {**same, "entrance": "2", "room": "301", "phone": "19900001111"}.items():
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="保存", exact=True).click()
    page.goto(urljoin(page.url, "/doubles/"))
    page.get_by_role("link", name="对照").first.click()
    page.wait_for_load_state("networkidle")


# what is done before some of the pictures are taken
PREPARED: dict[str, Callable[[Page], None]] = {"roster-preview": send_roster, "doubles-pair": register_twice}


if __name__ == "__main__":
    main()
