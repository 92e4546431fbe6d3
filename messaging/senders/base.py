"""What all providers have in common: a letter, the account it is sent from, and the way over the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from baibuting.common.outgoing import NoAnswerError, http_exchange
from messaging.choices import Outcome

MOST = 16_384  # bytes of an answer that are read
LONGEST_CODE = 60
# what went wrong on the wire, by the words of `http_exchange`
_WIRE = {
    "对方没有及时回应": "slow",
    "对方拒绝连接": "refused",
    "找不到对方的域名": "unknown_host",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent to whom: `to` is an address of the channel's kind, `count` the number of matters.

    `once` is the same for two attempts at the same matters, for providers that drop a second copy.
    """

    to: str
    text: str
    count: int
    once: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A channel's settings, and the token that the provider lent it; `keep` stores a new one for so many seconds."""

    settings: Mapping[str, str]
    token: str
    keep: Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of an attempt, with the provider's own code: never what it wrote, which may name somebody."""

    outcome: Outcome
    code: str = ""


class UnansweredError(Exception):
    """The provider gave no answer that can be read; holds the reply that this amounts to."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.reply = Reply(Outcome.FAILED, code)


def server(kind: str) -> str:
    """Return the address at which a provider answers."""
    return str(settings.MESSAGE_SERVERS[kind])


def ask(method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Send a request and return the JSON object in the answer, of any status below 500. Raises UnansweredError."""
    try:
        answer = http_exchange(method, url, body, headers, most=MOST)
    except NoAnswerError as failure:
        raise UnansweredError(_WIRE.get(str(failure), "broken")) from None
    if answer.status >= 500:
        raise UnansweredError(f"http_{answer.status}")
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UnansweredError("nonsense")
    return found


def ask_json(url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """POST a JSON object. Raises UnansweredError."""
    sent = json.dumps(body, ensure_ascii=False).encode()
    return ask("POST", url, sent, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def code_of(value: object) -> str:
    """Return a provider's code as it is stored: short, of letters, digits, dots and dashes, and never a long number."""
    letters = re.sub(r"[^A-Za-z0-9._-]", "", str(value))
    return re.sub(r"[0-9]{10,}", "", letters)[:LONGEST_CODE]


def with_token(
    account: Account,
    fetch: Callable[[Account], tuple[str, int] | Reply],
    send: Callable[[str], Reply],
    *,
    expired: frozenset[str],
) -> Reply:
    """Send with the kept token; fetch a new one where there is none or the provider no longer takes it, once."""
    try:
        if account.token:
            reply = send(account.token)
            if reply.code not in expired:
                return reply
        fetched = fetch(account)
        if isinstance(fetched, Reply):
            return fetched
        account.keep(*fetched)
        return send(fetched[0])
    except UnansweredError as failure:
        return failure.reply


def judged(
    code: str,
    *,
    refused: frozenset[str],
    limited: frozenset[str],
    later: frozenset[str] = frozenset(),
) -> Reply:
    """Return what a provider's code that is not success amounts to; one that nobody knows is the channel's fault."""
    code = code_of(code)
    if code in refused:
        return Reply(Outcome.REFUSED, code)
    if code in later:
        return Reply(Outcome.LATER, code)
    return Reply(Outcome.LIMITED if code in limited else Outcome.FAILED, code)
