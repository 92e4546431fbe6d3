"""What the account behind a request may read of people, in words that admin and pages share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.http import HttpRequest

from accounts.rules import may_view, may_write
from buildings.scope import Scope, Viewer, scope_of
from cadres.ladder import Accountable
from duties.selectors import Sight, sight


def reads_names(request: HttpRequest | Viewer) -> bool:
    """Whether the account is office staff, who read people's names in their scope."""
    return may_view(request.user, "residents.resident")  # type: ignore[arg-type]


def sight_for(request: HttpRequest | Viewer, over: Iterable[int | Accountable], today: date) -> Sight:
    """The sight of the account behind a request over what `Ladder.load` takes. Five queries."""
    return sight(scope=scope_of(request), reads_names=reads_names(request), over=over, today=today)


def office_scope(request: HttpRequest) -> Scope:
    """Where the account may write about duties as the office does; nowhere, for whoever is not of it."""
    is_office = may_write(request.user, "duties.duty")  # type: ignore[arg-type]
    return scope_of(request).writable() if is_office else Scope.NOTHING
