"""Accounts by name or phone."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.selectors import account_called
from tests.factories import user

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    lee, wang = user("lee", phone="13900000001"), user("wang")
    assert User.objects.get(account_called("lee")) == lee
    assert User.objects.get(account_called("13900000001")) == lee
    assert User.objects.get(account_called("wang")) == wang


def test_nothing_typed_is_nobody() -> None:
    user("lee")
    assert not User.objects.filter(account_called("")).exists()
