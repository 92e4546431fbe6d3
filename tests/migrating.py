"""Going to a migration and on to today's, for the tests of what a migration does to rows."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from baibuting.common.collecting import collector_paused

Key = tuple[str, str]


def migrate(*targets: Key) -> MigrationExecutor:
    """Go to these migrations, each (app, name), or to today's without any. Return the executor, which knows their states."""
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # rows and columns change in one transaction here
    executor = MigrationExecutor(connection)
    # the models are drawn anew after each step, and the collector walks through them for a fifth of the time
    with collector_paused():
        executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())
    return executor
