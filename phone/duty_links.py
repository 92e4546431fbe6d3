"""Where the phone continues from a duty: to its own pages about people and incidents, else as the kind says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from django.urls import reverse

from concerns.kinds import ConcernKind
from duties.kinds import Kind, Link, kind_of
from duties.models import Duty
from visits.kinds import TurningUp, VisitKind


def action_of(duty: Duty) -> Link | None:
    """Return the link of the main button for a running duty."""
    return _action(kind_of(duty), duty)


def links_of(duty: Duty) -> Sequence[Link]:
    """Return the other links of the duty's page."""
    return _links(kind_of(duty), duty)


@singledispatch
def _action(kind: Kind, duty: Duty) -> Link | None:
    return kind.phone_action(duty)


@_action.register
def _(kind: VisitKind, duty: Duty) -> Link:
    return _visit_link(kind, duty)


@_action.register
def _(kind: TurningUp, duty: Duty) -> Link:
    return Link("去到场", _incident_url(kind, duty), is_main=True)


@_action.register
def _(kind: ConcernKind, duty: Duty) -> Link:
    return Link("看诉求", _concern_url(kind, duty), is_main=True)


@singledispatch
def _links(kind: Kind, duty: Duty) -> Sequence[Link]:
    return kind.phone_links(duty)


@_links.register
def _(kind: VisitKind, duty: Duty) -> Sequence[Link]:
    if kind.resident(duty).erased_at is not None:
        return []
    person = Link("看此人", reverse("phone:person", args=[kind.resident(duty).pk]))
    return [person, _visit_link(kind, duty)]


@_links.register
def _(kind: TurningUp, duty: Duty) -> Sequence[Link]:
    return [Link("看这件事", _incident_url(kind, duty), is_main=True)]


@_links.register
def _(kind: ConcernKind, duty: Duty) -> Sequence[Link]:
    return [Link("看诉求", _concern_url(kind, duty), is_main=True)]


def _concern_url(kind: ConcernKind, duty: Duty) -> str:
    return reverse("phone:concern", args=[kind.concern(duty).pk])


def _visit_link(kind: VisitKind, duty: Duty) -> Link:
    return Link("记走访", reverse("phone:visit", args=[kind.resident(duty).pk]), is_main=True)


def _incident_url(kind: TurningUp, duty: Duty) -> str:
    return reverse("phone:incident", args=[kind.incident(duty).pk])
