"""What runs on a schedule. Every task asks what is due by now, so a beat that is missed or doubled does no harm."""

from __future__ import annotations

from typing import Any

# What sends mail has a queue of its own: in production a worker of its own takes it, and a mail server that hangs
# keeps nothing else waiting.
ROUTES = {name: {"queue": "mail"} for name in ("duties.deliver_notices", "phone.send_digests")}


def beat_schedule(sweep_every: int) -> dict[str, dict[str, Any]]:
    """Celery's schedule; `sweep_every` in seconds.

    A message expires when the next one is due: after a worker's pause the queue holds one bell, not hundreds.
    """
    return {
        name: {"task": name, "schedule": float(sweep_every), "options": {"expires": sweep_every}}
        for name in (
            "duties.sweep_duties",
            "duties.deliver_notices",
            "rosters.run_imports",
            "reports.make_reports",
            "api.deliver",
            "api.keep_feed",
            "phone.make_digests",
            "phone.send_digests",
            "volunteers.follow_cadres",
            "accounts.seal_audit",
            "accounts.tidy_sign_ins",
        )
    }
