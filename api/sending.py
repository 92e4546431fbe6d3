"""Sending one message over HTTP: to permitted addresses only, without redirections, within a time limit."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from api.rules import check_address, is_public

TIMEOUT = 10  # seconds for one connect, read or write
LONGEST = 20  # seconds in total: a receiver that answers byte by byte is cut off
TOO_SLOW = "对方没有及时回应"
ANSWER = 1024  # bytes of the response that are read


class NotTakenError(Exception):
    """The receiver did not accept a message; the text says why, without the address."""


def post_message(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """POST a JSON body. Raises NotTakenError for any answer but 2xx; redirections are not followed.

    The name is resolved here and the connection made to the very address that was checked, so that a change of DNS
    in between cannot redirect it.
    """
    try:
        check_address(url)
    except ValidationError:
        raise NotTakenError("网址不能使用") from None
    parts = urlsplit(url)
    connection = _connection(parts)
    cut = Timer(LONGEST, _cut, [connection])
    cut.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read(ANSWER)
        status = answer.status
    except (OSError, http.client.HTTPException) as failure:
        raise NotTakenError(TOO_SLOW if connection.was_cut else _why(failure)) from None
    finally:
        cut.cancel()
        connection.close()
    if connection.was_cut:
        raise NotTakenError(TOO_SLOW)
    if not 200 <= status < 300:
        raise NotTakenError(f"对方返回 {status}")


def _connection(parts: SplitResult) -> _PinnedHTTP:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _look_up(host, port)
    kind = _PinnedHTTPS if parts.scheme == "https" else _PinnedHTTP
    return kind(host, port, address)


def _look_up(host: str, port: int) -> str:
    """Return the address to connect to: the name's first, where all of its addresses are permitted."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise NotTakenError("找不到对方的域名") from None
    if not settings.API_PRIVATE_ADDRESSES and not all(is_public(address) for address in found):
        raise NotTakenError("网址指向内部网络")
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
