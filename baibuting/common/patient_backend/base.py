"""The backend's wrapper; the name of this module is Django's convention."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.postgresql import base

from baibuting.common.patient_backend.waiting import PatientConnection, PatientCursor

# A server whose machine is well says so itself when a statement has taken too long; this much later we stop listening.
GRACE = 5.0  # seconds
STATEMENTS, IDLE = (
    "STATEMENT_TIMEOUT",
    "IDLE_IN_TRANSACTION_TIMEOUT",
)  # keys of a database's settings, in seconds


class DatabaseWrapper(base.DatabaseWrapper):
    """Ends a statement after STATEMENT_TIMEOUT, on the server's side and on ours; 0, the default, is no limit.

    A kept connection is asked whether it is still good before each request: that has GRACE seconds in every process.
    """

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        return params | {"connection_factory": PatientConnection, "cursor_factory": PatientCursor}

    def init_connection_state(self) -> None:
        """Tell the server the limits. By statements, since a connection pooler takes no start-up options."""
        super().init_connection_state()
        limits = {
            "statement_timeout": self.settings_dict.get(STATEMENTS, 0),
            "idle_in_transaction_session_timeout": self.settings_dict.get(IDLE, 0),
        }
        with self.connection.cursor() as cursor:
            for name, seconds in limits.items():
                if seconds:
                    cursor.execute("SELECT set_config(%s, %s, false)", [name, str(int(seconds * 1000))])
        if limits["statement_timeout"]:
            self.connection.patience = limits["statement_timeout"] + GRACE

    def is_usable(self) -> bool:
        if self.connection is None:
            return False
        usual, self.connection.patience = self.connection.patience, GRACE
        try:
            answer: bool = super().is_usable()
        finally:
            self.connection.patience = usual
        return answer


def limit_statements(*, seconds: float, idle_seconds: float) -> None:
    """Limit statements, and pauses within a transaction, of connections that this process opens from now on."""
    connections.settings["default"] |= {STATEMENTS: seconds, IDLE: idle_seconds}
