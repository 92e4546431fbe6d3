"""Rules for text columns that are not sealed: no ID number, no telephone number.

A plain column is readable in the database and in every dump. So its model names its rule in Meta.constraints: the
database refuses what breaks it, whether written by a form, in bulk or by COPY, and a form says so beside its field.
Remarks about people do not belong in a plain column at all, with or without numbers: they go into a SealedTextField.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import BooleanField, CheckConstraint, F, Func

from baibuting.common.masking import NUMBER

# The patterns are valid in PostgreSQL and in Python; none has a quote or a per cent sign, which SQL would interpret.
_D = "[0-9０-９]"
_BETWEEN = "[ 　.·‐‑–—－-]"  # what people put between the groups of a number


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of plain text: the pattern it must not match, and the message where it does."""

    pattern: str
    message: str


# Names and short words. Seven digits in a row may be a landline already; the others are numbers written in groups.
WORDS = Rule(
    "|".join(
        (
            f"{_D}{{7}}",
            f"[1１][3-9３-９]{_D}({_BETWEEN}{_D}{{4}}){{2}}",  # 138 1234 5678
            f"[0０]{_D}{{2,3}}[)）]?{_BETWEEN}?{_D}{{4}}{_BETWEEN}{_D}{{4}}",  # 027-8234 5678
            f"({_D}{{4}}{_BETWEEN}){{3}}{_D}{{2}}",  # 4201 0619 5603 0512 34
        )
    ),
    "这里不能填身份证号、电话号码等长数字，请填到相应的栏目。",
)
# Codes and addresses of programs, which may be long numbers themselves: no mobile, no ID number (GB 11643-1999).
CODE = Rule(
    "(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)"
    "|[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]",
    "这里不能填身份证号或手机号，请填到相应的栏目。",
)


def breaks(text: str, rule: Rule = WORDS) -> bool:
    """Return whether a text breaks the rule of a column."""
    return re.search(rule.pattern, text) is not None


def without_numbers(text: str) -> str:
    """Return a text as a column under WORDS accepts it: what breaks the rule is replaced by [号码]."""
    around = f"(?:{_D}|{_BETWEEN})*"  # the rest of a number that was only partly matched
    return re.sub(f"{around}({WORDS.pattern}){around}[Xx]?", NUMBER, text)


def all_without_numbers(value: Any) -> Any:
    """Return a value of lists, dictionaries and plain values with `without_numbers` applied to every text in it."""
    if isinstance(value, str):
        return without_numbers(value)
    if isinstance(value, dict):
        return {without_numbers(key): all_without_numbers(one) for key, one in value.items()}
    return [all_without_numbers(one) for one in value] if isinstance(value, list | tuple) else value


class PlainText(CheckConstraint):
    """The constraint that one plain column keeps a rule; a JSONField is checked as its text.

    In a migration it is a CheckConstraint like any other, so that changing a rule takes a migration.
    """

    def __init__(self, *, field: str, rule: Rule = WORDS, name: str = "") -> None:
        self.field, self.rule = field, rule
        super().__init__(
            condition=Func(
                F(field), template=f"%(expressions)s::text !~ '{rule.pattern}'", output_field=BooleanField()
            ),
            name=name or f"%(app_label)s_%(class)s_{field}_plain",
            violation_error_message=rule.message,
        )

    def deconstruct(self) -> Any:
        _, args, options = super().deconstruct()
        return "django.db.models.CheckConstraint", args, options

    def clone(self) -> PlainText:
        return PlainText(field=self.field, rule=self.rule, name=self.name)

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """Raise ValidationError at the field, without querying the database."""
        if exclude and self.field in exclude:
            return
        value = getattr(instance, self.field)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if breaks(text, self.rule):
            raise ValidationError({self.field: ValidationError(self.rule.message, code="plain_text")})


def plain_text(*fields: str, rule: Rule = WORDS) -> list[PlainText]:
    """Return the constraints of a model's plain columns, for Meta.constraints."""
    return [PlainText(field=field, rule=rule) for field in fields]


def plain_text_check(row: models.Model) -> None:
    """Raise ValidationError at the first column that breaks its rule; for services that do not clean the whole row."""
    for one in row._meta.constraints:
        if isinstance(one, PlainText):
            one.validate(type(row), row)


def plain_columns(model: type[models.Model]) -> set[str]:
    """Return the columns of a model that are under a rule."""
    return {one.field for one in model._meta.constraints if isinstance(one, PlainText)}
