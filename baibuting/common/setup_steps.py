"""What an app declares of setting a community up; the desk's checklist is made of the steps of all portals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A step of setting a community up; the desk shows them in the order of `position` until all are done.

    `done` returns rows in a scope, of which any means that the step is done; all steps are asked in one query.
    `address` is the page where it is done, by a button `act`; `roster` the kind of file that does it, if there is one.
    """

    code: str
    label: str
    about: str
    position: int
    done: Callable[[Any], QuerySet[Any]]
    address: str
    act: str
    roster: str = ""
