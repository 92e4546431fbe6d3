"""The 百步亭 grid portal: settings, addresses, schedule and tools shared by the apps."""

from baibuting.celery import app as celery_app

__all__ = ["celery_app"]
