"""One world for all tests of this folder, made once and never written to: what a test does in it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.privacy.world import NOW, World, build


@pytest.fixture(scope="package")
def _world(django_db_setup: Any, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
        with transaction.atomic():
            yield build()
            transaction.set_rollback(True)


@pytest.fixture
def world(_world: World, db: None) -> World:
    """Give the world inside a savepoint of the test's own, its accounts as the database has them.

    What an earlier test did to a row was taken back; what it did to the object was not: an account that had been given
    another password could not sign in any more.
    """
    for account in _world.viewers.values():
        if account is not None:
            account.refresh_from_db()
    return _world
