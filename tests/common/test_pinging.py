"""A ping reaches whoever watches from outside, and never holds up what it tells of."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from baibuting.common import pinging
from baibuting.common.pinging import ping


class Watcher(HTTPServer):
    """Stands in for the service: `asked` are the paths it was asked for; it answers with `status`."""

    status = 200

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret-name"


class _Handler(BaseHTTPRequestHandler):
    server: Watcher

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    with Watcher() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def test_it_works(watcher: Watcher) -> None:
    assert ping(watcher.url)
    assert watcher.asked == ["/secret-name"]


def test_a_failure_is_said_below_the_address(watcher: Watcher) -> None:
    assert ping(watcher.url + "/", failed=True)
    assert watcher.asked == ["/secret-name/fail"]


def test_without_an_address_nobody_is_asked() -> None:
    assert not ping("")


@pytest.mark.parametrize("status", [404, 500])
def test_a_refusal_is_logged_by_its_kind(
    watcher: Watcher, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    watcher.status = status
    assert not ping(watcher.url)
    assert "HTTPError" in caplog.text
    assert "secret-name" not in caplog.text


def test_nobody_listening_is_logged_by_its_kind(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert not ping(f"http://127.0.0.1:{port}/secret-name")
    assert "not delivered" in caplog.text
    assert "secret-name" not in caplog.text


def test_silence_costs_no_more_than_the_deadline(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pinging, "DEADLINE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        assert not ping(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        assert time.monotonic() - begun < 1
    assert "ping: no" in caplog.text
