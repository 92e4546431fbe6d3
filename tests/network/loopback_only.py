"""Tests talk to this machine alone: Python processes refuse every other address, and say which was asked for.

`refuse_the_rest` is called by tests/conftest.py, and by sitecustomize.py beside this file in the Python processes that tests
start (`child_path`). It listens to the interpreter's own audit events, so no library gets round it by a socket class of its
own. What is no Python is held elsewhere: Chromium by `CHROMIUM_FLAGS`, libpq by tests/settings.py, where the database's
address is a folder. docs/adr/0129.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
"""What every browser of a test is started with: no other name or address is found."""

refused: list[str] = []
"""Every address that this process was refused, so that code which swallows the refusal does not hide it."""

_SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_ASKING = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_listening = False


class NetworkRefusedError(RuntimeError):
    """A test asked for an address that is not this machine. No OSError: those the product expects, and handles."""


def child_path() -> str:
    """Return the PYTHONPATH under which a Python process finds the product and refuses the network as this one does."""
    return f"{_HERE.parent.parent}{os.pathsep}{_HERE}"


def refuse_the_rest() -> None:
    """Refuse this process every address but loopback and Unix sockets, from now to its end."""
    global _listening
    if not _listening:
        _listening = True
        sys.addaudithook(_listen)


@contextmanager
def nothing_refused() -> Iterator[None]:
    """Fail at the end where something in between was refused, though whoever asked may have swallowed it."""
    before = len(refused)
    yield
    assert not refused[before:], f"this test asked for the network: {refused[before:]}"


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _SENDING and arguments[0].family in (socket.AF_INET, socket.AF_INET6):
        address = arguments[1]
        if address is not None and not _is_here(address[0]):
            _refuse(f"{address[0]}:{address[1]}")
    elif event in _ASKING and not (_is_here(arguments[0]) or _is_number(arguments[0])):
        _refuse(_text(arguments[0]))


def _refuse(address: str) -> None:
    refused.append(address)
    print(f"NETWORK REFUSED: {address}", file=sys.stderr, flush=True)
    raise NetworkRefusedError(f"a test may talk to this machine alone, not to {address}")


def _is_here(host: Any) -> bool:
    name = _text(host)
    if name in ("", "localhost", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_number(host: Any) -> bool:
    """Return whether it is an address already: to read it asks nobody, and to send there is refused by itself."""
    try:
        ipaddress.ip_address(_text(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _text(host: Any) -> str:
    return host.decode(errors="replace") if isinstance(host, bytes | bytearray) else str(host or "")
