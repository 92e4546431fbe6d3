"""Kinds of rows and grants, tokens, limits, and which addresses messages may be sent to."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from api.choices import Grant
from baibuting.common.portal import Portal, RowKind, collected

TOKEN_START = "bbt_"  # noqa: S105 - how a token begins, so that a leaked one is recognised
SHOWN_LETTERS = 10  # of a token, to distinguish tokens in a list
LONGEST_TOKEN_LIFE = timedelta(days=366)
GIVE_UP_AFTER = 20  # attempts; with the waits of OwedMessage about three and a half days


@collected
def row_kinds(portals: Mapping[str, Portal]) -> dict[str, RowKind]:
    """Return the kinds of rows of all portals by code, in the order of the feed."""
    kinds = [kind for portal in portals.values() for kind in portal.row_kinds]
    return {kind.code: kind for kind in sorted(kinds, key=lambda kind: kind.position)}


def row_kind_choices() -> list[tuple[str, str]]:
    """Return code and label of every kind of row, for the column and the schema that hold one."""
    return [(kind.code, kind.label) for kind in row_kinds().values()]


def grant_choices() -> list[tuple[str, str]]:
    """Return code and label of every grant: the interface's own, then those of the kinds of rows."""
    known = dict(Grant.choices)
    brought = {kind.grant: kind.grant_label or kind.label for kind in row_kinds().values()}
    return [*known.items(), *((code, label) for code, label in brought.items() if code not in known)]


def token_make() -> str:
    """Return a new token: 256 random bits behind a prefix that identifies it."""
    return TOKEN_START + secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """Return the digest by which a token is found; the token is not stored. A plain SHA-256 of 256 random bits reveals
    nothing and, unlike a keyed one, stays valid when keys are rotated.
    """
    return hashlib.sha256(f"api.token\0{token}".encode()).digest()


def is_public(address: str) -> bool:
    """Return whether an IP address is publicly routable: not this machine's, a private network's or link-local."""
    found = ip_address(address.split("%")[0])
    if isinstance(found, IPv6Address) and (found.ipv4_mapped or found.sixtofour or found.teredo):
        return False  # may embed a private address
    return found.is_global and not found.is_multicast


def check_address(url: str) -> None:
    """Raise ValidationError for an address that no message may be sent to.

    Only https to a name or a public IP; the name is resolved and checked again at every sending. The setting
    API_PRIVATE_ADDRESSES also allows http and private networks, for a platform in the office's own network.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValidationError("看不懂这个网址，请写成 https://platform.example.cn/events 的样子。") from None
    if not host or parts.username or parts.password or parts.fragment:
        raise ValidationError("看不懂这个网址，请写成 https://platform.example.cn/events 的样子。")
    if settings.API_PRIVATE_ADDRESSES and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise ValidationError("网址必须以 https:// 开头，请向对方要加密的网址。")
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or _is_private(host):
        raise ValidationError("不能填写本机或内部网络的网址，请填写对方公开的网址。")


def _is_private(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return False  # a name
