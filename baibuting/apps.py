"""The project's own app configurations: the admin's one site, and what all portals declare together."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured


class PortalAdminConfig(AdminConfig):
    """Replaces "django.contrib.admin" in INSTALLED_APPS."""

    default_site = "baibuting.admin_site.PortalSite"


class FrameConfig(AppConfig):
    """The last of INSTALLED_APPS: once all apps are loaded, their portals are read."""

    name = "baibuting"

    def ready(self) -> None:
        """Give Celery its schedule and queues, and register the site's checks. Raises ImproperlyConfigured where two portals declare one name."""
        from baibuting import celery_app, schedule
        from baibuting.checks import check_role
        from baibuting.common.portal import portals
        from baibuting.common.portal_conflicts import conflicts

        if found := conflicts(portals()):
            raise ImproperlyConfigured("\n".join(found))
        checks.register(check_role, checks.Tags.database, deploy=True)
        celery_app.conf.beat_schedule = schedule.beat_schedule(settings.SWEEP_EVERY)
        celery_app.conf.task_routes = schedule.task_routes()
