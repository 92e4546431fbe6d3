"""Fixtures and rules of every test. People and places are made by tests/factories.py."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Generator, Iterator
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

from buildings.scope import GuardedQuerySet
from tests import databases
from tests.guard import refuse_the_product
from tests.network.loopback_only import nothing_refused, refuse_the_rest

refuse_the_rest()

# a busy machine is no fault of the code: how long an example takes is measured in benchmarks/
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")

TESTS = Path(__file__).parent
PROGRAMS = {
    "needs_redis": ("redis-server", "apt-get install redis-server"),
    "needs_libreoffice": ("soffice", "apt-get install libreoffice-calc-nogui fonts-noto-cjk"),
    "needs_nginx": ("/usr/sbin/nginx", "apt-get install nginx"),
    "needs_pgbouncer": ("/usr/sbin/pgbouncer", "apt-get install pgbouncer"),
    "needs_chromium": ("chromium", "apt-get install chromium fonts-noto-cjk"),
    "needs_gnupg": ("gpg", "apt-get install gnupg"),
    "needs_cjk_font": (
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "apt-get install fonts-noto-cjk",
    ),
}


# the folders and files whose tests prove the modules that `pytest --cov` measures; to trace a test costs it as much
# time again
TRACED = (
    "accounts/",
    "adminkit/",
    "audit/",
    "buildings/test_asked_by_community.py",
    "buildings/test_grants.py",
    "buildings/test_guarded_rows.py",
    "buildings/test_scope_value.py",
    "cadres/test_account_opening.py",
    "cadres/test_emergency.py",
    "cadres/test_scope.py",
    "cadres/test_staffing.py",
    "cadres/test_work_ended.py",
    "common/test_crypto.py",
    "common/test_fields.py",
    "duties/test_claiming.py",
    "duties/test_escalation.py",
    "duties/test_go_live.py",
    "duties/test_late_sync.py",
    "duties/test_notices_in_force.py",
    "duties/test_owed_by_one_appointment.py",
    "duties/test_passing_on.py",
    "duties/test_put_off.py",
    "duties/test_races.py",
    "duties/test_rounds_on_the_day.py",
    "duties/test_state_to_the_second.py",
    "duties/test_steps_above.py",
    "duties/test_vacancy.py",
    "duties/test_what_happened.py",
    "duties/test_whose.py",
    "duties/test_wrong_clock.py",
    "duties/test_younger_rounds.py",
    "phone/test_actions.py",
    "phone/test_digest.py",
    "phone/test_incident_pages.py",
    "phone/test_mine.py",
    "phone/test_people_pages.py",
    "phone/test_photos.py",
    "phone/test_quarantine.py",
    "phone/test_races.py",
    "phone/test_silent_phones.py",
    "phone/test_undo.py",
    "phone/test_submit.py",
    "phone/test_visit_page.py",
    "repairs/test_finished_by_phone.py",
    "running/test_metrics.py",
    "visits/test_care_records.py",
    "visits/test_leaving.py",
    "visits/test_rule_effects.py",
    "visits/test_visit_correct.py",
    "visits/test_visits.py",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Nothing of a test that proves no measured module is traced: neither the test nor what is set up for it."""
    plugin = item.config.pluginmanager.get_plugin("_cov")
    controller = getattr(plugin, "cov_controller", None)
    if controller is None or str(item.path.relative_to(TESTS)).startswith(TRACED):
        return (yield)
    controller.pause()
    try:
        return (yield)
    finally:
        controller.resume()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test whose program is missing is skipped with a word on how to get it; where CI=true it fails."""
    for marker, (program, remedy) in PROGRAMS.items():
        if item.get_closest_marker(marker) and shutil.which(program) is None and not Path(program).is_file():
            message = f"NOT TESTED: {program} is missing; {remedy}"
            if os.environ.get("CI", "").lower() in ("1", "true"):
                pytest.fail(message, pytrace=False)
            pytest.skip(message)


@pytest.fixture(autouse=True, scope="session")
def tests_read_any_row() -> Iterator[None]:
    """A test looks at rows of people without saying why; what it tests has to (`tests.guard`)."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(GuardedQuerySet, "_refuse_unchosen", refuse_the_product)
        yield


@pytest.fixture(autouse=True)
def only_this_machine() -> Iterator[None]:
    """A test that asks for any other address fails, even where the product lives on without the answer."""
    with nothing_refused():
        yield


@pytest.fixture(autouse=True, scope="session")
def what_stays_is_collected_once() -> None:
    """The cyclic collector need not go through the modules and the model classes again and again: they stay."""
    gc.collect()
    gc.freeze()


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
def own_audit_checkpoints(tmp_path: Path, settings: Any) -> None:
    """Each test's audit chain is published in a file of its own, and so is its list of the erased."""
    settings.AUDIT_CHECKPOINTS = tmp_path / "audit-heads.log"
    settings.ERASED_LIST = tmp_path / "erased.log"


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
