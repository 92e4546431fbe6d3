"""A portal made of canned answers: the phone's queue in a real browser, every answer case, no database.

`FakePortal().open(chromium)` is a browser context with a phone's viewport whose whole network is that portal.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from tests.network.loopback_only import CHROMIUM_FLAGS

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
ADDRESS = "http://127.0.0.1:9"  # nothing listens there: what is not answered here fails
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
}
KINDS = "{&quot;visit&quot;:&quot;走访&quot;,&quot;incident&quot;:&quot;报事&quot;,&quot;arrival&quot;:&quot;到场&quot;}"  # as the page writes it
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; worker-src 'self'"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

# bytes of a real 2 × 2 picture
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a730000000e49444154789c63f8cfc0f01f0c0014f503fd"
    "5b3c0e3a0000000049454e44ae426082"
)


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium. Its driver runs a loop in this thread, which Django would take for asynchronous code."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            launched = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
            )
            yield launched
            launched.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class FakePortal:
    """Answers what a browser asks; a test changes `submit`, `user`, `epoch`, `line` while it goes on."""

    user: int | None = 7
    epoch: str = "first"
    line: str = "up"  # up, down, portal (a captive one), redirect
    submit: Callable[[dict[str, Any]], tuple[int, Any]] | None = None
    photo: Callable[[dict[str, Any]], tuple[int, Any]] | None = None
    stored: dict[str, str] = field(default_factory=dict)  # hash by uid
    photos: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # "POST", path
    answers: list[int] = field(default_factory=list)  # to /m/submit/
    plain: list[str] = field(default_factory=list)  # bodies of plain POSTs
    page_user: int | None = 7

    def open(self, chromium: Browser, **options: Any) -> BrowserContext:
        context = chromium.new_context(**PHONE, service_workers="block", **options)
        context.route("**/*", self.answer)
        return context

    def answer(self, route: Route) -> None:
        request = route.request
        path = request.url.removeprefix(ADDRESS).split("?")[0]
        self.asked.append((request.method, path))
        if self.line == "down":
            route.abort("internetdisconnected")
        elif self.line == "portal":
            route.fulfill(
                status=200, content_type="text/html", body="<html><h1>欢迎使用免费无线网络</h1></html>"
            )
        elif self.line == "redirect" and not path.startswith("/static/"):
            route.fulfill(status=302, headers={"Location": "/login/"})
        elif path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
        elif path == "/m/session/":
            self.tell(route, 200, {"user": self.user, "csrf": "fresh", "epoch": self.epoch})
        elif path == "/m/submit/":
            self.tell(route, *self.take(request.post_data or "", request.headers))
        elif path == "/m/photo/":
            self.tell(
                route, *self.take_photo(request.post_data_buffer or b"", request.headers["content-type"])
            )
        elif request.method == "POST":
            self.plain.append(request.post_data or "")
            route.fulfill(body=self.page("收到"), content_type="text/html; charset=utf-8")
        else:
            headers = {"Content-Security-Policy": CSP, "Content-Type": "text/html; charset=utf-8"}
            route.fulfill(body=self.page(path), headers=headers)

    def tell(self, route: Route, status: int, answer: Any) -> None:
        if isinstance(answer, str):
            route.fulfill(status=status, body=answer, content_type="text/html")
        else:
            route.fulfill(status=status, body=json.dumps(answer), content_type="application/json")

    def take(self, body: str, headers: dict[str, str]) -> tuple[int, Any]:
        entry = json.loads(body)
        digest = self.digest(entry)
        status, answer = 201, {"uid": entry["uid"], "hash": digest, "state": "stored"}
        if headers.get("x-csrftoken") != "fresh":
            status, answer = 403, {"detail": "csrf"}
        elif self.user is None:
            status, answer = 401, {"detail": "signed out"}
        elif self.submit:
            status, answer = self.submit({**entry, "hash": digest})
        elif entry["uid"] in self.stored:
            status = 200
        if status == 201:
            self.stored[entry["uid"]] = digest
        self.answers.append(status)
        return status, answer

    def take_photo(self, body: bytes, content_type: str) -> tuple[int, Any]:
        message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
        parts = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in message.get_payload()
        }
        uid, entry, said = (parts[name].decode() for name in ("uid", "entry", "sha256"))
        if self.photo:
            return self.photo({"uid": uid, "entry": entry, "sha256": said})
        assert entry in self.stored, "a photo came before its visit"
        assert hashlib.sha256(parts["file"]).hexdigest() == said
        self.photos[uid] = parts["file"]
        return 201, {"uid": uid, "sha256": said, "state": "stored"}

    @staticmethod
    def digest(entry: dict[str, Any]) -> str:
        plain = {name: entry[name] for name in ("uid", "kind", "fields")}
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def page(self, path: str) -> str:
        # the same page has the same uid each time, as one out of a browser's memory has
        number = int("".join(filter(str.isdigit, path)) or 0)
        cards = "".join(f'<a href="/m/visit/{n}/" data-keep>记走访 {n}</a>' for n in range(1, 4))
        content = {
            "/m/": cards
            + form("arrival", number, '<input name="incident" value="5"><button>我已到场</button>'),
            "/m/me/": '<section id="unsent" hidden></section>',
            "/m/sign-out/": '<p data-sign-out-unsent hidden></p><form method="post" action="/m/plain/" data-sign-out>'
            "<button>退出</button></form>",
        }.get(path, "")
        if path.startswith("/m/visit/"):
            person = path.split("/")[3]
            content = form(
                "visit",
                number,
                f'<input name="resident" value="{person}"><label>方式<select name="method"><option value="home">上门'
                '</select></label><label><input type="checkbox" name="phrase" value="身体尚好" checked>好</label>'
                '<label><input type="checkbox" name="phrase" value="心情不好“\u2028”" checked>差</label>'
                '<textarea name="notes"></textarea><input type="file" name="photo" multiple>'
                "<button>保存</button>",
            )
        who = f'data-user="{self.page_user}"' if self.page_user else ""
        return (
            f'<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8"><title>{path}</title><link rel="icon" '
            'href="/static/img/mark.svg"><script type="module" src="/static/js/phone/app.js"></script></head>'
            f'<body {who} data-epoch="{self.epoch}" data-kinds="{KINDS}" data-sign-in="/login/?next=/m/">'
            f'<p id="waiting" hidden role="status"></p><p id="undo" hidden role="status"></p><main>{content}</main><a href="/m/me/" data-keep>我的</a></body></html>'
        )


def form(kind: str, number: int, content: str) -> str:
    return (
        f'<form method="post" action="/m/plain/" enctype="multipart/form-data" data-queue data-label="1-301 夏建国">'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="old"><input type="hidden" name="kind" value="{kind}">'
        f'<input type="hidden" name="uid" value="00000000-0000-4000-8000-{number:012d}">{content}</form>'
    )


def rows(page: Page, name: str = "entries", user: int = 7) -> list[dict[str, Any]]:
    """What lies in the phone's store."""
    return page.evaluate(
        """([user, name]) => new Promise((resolve, reject) => {
          const asked = indexedDB.open(`bbt-${user}`);
          asked.onerror = () => reject(asked.error);
          asked.onsuccess = () => {
            const read = asked.result.transaction(name).objectStore(name).getAll();
            read.onsuccess = () => { asked.result.close(); resolve(JSON.parse(JSON.stringify(read.result))); };
          };
        })""",
        [user, name],
    )


def states(page: Page) -> list[str]:
    return [row["state"] for row in rows(page)]


def until(page: Page, expression: str, seconds: float = 8) -> None:
    """Wait for an expression (wait_for_function needs eval, which the pages' own policy forbids)."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never came true: {expression}"
        page.wait_for_timeout(30)
