"""A public page keeps nothing of its reader, and its form says itself when it was made and what for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.signing import Signer
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.public import OLDEST, STALE, TOO_FAST, YOUNGEST, form_token, read_token
from buildings.services import place_code_of
from tests.factories import community, moment

NOW = moment("2026-03-11T09:00")


def token(payload: str = "k7m2x", purpose: str = "repair", at: datetime = NOW) -> str:
    return form_token(purpose=purpose, payload=payload, now=at)


def read(text: str, after: timedelta = timedelta(minutes=1), payload: str = "k7m2x") -> None:
    read_token(text, purpose="repair", payload=payload, now=NOW + after)


@pytest.mark.django_db
def test_it_works() -> None:
    read(token())
    home = community()
    answer = Client().get(f"/b/{place_code_of(place=home.building, now=NOW)}/")
    assert answer.status_code == 200
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (timedelta(0), TOO_FAST),
        (YOUNGEST - timedelta(milliseconds=1), TOO_FAST),
        (OLDEST + timedelta(seconds=1), STALE),
        (timedelta(seconds=-1), STALE),
    ],
)
def test_a_form_comes_back_neither_at_once_nor_the_next_day(after: timedelta, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(token(), after)
    assert refused.value.messages == [sentence]


def test_the_bounds_themselves_are_taken() -> None:
    read(token(), YOUNGEST)
    read(token(), OLDEST)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        token()[:-1],
        token(purpose="quotes"),
        token(payload="other"),
        Signer(salt="public.repair").sign("x"),
    ],
)
def test_what_is_not_the_token_of_this_form_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(text)
    assert refused.value.messages == [STALE]


@given(st.text())
def test_no_text_of_somebody_s_own_passes(text: str) -> None:
    with pytest.raises(ValidationError):
        read(text)


def test_the_secret_may_be_changed_while_forms_are_out(settings: object) -> None:
    made = token()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"  # type: ignore[attr-defined]
    read(made)
    settings.SECRET_KEY_FALLBACKS = []  # type: ignore[attr-defined]
    with pytest.raises(ValidationError):
        read(made)
