"""The Celery application. Redis only wakes the workers; PostgreSQL is the source of truth."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baibuting.settings")

app = Celery("baibuting")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def sweep_at_once(**_: Any) -> None:
    """Enqueue a sweep when a worker starts, to catch up after a pause without waiting for the next beat."""
    app.send_task("duties.sweep_duties")
