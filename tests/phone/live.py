"""The product itself, served by gunicorn on the test database, and a phone that looks at it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from baibuting.common.days import SHANGHAI, local_day
from cadres.choices import Post
from cadres.services import cadre_change
from phone.services import epoch_renew
from residents.models import CareRecord
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, community, resident, user
from tests.phone.fake_portal import PHONE
from tests.processes import REPOSITORY, environment

PASSWORD = "long enough 1"


@contextmanager
def served(**settings: str) -> Iterator[str]:
    """The address of a running portal, with more settings. The test needs django_db(transaction=True)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "baibuting.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2",
         "--log-level", "warning", "--no-control-socket"],
        env=environment(DJANGO_ALLOW_ASYNC_UNSAFE="", **settings), cwd=REPOSITORY,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{address}/m/sign-in/", timeout=5).close()  # noqa: S310 - our own server
                break
            except OSError:
                assert process.poll() is None, "gunicorn ended"
                assert time.monotonic() < deadline, "gunicorn did not come up"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def building_head(people: int) -> tuple[Community, Any, list[CareRecord]]:
    """A community whose first 楼栋长 may sign in as "louzhang", with people under care, all overdue by now."""
    now = timezone.now()
    epoch_renew(now=now)  # as a migration makes it; the test before emptied the table
    made = community()
    account = user("louzhang", phone="13900000000", name="石金玲")
    # the tests' own quick hashes mean nothing to a real process
    account.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", 1000)
    account.save()
    cadre_change(cadre=made.holder(made.building, Post.BUILDING_HEAD), user=account, name="石金玲")
    started = now - timedelta(days=30)
    records = [
        care_record(
            made.building, now=started, started_on=local_day(started),
            resident=resident(made.building, now=started, name=f"老人{n}", room=f"{n}01", phone=f"138{n:08d}"),
        )
        for n in range(1, people + 1)
    ]  # fmt: skip
    visit(records[0].resident, f"{(now - timedelta(days=20)).astimezone(SHANGHAI):%Y-%m-%dT%H:%M}")
    sweep_at(now)
    return made, account, records


class Phone:
    """One phone in a browser: what the content policy forbade lies in `violations`."""

    def __init__(self, chromium: Browser, address: str, **options: Any) -> None:
        self.address = address
        self.context: BrowserContext = chromium.new_context(**PHONE, base_url=address, **options)
        self.context.set_default_timeout(10_000)
        self.violations: list[str] = []
        self.page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.on(
            "console",
            lambda message: "Content Security" in message.text and self.violations.append(message.text),
        )
        return page

    def without_worker(self) -> None:
        """Be a browser that has no service worker, as WeChat's: what happens offline hangs on no race with one."""
        self.context.add_init_script("delete Navigator.prototype.serviceWorker")

    def sign_in(self, page: Page | None = None) -> None:
        page = page or self.page
        page.goto("/m/sign-in/?next=/m/")
        page.fill("[name=username]", "13900000000")
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"{self.address}/m/")
