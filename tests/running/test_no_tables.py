"""A command that finds no tables says which data folder it looked into and what to do; it writes nothing."""

from __future__ import annotations

import os

import pytest
from django.conf import settings

from baibuting.common import embedded_postgres
from tests.databases import cursor_of_server
from tests.processes import manage


@pytest.mark.django_db(transaction=True)
def test_it_works() -> None:
    name = f"test_baibuting_empty_{os.getpid()}"
    with cursor_of_server() as asked:
        asked.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        url = embedded_postgres.cluster_of(settings.HOME).url_of(name)
        ran = manage("import_roster", "care", __file__, "--community", "百步亭社区", DATABASE_URL=url)
    finally:
        with cursor_of_server() as asked:
            asked.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert str(settings.HOME) in ran.stderr
    assert "BAIBUTING_HOME" in ran.stderr
    assert "manage.py migrate" in ran.stderr
