"""Reading imports: which communities somebody can import into, his runs, what titles mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import path_ids
from rosters.models import ColumnMapping, ImportRun

SHOWN_ROWS = 24


def communities_reached(scope: Scope) -> QuerySet[Place]:
    """Return the communities of which the scope holds all or some; rows outside it are refused one by one."""
    communities = Place.objects.filter(level=Level.COMMUNITY, closed_on=None).order_by("sort_key", "pk")
    if scope.everywhere:
        return communities
    return communities.filter(pk__in={path_ids(path)[0] for path in scope.paths})


def import_runs(user: User, scope: Scope) -> QuerySet[ImportRun]:
    """Return what somebody may see of imports: his own, and those of communities that lie in his scope."""
    own = Q(user=user)
    inside = ImportRun.objects.within(scope).values("pk")
    return ImportRun.objects.filter(own | Q(pk__in=inside)).select_related("user", "community", "undone_by")


@dataclass(frozen=True, slots=True)
class Refusals:
    """The cells of one column that were refused for one reason. `rows` as the spreadsheet numbers them."""

    sheet: str
    column: str
    message: str
    rows: list[int]

    @property
    def shown_rows(self) -> str:
        """Return the first row numbers, and how many there are in all where that is more."""
        shown = "、".join(map(str, self.rows[:SHOWN_ROWS]))
        return shown if len(self.rows) <= SHOWN_ROWS else f"{shown} 等 {len(self.rows)} 行"


def rejections_grouped(rejections: Iterable[Mapping[str, Any]]) -> list[Refusals]:
    """Return a run's rejections by sheet, column and reason, in the order of the file."""
    groups: dict[tuple[str, str, str], Refusals] = {}
    for found in rejections:
        key = (found["sheet"], found["column"], found["message"])
        groups.setdefault(key, Refusals(*key, [])).rows.append(found["row"])
    return list(groups.values())


def remembered_mapping(community: Place | None, kind: str) -> dict[str, str]:
    """Return what was said by hand before about column titles of a community's rosters of a kind: title key → field."""
    if community is None:
        return {}
    known = ColumnMapping.objects.filter(community=community, kind=kind)
    return dict(known.values_list("title_key", "field"))
