"""The order of the portal's own lists: by a column that the address names (`?sort=due`, `?sort=-due`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.expressions import Combinable, OrderBy
from django.http import QueryDict

from baibuting.common.list_filters import address

SORT = "sort"
Columns = Mapping[str, Sequence[str | Combinable]]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: where a click leads, and the order it shows now ("ascending", "descending" or "")."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Sorting:
    """The columns a list may be sorted by, each with what it is ordered by, and the address that chooses one.

    Any other word in the address is the list's usual order.
    """

    columns: Columns
    params: QueryDict

    @property
    def column(self) -> str:
        """Return the column the address names; "" for none of them."""
        word = str(self.params.get(SORT, "")).removeprefix("-")
        return word if word in self.columns else ""

    @property
    def is_descending(self) -> bool:
        return bool(self.column) and str(self.params[SORT]).startswith("-")

    def order(self, *usual: str) -> list[Any]:
        """Return what to order by: the column's, then the usual order, so that equal rows keep their places."""
        return [self._turned(one) for one in self.columns.get(self.column, ())] + list(usual)

    def _turned(self, one: str | Combinable) -> OrderBy:
        ordered: Any = F(one) if isinstance(one, str) else one
        found: OrderBy = ordered.desc(nulls_last=True) if self.is_descending else ordered.asc(nulls_last=True)
        return found

    def head(self, name: str) -> Head | None:
        """Return the head of a column; None for one that the list is not sorted by."""
        if name not in self.columns:
            return None
        if name != self.column:
            return Head(address(self.params, {SORT: name}), "")
        turned = name if self.is_descending else f"-{name}"
        return Head(address(self.params, {SORT: turned}), "descending" if self.is_descending else "ascending")
