"""Queries on concerns: the box, a person's, a reporter's, and how many run at each place."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, Q, QuerySet

from buildings.models import Place
from buildings.scope import Scope
from cadres.models import Appointment
from cadres.selectors import in_force
from concerns.choices import Urgency
from concerns.models import Concern, ConcernEvent, ConcernTerms
from concerns.rules import PROPOSED_DAYS
from duties.as_of import AsOf
from residents.models import Resident

MOST_SHOWN = 20


def days_in_force(community_id: int) -> tuple[dict[str, int], bool]:
    """Return the days by urgency, and whether they are the proposal that nobody has confirmed. One query."""
    terms = ConcernTerms.objects.filter(community=community_id).first()
    if terms is None:
        return dict(PROPOSED_DAYS), True
    return {Urgency.NORMAL: terms.normal_days, Urgency.URGENT: terms.urgent_days}, False


def concerns_listed(scope: Scope) -> QuerySet[Concern]:
    """Return the concerns of a scope with what lists show of other rows."""
    return Concern.objects.within(scope).select_related(
        "building__parent__parent", "resident__household", "appointment__cadre", "reporter", "reported_by"
    )


def running_at(moment: AsOf) -> Q:
    """Return the condition on concerns that were open at a moment."""
    if moment.is_now:
        return Q(closed_at=None)
    return Q(reported_at__lte=moment.at) & (Q(closed_at=None) | Q(closed_at__gt=moment.at))


def concerns_at(scope: Scope, moment: AsOf) -> Mapping[int, int]:
    """Return how many concerns were open at each place at a moment."""
    open_then = Concern.objects.within(scope).filter(running_at(moment))
    return dict(open_then.order_by().values_list("building").annotate(Count("pk")))


def concerns_of(resident: Resident, scope: Scope) -> list[Concern]:
    """Return the last concerns about a person, the newest first. One query."""
    return list(concerns_listed(scope).filter(resident=resident)[:MOST_SHOWN])


def concerns_reported(cadre_id: int, scope: Scope) -> list[Concern]:
    """Return the last concerns that a cadre reported where he serves, the newest first. One query."""
    return list(concerns_listed(scope).filter(reporter=cadre_id)[:MOST_SHOWN])


def concerns_held(cadre_id: int, scope: Scope) -> list[Concern]:
    """Return the open concerns that a cadre has, the most pressing first. One query."""
    held = concerns_listed(scope).filter(appointment__cadre=cadre_id, closed_at=None)
    return list(held.order_by("due_on", "pk")[:MOST_SHOWN])


def events_of(concern: Concern) -> list[ConcernEvent]:
    """Return what happened to a concern, the earliest first. One query."""
    events = ConcernEvent.objects.unscoped("of a concern in hand").filter(concern=concern)
    return list(events.select_related("by", "appointment__cadre").order_by("at", "pk"))


def who_may_have(building: Place, scope: Scope, on: object) -> QuerySet[Appointment]:
    """Return the appointments of a building and of the places above it that may have a concern there."""
    ids = [int(part) for part in building.path.strip("/").split("/")]
    held = Appointment.objects.filter(in_force(on), place__in=ids)  # type: ignore[arg-type]
    return held.select_related("cadre", "place").order_by("-place__level", "post", "pk")
