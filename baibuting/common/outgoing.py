"""One request over HTTP to another machine: to the very address that was looked up, without redirections, in limited time."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from urllib.parse import SplitResult, urlsplit

TIMEOUT = 10  # seconds for one connect, read or write
LONGEST = 20  # seconds in total: a machine that answers byte by byte is cut off
ANSWER = 1024  # bytes of the response that are read, unless the caller asks for more
TOO_SLOW = "对方没有及时回应"


class NoAnswerError(Exception):
    """There was no answer; the text says why in Chinese, without the address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other machine answered."""

    status: int
    body: bytes


def http_exchange(
    method: str,
    url: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    permits: Callable[[list[str]], bool] = lambda addresses: True,
    most: int = ANSWER,
) -> Answer:
    """Send a request and return the answer, of any status. Raises NoAnswerError.

    The name is resolved here, `permits` is asked about all of its addresses, and the connection is made to one of those
    that were checked, so that a change of DNS in between cannot redirect it. At most `most` bytes are read.
    """
    parts = urlsplit(url)
    connection = _connection(parts, permits)
    cut = Timer(LONGEST, _cut, [connection])
    cut.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body or None, dict(headers or {}))
        answer = connection.getresponse()
        found = Answer(answer.status, answer.read(most))
    except (OSError, http.client.HTTPException) as failure:
        raise NoAnswerError(TOO_SLOW if connection.was_cut else _why(failure)) from None
    finally:
        cut.cancel()
        connection.close()
    if connection.was_cut:
        raise NoAnswerError(TOO_SLOW)
    return found


def _connection(parts: SplitResult, permits: Callable[[list[str]], bool]) -> _PinnedHTTP:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _look_up(host, port, permits)
    kind = _PinnedHTTPS if parts.scheme == "https" else _PinnedHTTP
    return kind(host, port, address)


def _look_up(host: str, port: int, permits: Callable[[list[str]], bool]) -> str:
    """Return the address to connect to: the name's first, where all of its addresses are permitted."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise NoAnswerError("找不到对方的域名") from None
    if not permits(found):
        raise NoAnswerError("网址指向内部网络")
    return found[0]


class _PinnedHTTP(http.client.HTTPConnection):
    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self.address = address
        self.was_cut = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), TIMEOUT)


class _PinnedHTTPS(_PinnedHTTP):
    default_port = 443

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _cut(connection: _PinnedHTTP) -> None:
    connection.was_cut = True
    if connection.sock is not None:
        with suppress(OSError):  # closed already
            connection.sock.shutdown(socket.SHUT_RDWR)


def _why(failure: Exception) -> str:
    if isinstance(failure, TimeoutError):
        return TOO_SLOW
    if isinstance(failure, ssl.SSLError):
        return "对方的证书不可信"
    if isinstance(failure, ConnectionRefusedError):
        return "对方拒绝连接"
    return "连接中断"
