"""Pings to a service that watches from outside, in the manner of healthchecks.io: it tells somebody when none comes."""

from __future__ import annotations

import logging
import urllib.request
from threading import Thread

logger = logging.getLogger(__name__)

DEADLINE = 5.0  # seconds, name look-up and connection included


def ping(url: str, *, failed: bool = False) -> bool:
    """Report a job as done or, at `<url>/fail`, as `failed`; return whether the service answered with 2xx.

    Does nothing without an address. Never raises and never takes longer than `DEADLINE`: whoever watches must not be
    able to stop what is watched. A failure is logged by its kind alone, for the address is a secret.
    """
    if not url:
        return False
    answered: list[bool] = []
    # in a thread, since neither a name server nor a proxy that sends byte by byte keeps to a time limit
    asking = Thread(target=_ask, args=(f"{url.rstrip('/')}/fail" if failed else url, answered), daemon=True)
    asking.start()
    asking.join(DEADLINE)
    if asking.is_alive():
        logger.warning("ping: no answer within %s s", DEADLINE)
    return bool(answered)


def _ask(url: str, answered: list[bool]) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "baibuting"})  # noqa: S310 - settings allow http(s) only
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE):  # noqa: S310 - likewise
            answered.append(True)
    except OSError as error:  # of URLError and HTTPError too
        logger.warning("ping: not delivered (%s)", type(error).__name__)
