"""Which kind of roster a file is, told by its columns."""

from __future__ import annotations

from collections.abc import Sequence

from baibuting.common.tabular.fields import FieldSet
from baibuting.common.tabular.headers import find_header
from baibuting.common.tabular.reading import Book

_CLEARLY_MORE = 2  # columns


def kind_of_book(book: Book, field_sets: Sequence[FieldSet]) -> str:
    """The kind whose columns a file holds, "" where that is not certain.

    Certain is a kind of which every needed column is there and at least two more columns are known than of any other.
    """
    known = {fields.kind: max((_known_columns(book, fields)), default=0) for fields in field_sets}
    best, second = sorted([*known, ""], key=lambda kind: known.get(kind, 0), reverse=True)[:2]
    return best if best and known[best] - known.get(second, 0) >= _CLEARLY_MORE else ""


def _known_columns(book: Book, fields: FieldSet) -> list[int]:
    """How many columns each sheet has that this kind knows; sheets that lack a needed one have none."""
    headers = [find_header(sheet, fields, {}) for sheet in book.sheets]
    return [len(header.columns) for header in headers if header and not header.missing(fields)]
