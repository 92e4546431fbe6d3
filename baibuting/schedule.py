"""The schedule and queues of background jobs, from the portals of all apps.

Every task looks up what is due by now, so a beat that is missed or doubled does no harm.
"""

from __future__ import annotations

from typing import Any

from baibuting.common.portal import Job, portals


def jobs() -> list[Job]:
    """Return the jobs of all apps, lowest floor first."""
    return [job for portal in portals().values() for job in portal.jobs]


def beat_schedule(every: int) -> dict[str, dict[str, Any]]:
    """Return Celery's schedule; `every` in seconds.

    A message expires when the next one is due: after a worker's pause the queue holds one message, not hundreds.
    """
    return {
        job.task: {"task": job.task, "schedule": float(every), "options": {"expires": every}}
        for job in jobs()
    }


def task_routes() -> dict[str, dict[str, str]]:
    """Return the queues of tasks that have one of their own.

    Sending mail has one: in production a worker of its own takes it, so that a mail server that hangs blocks nothing
    else.
    """
    return {job.task: {"queue": job.queue} for job in jobs() if job.queue}
