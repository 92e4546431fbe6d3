"""System checks of the whole site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connection


def check_role(app_configs: Any, databases: Any = None, **options: Any) -> list[checks.CheckMessage]:
    """Return a warning where the portal connects as the owner of its tables, which may rewrite the audit trail.

    The embedded server has one role: whoever reaches its socket has its files.
    """
    if DEFAULT_DB_ALIAS not in (databases or ()) or settings.EMBEDDED:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR EXISTS (SELECT FROM pg_tables WHERE tableowner = rolname AND schemaname = current_schema())"
            " FROM pg_roles WHERE rolname = current_user"
        )
        (is_owner,) = cursor.fetchone()
    if not is_owner:
        return []
    return [
        checks.Warning(
            "门户以数据库所有者的身份运行，能改写审计记录和表结构。",
            hint="给门户单独的数据库角色：docs/operations.md 的 Roles of the database。",
            id="baibuting.W001",
        )
    ]
