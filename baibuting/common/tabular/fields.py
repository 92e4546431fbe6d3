"""The fields an import knows. Templates are made from the same list, so the two cannot diverge."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from baibuting.common.tabular.text import title_key

_DATE_WORD = re.compile(r"(?:时间|日期|年月日|年月)$")
_DATE_WORDS = ("日期", "时间", "年月", "年月日")


class Content(StrEnum):
    """What the cells of a column look like, for columns with unknown titles."""

    NAME = "name"
    PHONE = "phone"
    ID_NUMBER = "id number"
    DAY = "day"
    BIRTHDAY = "birthday"
    GENDER = "gender"
    BUILDING = "building"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `label` is the title in our templates, `synonyms` the titles offices use.

    `fills_down`: a blank cell means "as above" (苑区, 片区). `follows`: a bare title among `following_titles` right of
    the field named means this one, as in 卫生员 | 联系电话. `choices` become a drop-down list in the template.
    `weak_synonyms` mean this field only where no other column does (户主姓名 without 姓名). `content` is what its
    cells look like; without it no column is proposed for the field.
    """

    key: str
    label: str
    synonyms: Sequence[str] = ()
    example: str = ""
    help: str = ""
    choices: Sequence[str] = ()
    fills_down: bool = False
    follows: str = ""
    following_titles: Sequence[str] = ()
    width: int = 14
    in_template: bool = True
    weak_synonyms: Sequence[str] = ()
    content: Content | None = None

    @property
    def is_date(self) -> bool:
        """Return whether it holds days, by its content or its label."""
        return self.content in (Content.DAY, Content.BIRTHDAY) or bool(_DATE_WORD.search(self.label))

    def titles(self) -> Iterator[str]:
        """Yield label and synonyms, normalised."""
        yield from map(title_key, (self.label, *self.synonyms))


@dataclass(frozen=True)
class FieldSet:
    """All fields of one kind of roster. Of each group in `needed` at least one must have a column.

    `said_outside` are keys that need no column where the sheet gives them elsewhere (in a heading, its name, its
    caption), each with a function that recognises such a text.
    """

    kind: str
    title: str
    fields: Sequence[Field]
    needed: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    extra_titles: dict[str, str] = field(default_factory=dict)
    said_outside: Mapping[str, Callable[[str], bool]] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> dict[str, Field]:
        return {item.key: item for item in self.fields}

    @cached_property
    def by_title(self) -> dict[str, str]:
        """Return field keys by normalised title; the first field to claim a title keeps it.

        In titles of days 时间, 日期 and 年月 are interchangeable; a field's own title precedes one made so.
        """
        titles: dict[str, str] = {}
        for item in self.fields:
            for title in item.titles():
                titles.setdefault(title, item.key)
        for item in self.fields:
            for title in item.titles() if item.is_date else ():
                if _DATE_WORD.search(title) and title not in _DATE_WORDS:
                    for word in _DATE_WORDS:
                        titles.setdefault(_DATE_WORD.sub(word, title), item.key)
        for title, key in self.weak_titles.items():
            titles.setdefault(title, key)
        return titles

    @cached_property
    def weak_titles(self) -> dict[str, str]:
        """Return field keys by titles that mean the field only where no other column does."""
        return {title_key(title): item.key for item in self.fields for title in item.weak_synonyms}

    @cached_property
    def labels(self) -> dict[str, str]:
        """Return field keys by normalised label: the exact name of a field."""
        return {title_key(item.label): item.key for item in reversed(self.fields)}

    @cached_property
    def needed_keys(self) -> frozenset[str]:
        return frozenset(key for group in self.needed for key in group)

    def follower(self, left: str, key: str) -> str | None:
        """Return the field that a bare title means right of the column of the field `left`; None for none."""
        for item in self.fields:
            if item.follows == left and key in map(title_key, item.following_titles):
                return item.key
        return None

    def is_followed(self, title: str) -> bool:
        """Return whether a normalised title is that of a field with following columns (卫生员 | 联系电话)."""
        key = self.by_title.get(title)
        return key is not None and any(item.follows == key for item in self.fields)

    def find(self, name: str) -> str | None:
        """Return the key of a field given by key or by any of its titles, as in --map; None for none."""
        return name if name in self.by_key else self.by_title.get(title_key(name))
