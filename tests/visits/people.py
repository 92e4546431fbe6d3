"""Somebody overdue, and the accounts that look at him: short words for the tests of pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from buildings.models import Place
from cadres.models import Cadre
from tests.factories import Community, moment, user
from tests.pages import signed_in

NOW = moment("2026-03-11T09:00")
START = date(2026, 3, 1)


def stop_the_clock(monkeypatch: pytest.MonkeyPatch, now: datetime = NOW) -> None:
    """Every page is asked for at this moment."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def account_of(cadre: Cadre, username: str) -> User:
    """An account for a cadre of the cast."""
    cadre.user = user(username, name=cadre.name)
    cadre.save(update_fields=["user"])
    return cadre.user


def signed_in_as(home: Community, place: Place, post: str) -> Client:
    """The holder of a post, signed in."""
    return signed_in(account_of(home.holder(place, post), f"{post}-{place.pk}"))


def text_of(client: Client, url: str, **conditions: Any) -> str:
    """What a page says."""
    response = client.get(url, conditions)
    assert response.status_code == 200, response.status_code
    return response.content.decode()
