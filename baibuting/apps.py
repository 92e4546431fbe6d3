from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """Stands in INSTALLED_APPS instead of "django.contrib.admin"."""

    default_site = "baibuting.admin_site.PortalSite"
