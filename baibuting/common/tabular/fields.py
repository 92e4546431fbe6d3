"""The columns an import knows. Templates are made from the very same list, so the two cannot drift apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from baibuting.common.tabular.text import title_key


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `label` is the title in our templates, `synonyms` the titles offices use.

    `fills_down`: a blank cell means "as above" (苑区, 片区). `follows`: a bare title among `following_titles` right of
    the field named means this one, as in 卫生员 | 联系电话. `choices` become a list to pick from in the template.
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


@dataclass(frozen=True)
class FieldSet:
    """All columns of one kind of roster. Of each group in `needed` at least one column must be there.

    `said_outside` are keys that need no column where the sheet says them elsewhere (in a heading, its name, its
    caption), each with what recognises such a text.
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
        """Field keys by normalised title; the first field to claim a title keeps it."""
        titles: dict[str, str] = {}
        for item in self.fields:
            for title in (item.label, *item.synonyms):
                titles.setdefault(title_key(title), item.key)
        return titles

    @cached_property
    def needed_keys(self) -> frozenset[str]:
        return frozenset(key for group in self.needed for key in group)

    def follower(self, left: str, key: str) -> str | None:
        """The field a bare title means when it stands right of the column of the field `left`."""
        for item in self.fields:
            if item.follows == left and key in map(title_key, item.following_titles):
                return item.key
        return None

    def find(self, name: str) -> str | None:
        """A field by its key or by any of its titles, as given to --map."""
        return name if name in self.by_key else self.by_title.get(title_key(name))
