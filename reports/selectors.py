"""What the reports' pages read: who may make reports, of which places, and a user's own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.rules import sees_people
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER, path_ids
from cadres.selectors import secretary_on
from reports.choices import ENDED
from reports.models import ReportRun
from reports.rules import is_office


def may_report(user: User, today: date) -> bool:
    """Return whether a user makes reports: office staff, and secretaries of 支部 and above. One query for cadres."""
    return is_office(user) or (sees_people(user) and secretary_on(user, today))


def places_offered(scope: Scope) -> QuerySet[Place]:
    """Return the places of which a user may request a report, in tree order.

    A user responsible for several parts of a community, as an organisation's secretary is, is offered the community
    as well: it means all of these parts together.
    """
    own = scope.writable()
    places = Place.objects.within(own).active()
    if own.everywhere:  # a scope of everything would offer every building of every community
        places = places.filter(level__lt=Level.BUILDING)
    else:
        parts = Counter(path_ids(path)[0] for path in own.minimal_paths())
        several = [community_id for community_id, count in parts.items() if count > 1]
        inside = Place.objects.within(own).active().values("pk")
        places = Place.objects.filter(Q(pk__in=inside) | Q(pk__in=several))
    return places.select_related("parent__parent", "community").order_by(*TREE_ORDER)


def scope_inside(scope: Scope, place: Place) -> Scope:
    """Return the part of a scope that lies in a place; empty where there is none."""
    own = scope.writable()  # resolves a request's lazy scope
    if own.covers(place.path):
        return replace(own, paths=frozenset({place.path}), everywhere=False)
    return replace(own, paths=frozenset(path for path in own.paths if path.startswith(place.path)))


def report_runs(user: User, scope: Scope, **conditions: Any) -> list[ReportRun]:
    """Return a user's own reports that disclose nothing beyond today's scope, newest first. One query."""
    runs = ReportRun.objects.filter(user=user, **conditions)
    runs = runs.select_related("place__parent__parent", "place__community", "user")
    own = scope.writable()
    return [run for run in runs if all(own.covers(path) for path in run.paths)]


def runs_unseen(user: User, scope: Scope) -> int:
    """Return how many of a user's own reports have ended and are not seen yet. One query.

    Called on every page: only the paths are read.
    """
    own = scope.writable()
    waiting = ReportRun.objects.filter(user=user, state__in=ENDED, seen_at=None).order_by()
    return sum(all(own.covers(path) for path in paths) for paths in waiting.values_list("paths", flat=True))
