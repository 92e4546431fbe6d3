"""A test that asks for an address outside this machine fails, and says for which."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.network import loopback_only
from tests.network.loopback_only import CHROMIUM_FLAGS, NetworkRefusedError, nothing_refused
from tests.processes import environment
from tests.running.homes import environment_of

OUTSIDE = "192.0.2.1"  # kept for documentation: nobody's


@pytest.fixture
def refusals() -> Iterator[list[str]]:
    """What was refused in this test; taken away, or the test would fail for it as any other does."""
    yield loopback_only.refused
    loopback_only.refused.clear()


class Silent(BaseHTTPRequestHandler):
    """Knows no method, and logs nothing."""

    def log_message(self, *_: object) -> None:
        return


def listening() -> socket.socket:
    served = socket.create_server(("127.0.0.1", 0))
    served.settimeout(5)
    return served


def test_it_works(refusals: list[str]) -> None:
    with listening() as server, socket.create_connection(server.getsockname(), timeout=5) as caller:
        server.accept()[0].close()
        assert caller.getpeername() == server.getsockname()
    assert refusals == []


def test_a_unix_socket_is_this_machine(refusals: list[str]) -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        one.sendall(b"well")
        assert other.recv(4) == b"well"
    with socket.socket(socket.AF_UNIX) as asked, pytest.raises(FileNotFoundError):
        asked.connect("/nowhere/.s.PGSQL.5432")
    assert refusals == []


@pytest.mark.parametrize(
    ("kind", "family", "address"),
    [
        (socket.SOCK_STREAM, socket.AF_INET, (OUTSIDE, 80)),
        (socket.SOCK_DGRAM, socket.AF_INET, (OUTSIDE, 53)),
        (socket.SOCK_STREAM, socket.AF_INET6, ("2001:db8::1", 443)),
    ],
)
def test_another_address_is_refused_by_name(
    refusals: list[str], kind: socket.SocketKind, family: socket.AddressFamily, address: tuple[str, int]
) -> None:
    with socket.socket(family, kind) as asked:
        with pytest.raises(NetworkRefusedError, match=address[0]):
            asked.connect(address)
        with pytest.raises(NetworkRefusedError):
            asked.sendto(b"x", address)
    assert refusals == [f"{address[0]}:{address[1]}"] * 2


def test_no_name_is_looked_up(refusals: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NetworkRefusedError, match=r"hooks\.example\.com"):
        urllib.request.urlopen("http://hooks.example.com/", timeout=5)
    assert refusals == ["hooks.example.com"]
    assert "NETWORK REFUSED: hooks.example.com" in capsys.readouterr().err


def test_whoever_swallows_the_refusal_fails_all_the_same(refusals: list[str]) -> None:
    with pytest.raises(AssertionError, match=f"{OUTSIDE}:80"), nothing_refused(), suppress(Exception):
        socket.create_connection((OUTSIDE, 80), timeout=1)
    with nothing_refused(), listening() as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


@pytest.mark.parametrize("of", ["the session's database", "a folder of its own"])
def test_a_process_that_a_test_starts_is_held_too(of: str, tmp_path: Path) -> None:
    variables = environment() if of == "the session's database" else environment_of(tmp_path)
    script = f"import socket; socket.create_connection(('{OUTSIDE}', 80), timeout=2)"
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env=variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert f"NETWORK REFUSED: {OUTSIDE}:80" in ended.stderr


@pytest.mark.needs_chromium
def test_a_browser_finds_nobody_else(refusals: list[str]) -> None:
    """By its own error: an address that is merely out of reach would be told in other words."""
    with sync_playwright() as playwright, ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        for address in (f"http://{OUTSIDE}/", "http://hooks.example.com/"):
            with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
                browser.new_page().goto(address, timeout=10_000)
        answer = browser.new_page().goto(f"http://127.0.0.1:{server.server_port}/")
        assert answer is not None
        assert answer.status == HTTPStatus.NOT_IMPLEMENTED
        browser.close()
        server.shutdown()
    assert refusals == []
