"""Sending one message over HTTP: to permitted addresses only, without redirections, within a time limit."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import ValidationError

from api.rules import check_address, is_public
from baibuting.common.outgoing import NoAnswerError, http_exchange


class NotTakenError(Exception):
    """The receiver did not accept a message; the text says why, without the address."""


def post_message(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """POST a JSON body. Raises NotTakenError for any answer but 2xx; redirections are not followed."""
    try:
        check_address(url)
    except ValidationError:
        raise NotTakenError("网址不能使用") from None
    headers = {"Content-Type": "application/json", **headers}
    try:
        answer = http_exchange("POST", url, body, headers, permits=_are_permitted)
    except NoAnswerError as failure:
        raise NotTakenError(str(failure)) from None
    if not 200 <= answer.status < 300:
        raise NotTakenError(f"对方返回 {answer.status}")


def _are_permitted(addresses: list[str]) -> bool:
    return settings.API_PRIVATE_ADDRESSES or all(is_public(address) for address in addresses)
