"""Limits of a report, and what it discloses of people."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.rules import Person, may_view
from baibuting.common.portal import Portal, ReportKind, collected

MOST_ROWS = 50_000  # in one report; for more, choose a smaller place
RECENT_MONTHS = 24  # offered by the form


@collected
def report_kinds(portals: Mapping[str, Portal]) -> dict[str, ReportKind]:
    """Return the kinds of reports of all portals by code, in their order on the page."""
    kinds = sorted((kind for portal in portals.values() for kind in portal.report_kinds), key=_position)
    return {kind.code: kind for kind in kinds}


def _position(kind: ReportKind) -> int:
    return kind.position


def kind_choices() -> list[tuple[str, str]]:
    """Return code and label of every kind, as a field's choices."""
    return [(kind.code, kind.label) for kind in report_kinds().values()]


def is_office(person: Person) -> bool:
    """Return whether a user is office staff, who make reports of their whole scope."""
    return may_view(person, "residents.resident")


def fields_in_full(person: Person, kind: str) -> tuple[str, ...]:
    """Return the fields that a report in full discloses to a user beyond a masked one."""
    found = report_kinds()[kind]
    hidden = () if is_office(person) else found.office_alone
    return tuple(label for label in found.sensitive if label not in hidden)


def is_whole(person: Person, kind: str, *, is_full: bool) -> bool:
    """Return whether nothing is left out: only then may the workbook be imported again."""
    sensitive = report_kinds()[kind].sensitive
    return not sensitive or (is_full and fields_in_full(person, kind) == sensitive)
