"""The frame of the site as Django's registry knows it: the admin's one site, and what all portals say together."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import ImproperlyConfigured


class PortalAdminConfig(AdminConfig):
    """Stands in INSTALLED_APPS instead of "django.contrib.admin"."""

    default_site = "baibuting.admin_site.PortalSite"


class FrameConfig(AppConfig):
    """Stands last in INSTALLED_APPS: once all apps are there, their portals are read."""

    name = "baibuting"

    def ready(self) -> None:
        """Give Celery its schedule and queues. Raises ImproperlyConfigured where two portals declare one name."""
        from baibuting import celery_app, schedule
        from baibuting.common.portal import conflicts, portals

        if found := conflicts(portals()):
            raise ImproperlyConfigured("\n".join(found))
        celery_app.conf.beat_schedule = schedule.beat_schedule(settings.SWEEP_EVERY)
        celery_app.conf.task_routes = schedule.task_routes()
