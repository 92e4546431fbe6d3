"""Enqueueing a task once the facts are committed. Only a speed-up: the schedule finds what was not enqueued."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_on_commit(task_name: str) -> None:
    """Enqueue a task without arguments after the running transaction has committed.

    Never raises for a broker that is down and never waits longer than about two seconds for one that hangs
    (settings: BROKER_TIMEOUT, no retries). The failure is logged; the next beat does the work.
    """
    transaction.on_commit(partial(_publish, task_name))


def _publish(task_name: str) -> None:
    try:
        current_app.send_task(task_name, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        logger.warning("the broker did not take %s: %s", task_name, type(error).__name__)
