"""A community before its go-live: people with years of history, and the day on which it begins to count."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from residents.models import CareRecord
from tests.duties.steps import visit
from tests.factories import Community, care_record, community, moment, resident

TYPED_IN = moment("2026-11-28T10:00")
GO_LIVE = date(2026, 11, 30)  # a Monday
MORNING = moment("2026-11-30T09:00")


@dataclass
class Newcomers:
    """A community that is not live; `records` by the name of the person, all 孤寡老人 of one building.

    By the shipped proposal they are visited within 3 days of being listed, and then every 7 days.
    """

    home: Community
    records: dict[str, CareRecord] = field(default_factory=dict)

    def add(self, name: str, started_on: date, *seen: str, code: str = "elderly_alone") -> CareRecord:
        """Somebody listed long ago, and seen on these days."""
        person = resident(self.home.building, now=TYPED_IN, name=name)
        made = care_record(
            self.home.building, now=TYPED_IN, started_on=started_on, code=code, resident=person
        )
        for day in seen:
            visit(person, f"{day}T10:00", received=TYPED_IN.isoformat()[:16])
        self.records[name] = made
        return made


def newcomers() -> Newcomers:
    """Four people: never seen, seen in summer, due three days ago, and due in four days by a visit of last week."""
    made = Newcomers(community(is_live=False))
    made.add("甲", date(2025, 1, 1))
    made.add("乙", date(2025, 6, 1), "2026-03-02", "2026-08-26")
    made.add("丙", date(2026, 1, 10), "2026-11-20")
    made.add("丁", date(2026, 2, 1), "2026-11-27")
    return made
