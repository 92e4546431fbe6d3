"""Celery tasks; beat runs them."""

from __future__ import annotations

from celery import shared_task

from volunteers.services import volunteers_follow_cadres


@shared_task(name="volunteers.follow_cadres", ignore_result=True)
def follow_cadres() -> None:
    """Update the copied names of volunteers who are cadres."""
    volunteers_follow_cadres()
