"""Accounts and the audit trail."""

from django.contrib import admin
from django.contrib.auth import (
    admin as django_auth_admin,  # registers Group, whatever the order of apps
)
from django.contrib.auth.models import Group

from accounts.admin import audit, audit_checks, user

admin.site.unregister(Group)  # roles decide on rights, see accounts.rules

__all__ = ["audit", "audit_checks", "django_auth_admin", "user"]
