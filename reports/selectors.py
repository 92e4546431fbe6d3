"""Reading reports: who may ask for them, of which places, and one's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.db.models import QuerySet

from accounts.models import User
from accounts.rules import sees_people
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER
from cadres.selectors import secretary_on
from reports.choices import ENDED
from reports.models import ReportRun
from reports.rules import is_office


def may_report(user: User, today: date) -> bool:
    """Whether somebody makes reports: office staff, and secretaries of 支部 and above. One query for cadres."""
    return is_office(user) or (sees_people(user) and secretary_on(user, today))


def places_offered(scope: Scope) -> QuerySet[Place]:
    """The places of which somebody may ask for a report, as one reads a tree."""
    places = Place.objects.within(scope.writable()).standing()
    if scope.everywhere:  # whoever sets communities up would be offered every building of all of them
        places = places.filter(level__lt=Level.BUILDING)
    return places.select_related("parent__parent", "community").order_by(*TREE_ORDER)


def scope_inside(scope: Scope, place: Place) -> Scope:
    """That part of a scope which lies in a place; nothing where the place is not covered."""
    if not scope.writable().covers(place.path):
        return Scope.NOTHING
    return replace(scope, paths=frozenset({place.path}), everywhere=False, emergency=frozenset())


def report_runs(user: User, scope: Scope) -> QuerySet[ReportRun]:
    """One's own reports of places that are still one's own, newest first."""
    own = ReportRun.objects.within(scope.writable()).filter(user=user)
    return own.select_related("place__parent__parent", "place__community", "user")


def runs_unseen(user: User, scope: Scope) -> int:
    """How many of one's own reports are ready, or broke off, and wait to be looked at. One query."""
    return report_runs(user, scope).filter(state__in=ENDED, seen_at=None).count()
