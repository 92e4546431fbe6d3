"""The backend's wrapper; the name of this module is Django's convention."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.backends.postgresql.client import DatabaseClient

from baibuting.common import embedded_postgres
from baibuting.common.patient_backend import base


class EmbeddedClient(DatabaseClient):
    """`manage.py dbshell` with the wheel's psql."""

    def runshell(self, parameters: Iterable[str]) -> None:
        self.connection.ensure_connection()
        self.executable_name = str(embedded_postgres.binaries() / "psql")
        super().runshell(list(parameters))


class DatabaseWrapper(base.DatabaseWrapper):
    """Joins the server before the first connection of a process; everything else is as with any server."""

    client_class = EmbeddedClient

    def get_connection_params(self) -> dict[str, Any]:
        """Return how to connect; whoever asks means to."""
        home = Path(self.settings_dict["HOME"])
        embedded_postgres.join(embedded_postgres.cluster_of(home))
        return super().get_connection_params()
