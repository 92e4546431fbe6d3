"""What every answer tells the browser, and how the cookies of a real installation are set."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from baibuting.common.headers import CONTENT_SECURITY_POLICY, HeadersMiddleware
from tests.factories import clerk, community
from tests.pages import signed_in
from tests.running.compose import filled_in
from tests.running.homes import environment_of, fresh_home
from tests.running.test_settings import GIVEN

# an installation as .env.example makes it, each key by the very command that stands there
PRODUCTION = filled_in() | {"DATABASE_URL": GIVEN["DATABASE_URL"]}


@pytest.mark.django_db
def test_it_works() -> None:
    ours = community(staffed=False)
    client = signed_in(clerk(ours.place))
    for url in ("/", "/admin/", "/admin/residents/resident/", "/rosters/", "/admin/none/", "/duties/0/"):
        headers = client.get(url).headers
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, url
        assert "no-store" in headers["Cache-Control"], url
        assert headers["Referrer-Policy"] == "same-origin", url
        assert "geolocation=()" in headers["Permissions-Policy"], url
        assert headers["X-Frame-Options"] == "DENY", url
        assert headers["X-Content-Type-Options"] == "nosniff", url


def test_nothing_written_into_a_page_runs() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


def test_a_page_keeps_the_headers_it_has_set() -> None:
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(
            headers={"Content-Security-Policy": "default-src 'self'", "Cache-Control": "no-cache"}
        )

    answer = HeadersMiddleware(page)(RequestFactory().get("/m/"))
    assert answer["Content-Security-Policy"] == "default-src 'self'"
    assert answer["Cache-Control"] == "no-cache"
    assert "Permissions-Policy" in answer


@pytest.mark.django_db
def test_cookies_are_read_by_no_script() -> None:
    ours = community(staffed=False)
    clerk(ours.place)
    client = Client()
    client.get("/login/")
    client.post("/login/", {"username": "clerk", "password": "long enough 1"})
    assert {"sessionid", "csrftoken"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["httponly"], cookie.key
        assert cookie["samesite"] == "Lax", cookie.key
        assert not cookie["domain"], cookie.key


def production(*arguments: str) -> subprocess.CompletedProcess[str]:
    with fresh_home() as home:
        return subprocess.run(
            [sys.executable, *arguments], env=environment_of(home, **PRODUCTION),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


def test_the_deployment_check_has_nothing_to_say() -> None:
    done = production("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout, done.stdout


def test_behind_tls_cookies_belong_to_this_host_alone() -> None:
    shown = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "baibuting.settings"
import django; django.setup()
from django.conf import settings
from django.test import Client
from accounts import views
views.setup_waits = lambda: False  # as where there is an account; this process has no database
plain = Client().get("/login/", HTTP_HOST="portal.example.cn")
behind = Client().get("/login/", HTTP_HOST="portal.example.cn", HTTP_X_FORWARDED_PROTO="https")
cookie = behind.cookies["__Host-csrftoken"]
print(json.dumps([plain.status_code, plain["Location"], behind.status_code, behind["Strict-Transport-Security"],
    cookie["secure"], cookie["path"], cookie["domain"], settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE]))
"""
    done = production("-c", shown)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        301, "https://portal.example.cn/login/", 200, "max-age=31536000; includeSubDomains; preload",
        True, "/", "", "__Host-sessionid", True,
    ]  # fmt: skip
