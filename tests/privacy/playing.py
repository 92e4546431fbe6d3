"""A list of sentences of a community far away, with a code that stands in an address."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quotes.services import quote_list_create

if TYPE_CHECKING:
    from tests.privacy.world import Family


def playing(family: Family, now: datetime) -> None:
    words = family.words
    lines = "\n".join(f"{words.text('江山就是人民')}，{words.text('人民就是江山')}" for _ in range(3))
    made = family.add(
        quote_list_create(
            community=family.community.place,
            title=words.text("金句"),
            source=words.text("公报"),
            is_open=True,
            lines=lines,
            now=now,
        )
    )
    family.add(*made.quotes.all())
