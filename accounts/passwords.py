"""Password validators whose messages say what to do. Named in settings.AUTH_PASSWORD_VALIDATORS."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

RULE = "至少 8 位，要同时有字母和数字，不能与姓名、账号或手机号相近"


class LongEnough(password_validation.MinimumLengthValidator):
    """At least `min_length` characters."""

    def get_error_message(self) -> str:
        return f"密码至少 {self.min_length} 位，请再长一些。"

    def get_help_text(self) -> str:
        return f"密码至少 {self.min_length} 位。"


class LettersAndDigits:
    """At least one letter and one digit, whatever the script of the letters."""

    def validate(self, password: str, user: Any = None) -> None:
        has_digit = any(character.isdigit() for character in password)
        if not has_digit or all(character.isdigit() for character in password):
            raise ValidationError("密码要同时有字母和数字，请补上缺少的一种。", code="password_not_mixed")

    def get_help_text(self) -> str:
        return "密码要同时有字母和数字。"


class NotCommon(password_validation.CommonPasswordValidator):
    """None of Django's twenty thousand common passwords."""

    def get_error_message(self) -> str:
        return "这个密码用的人太多，容易被猜中，请换一个。"

    def get_help_text(self) -> str:
        return "不能是常见的密码。"


class NotOneself(password_validation.UserAttributeSimilarityValidator):
    """Not similar to the account's name, the user's name or phone."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("username", "name", "phone"))

    def get_error_message(self) -> str:
        return "密码与姓名、账号或手机号太相近，请换一个。"

    def get_help_text(self) -> str:
        return "不能与姓名、账号或手机号相近。"
