"""Queries on proposals: the box, a cadre's own, and what waits about somebody."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import Count, Q, QuerySet

from buildings.scope import Scope
from duties.as_of import AsOf
from proposals.choices import LEAVING, Change, State
from proposals.models import Proposal

MOST_SHOWN = 20


def proposals_listed(scope: Scope) -> QuerySet[Proposal]:
    """Return the proposals of a scope with what lists show of other rows."""
    return Proposal.objects.within(scope).select_related(
        "building__parent__parent", "resident__household__building", "cadre", "decided_by"
    )


def waiting_at(moment: AsOf) -> Q:
    """Return the condition on proposals that waited at a moment."""
    if moment.is_now:
        return Q(state=State.WAITING)
    return Q(received_at__lte=moment.at) & (Q(decided_at=None) | Q(decided_at__gt=moment.at))


def proposals_at(scope: Scope, moment: AsOf) -> Mapping[int, int]:
    """Return how many proposals waited at each place at a moment."""
    waiting = Proposal.objects.within(scope).filter(waiting_at(moment))
    return dict(waiting.order_by().values_list("building").annotate(Count("pk")))


def proposals_of(cadre_id: int) -> list[Proposal]:
    """Return the last proposals of a cadre, the newest first. One query."""
    own = Proposal.objects.unscoped("what the cadre himself has sent").filter(cadre=cadre_id)
    return list(own.select_related("building__parent__parent", "resident__household")[:MOST_SHOWN])


def waiting_about(resident_ids: Collection[int]) -> dict[int, str]:
    """Return by person a sentence on what was reported and has not been decided. One query, and none for nobody."""
    if not resident_ids:
        return {}
    rows = Proposal.objects.unscoped("about people in hand").filter(
        resident__in=resident_ids, state=State.WAITING
    )
    found: dict[int, list[str]] = {}
    for resident_id, change in rows.order_by("received_at", "pk").values_list("resident", "change"):
        known = found.setdefault(resident_id, [])
        if change not in known:
            known.append(change)
    return {pk: _sentence(changes) for pk, changes in found.items()}


def _sentence(changes: list[str]) -> str:
    labels = "、".join(Change(change).label for change in changes)
    rest = "，核对前不用上门" if set(changes) & set(LEAVING) else ""
    return f"已上报{labels}，等社区办核对{rest}"
