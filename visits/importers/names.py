"""The name of a row's person, and remarks beside it on what became of them."""

from __future__ import annotations

from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.meaning import Fate
from baibuting.common.tabular.naming import NameSaid, read_name


def take_name(given: RowInput) -> tuple[str, Fate | None]:
    """Return the name, and what the remarks beside it say became of the person; refusals are reported."""
    said = given.take("name", read_name, NameSaid(""))
    return said.name, None if said.fate is Fate.RUNNING else said.fate
