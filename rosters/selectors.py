"""What the import pages read: communities, runs, refusals, remembered mappings."""

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
    """Return the communities that lie in the scope wholly or partly; rows outside it are refused one by one."""
    communities = Place.objects.filter(level=Level.COMMUNITY, closed_on=None).order_by("sort_key", "pk")
    if scope.everywhere:
        return communities
    return communities.filter(pk__in={path_ids(path)[0] for path in scope.paths})


def import_runs(user: User, scope: Scope) -> QuerySet[ImportRun]:
    """Return the imports a user may see: their own, and those of communities within their scope."""
    own = Q(user=user)
    inside = ImportRun.objects.within(scope).values("pk")
    return ImportRun.objects.filter(own | Q(pk__in=inside)).select_related("user", "community", "undone_by")


@dataclass(frozen=True, slots=True)
class Refusals:
    """The cells of one column refused for one reason. `rows` as the spreadsheet numbers them, with what names them."""

    sheet: str
    column: str
    message: str
    rows: list[tuple[int, str]]

    @property
    def shown_rows(self) -> str:
        """Return the first row numbers with their names, and the total where there are more."""
        shown = "、".join(f"{row}（{words}）" if words else str(row) for row, words in self.rows[:SHOWN_ROWS])
        return shown if len(self.rows) <= SHOWN_ROWS else f"{shown} 等 {len(self.rows)} 行"


def rejections_grouped(
    rejections: Iterable[Mapping[str, Any]], words: Mapping[tuple[str, int], str]
) -> list[Refusals]:
    """Return a run's rejections by sheet, column and reason, in the order of the file; `words` name their rows."""
    groups: dict[tuple[str, str, str], Refusals] = {}
    for found in rejections:
        key = (found["sheet"], found["column"], found["message"])
        groups.setdefault(key, Refusals(*key, [])).rows.append(
            (found["row"], words.get((found["sheet"], found["row"]), ""))
        )
    return list(groups.values())


def remembered_mapping(community: Place | None, kind: str) -> dict[str, str]:
    """Return earlier choices for column titles of a community's rosters of a kind: title key → field."""
    if community is None:
        return {}
    known = ColumnMapping.objects.filter(community=community, kind=kind)
    return dict(known.values_list("title_key", "field"))
