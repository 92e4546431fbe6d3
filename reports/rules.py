"""How much at once, and what of people a report shows."""

from __future__ import annotations

from accounts.rules import Person, may_view
from reports.choices import Kind

MOST_ROWS = 50_000  # of one report; more is asked for by a smaller place
RECENT_MONTHS = 24  # that can be chosen


# The model whose rows a report shows, as the audit trail names them.
MODELS: dict[str, str] = {
    Kind.LEDGER: "visits.visit",
    Kind.PUNCTUALITY: "duties.duty",
    Kind.ESCALATIONS: "duties.dutyevent",
    Kind.STAFFING: "cadres.buildingstaff",
    Kind.ROSTER: "cadres.buildingstaff",
}
# What one in full shows and a masked one does not; a kind without any names nobody who is to be masked.
SENSITIVE: dict[str, tuple[str, ...]] = {
    Kind.LEDGER: ("走访对象", "住址", "情况记录", "诉求"),
    Kind.PUNCTUALITY: (),
    Kind.ESCALATIONS: ("对象", "住址"),
    Kind.STAFFING: (),
    Kind.ROSTER: ("联系电话",),
}
# That of it which is free text about people, and never leaves the office.
OFFICE_ALONE: dict[str, tuple[str, ...]] = {Kind.LEDGER: ("情况记录", "诉求")}


def is_office(person: Person) -> bool:
    """Whether somebody is office staff, who make reports of whatever lies in their scope."""
    return may_view(person, "residents.resident")


def fields_in_full(person: Person, kind: str) -> tuple[str, ...]:
    """What a report in full gives somebody beyond a masked one."""
    hidden = () if is_office(person) else OFFICE_ALONE.get(kind, ())
    return tuple(label for label in SENSITIVE[kind] if label not in hidden)


def is_whole(person: Person, kind: str, *, is_full: bool) -> bool:
    """Whether nothing at all is left out: only then may the workbook be imported again."""
    return not SENSITIVE[kind] or (is_full and fields_in_full(person, kind) == SENSITIVE[kind])
