"""Fixtures and rules of every test. People and places are made by tests/factories.py."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.db.models.signals import post_migrate

from tests import databases

# a busy machine is no fault of the code: how long an example takes is measured in benchmarks/
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")

PROGRAMS = {
    "needs_redis": ("redis-server", "apt-get install redis-server"),
    "needs_libreoffice": ("soffice", "apt-get install libreoffice-calc-nogui fonts-noto-cjk"),
    "needs_chromium": ("chromium", "apt-get install chromium fonts-noto-cjk"),
    "needs_cjk_font": (
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "apt-get install fonts-noto-cjk",
    ),
}


# the folders whose tests run through the modules that `pytest --cov` measures; tracing the others would make the
# longest of them take half as long again
TRACED = {"accounts", "adminkit", "audit", "buildings", "cadres", "common", "duties", "phone", "visits"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent
    for item in items:
        if item.path.relative_to(tests).parts[0] not in TRACED:
            item.add_marker("no_cover")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test whose program is missing is skipped with a word on how to get it; where CI=true it fails."""
    for marker, (program, remedy) in PROGRAMS.items():
        if item.get_closest_marker(marker) and shutil.which(program) is None and not Path(program).is_file():
            message = f"NOT TESTED: {program} is missing; {remedy}"
            if os.environ.get("CI", "").lower() in ("1", "true"):
                pytest.fail(message, pytrace=False)
            pytest.skip(message)


@pytest.fixture
def now() -> datetime:
    """Monday 23 November 2026, nine in the morning in Wuhan."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def _ship_categories(**_: Any) -> None:
    import_module("residents.migrations.0002_ship_categories").ship(apps, None)


def _ship_for_phones(**_: Any) -> None:
    import_module("phone.migrations.0002_ship_epoch_and_phrases").ship(apps, None)


@pytest.fixture(scope="session", autouse=True)
def shipped_rows_outlive_a_flush() -> None:
    """A test that commits empties every table afterwards; what migrations ship is put back for the next one."""
    post_migrate.connect(_ship_categories, sender=apps.get_app_config("residents"))
    post_migrate.connect(_ship_for_phones, sender=apps.get_app_config("phone"))


@pytest.fixture(autouse=True)
def own_audit_heads(tmp_path: Path, settings: Any) -> None:
    """Each test's audit chain is published in a file of its own."""
    settings.AUDIT_HEADS = tmp_path / "audit-heads.log"


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """A database of this process's own, copied from one that was migrated once."""
    name = settings.DATABASES["default"]["TEST"]["NAME"]
    with django_db_blocker.unblock():
        databases.abandoned_databases_drop()
        databases.session_database_make(name)
    yield
    with django_db_blocker.unblock():
        databases.session_database_drop(name)
