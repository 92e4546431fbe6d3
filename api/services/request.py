"""Writes that are done once, however often they are sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from api.models import ApiClient, IdempotentRequest
from baibuting.common.crypto import digest_candidates, lookup_digest

KEPT = timedelta(days=30)


class KeyTakenError(Exception):
    """The client has used this key for another request."""


@transaction.atomic
def request_once(
    *,
    client: ApiClient,
    key: str,
    address: str,
    body: Any,
    now: datetime,
    write: Callable[[], tuple[int, dict[str, Any]]],
) -> tuple[int, dict[str, Any], bool]:
    """Do a write under a client's key, or repeat its response; return (status, response, whether it was done before).

    `write` returns status and response. What it raises undoes all of it, the key too. Two requests with one key at once
    are processed one after the other. Raises KeyTakenError where the key belongs to another address or body.
    """
    digest = lookup_digest(
        f"{address}\0{json.dumps(body, sort_keys=True, ensure_ascii=True)}", purpose="api.request"
    )
    try:
        with transaction.atomic():
            request = IdempotentRequest.objects.create(client=client, key=key, digest=digest, created_at=now)
    except IntegrityError:
        done = IdempotentRequest.objects.get(client=client, key=key)
        if bytes(done.digest) not in digest_candidates(digest):
            raise KeyTakenError from None
        return done.status, done.answer, True
    request.status, request.answer = write()
    request.save(update_fields=["status", "answer"])
    return request.status, request.answer, False


def requests_tidy(*, now: datetime) -> int:
    """Delete the keys older than thirty days; return how many."""
    return IdempotentRequest.objects.filter(created_at__lt=now - KEPT).delete()[0]
