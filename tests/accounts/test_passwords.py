"""What a password must be like, said so that one knows what to do."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError

from accounts.models import User


def refusals(password: str) -> list[str]:
    account = User(username="limin88", name="李敏", phone="13900000001")
    try:
        validate_password(password, account)
    except ValidationError as refusal:
        return refusal.messages
    return []


def test_it_works() -> None:
    assert refusals("correct horse 5") == []
    assert refusals("春天的百步亭花园 7") == []


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("a1b2c3", "密码至少 8 位"),
        ("onlyletters", "字母和数字"),
        ("83920174650", "字母和数字"),
        ("password1", "容易被猜中"),
        ("limin88a", "太相近"),
        ("a13900000001", "太相近"),
    ],
)
def test_what_is_refused(password: str, said: str) -> None:
    found = refusals(password)
    assert any(said in sentence for sentence in found), found


def test_every_rule_has_a_sentence() -> None:
    assert all("不能" in text or "密码" in text for text in password_validators_help_texts())
