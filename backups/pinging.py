"""Telling somebody outside that a backup was made, or was not: the address in PING_BACKUP_URL is called."""

from __future__ import annotations

import logging
import urllib.request

from django.conf import settings

logger = logging.getLogger(__name__)
WITHIN = 10  # seconds


def backup_ping(*, failed: bool) -> None:
    """Call PING_BACKUP_URL, with /fail after it for a backup that was not made. A call that fails is logged, no more."""
    if not settings.PING_BACKUP_URL:
        return
    url = settings.PING_BACKUP_URL.rstrip("/") + ("/fail" if failed else "")
    try:
        urllib.request.urlopen(url, timeout=WITHIN).close()  # noqa: S310 - the operator's own address
    except OSError as error:
        logger.warning("the ping of a backup failed: %s", type(error).__name__)
