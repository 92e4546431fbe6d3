"""The database's owner: the role that migrates, purges and backs up, where it is another than the portal's.

`DATABASE_URL` is the role of web and workers, which may neither change tables nor the past of the audit trail.
Commands that need more connect as the owner of `DATABASE_OWNER_URL` for as long as they run (docs/adr/0123).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

_LOGIN = ("USER", "PASSWORD", "HOST", "PORT")


@contextmanager
def owner_connected() -> Iterator[dict[str, Any] | None]:
    """Have Django's connection be the owner's for a block; yields the portal's own login (USER, PASSWORD, HOST, PORT).

    Without DATABASE_OWNER_URL there is one role: the connection stays as it is, and None is yielded. Call it outside of any transaction: the connection is closed and opened anew.
    """
    owner: dict[str, Any] | None = settings.DATABASE_OWNER
    if owner is None or owner["USER"] == connection.settings_dict["USER"]:
        yield None
        return
    portal = {name: connection.settings_dict[name] for name in _LOGIN}
    connection.close()
    connection.settings_dict.update({name: owner[name] for name in _LOGIN})
    try:
        yield portal
    finally:
        connection.close()
        connection.settings_dict.update(portal)
