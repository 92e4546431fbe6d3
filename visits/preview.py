"""Previewing a rule before it is saved: the load of the next days, under the present rule and the proposed one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from baibuting.common.days import local_day
from buildings.models import Place
from duties.rounds import Start, Terms, rounds
from residents.models import CareCategory, CareRecord
from visits.facts import CareKnowledge, terms_in_force

DAYS_AHEAD = 30


@dataclass(frozen=True, slots=True)
class DayLoad:
    """How many duties fall due on a day, under the present rule and the proposed one."""

    day: date
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class RulePreview:
    """`moved`: open duties whose due date would change. `days`: today and the next 29 days."""

    records: int
    moved: int
    days: list[DayLoad]

    @property
    def total_before(self) -> int:
        return sum(day.before for day in self.days)

    @property
    def total_after(self) -> int:
        return sum(day.after for day in self.days)


def rule_preview(
    *,
    community: Place,
    category: CareCategory,
    terms: Terms,
    now: datetime,
    slots: Mapping[int, date] = MappingProxyType({}),
) -> RulePreview:
    """Compare the present rule with a proposed version over every open record of the category; writes nothing.

    `slots` holds by record the day that spreading would give for the change.

    Only rounds now open are counted; one not yet begun depends on visits not yet made. While the community is not live,
    they are those of a go-live today. Seven queries.
    """
    records = list(
        CareRecord.objects.unscoped("a rule holds in the whole community").filter(
            community=community, category=category, ended_on=None
        )
    )
    known = CareKnowledge.of(records)
    present = terms_in_force([community.pk], [category.pk])[community.pk, category.pk]

    def open_dues(rules: list[Terms], record: CareRecord) -> dict[tuple[bool, date], date]:
        start = known.start_of(record) or Start(local_day(now))
        visits = known.visits[record.resident_id]
        days = {**known.rule_dues.get(record.pk, {})}
        if record.pk in slots:
            days[terms.version] = slots[record.pk]
        found = rounds(rules, record.started_on, None, visits, as_of, known.calendar, start, days)
        return {(item.is_first, item.opened_on): item.due_on for item in found.items if item.done_at is None}

    as_of = max(now, now + (terms.effective_on - local_day(now)))
    before, after, moved = Counter[date](), Counter[date](), 0
    for record in records:
        old, new = open_dues(present, record), open_dues([*present, terms], record)
        before.update(old.values())
        after.update(new.values())
        moved += sum(new.get(key) != due_on for key, due_on in old.items())
    days = [local_day(now) + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
    return RulePreview(len(records), moved, [DayLoad(day, before[day], after[day]) for day in days])


CHART_HEIGHT, BAR_ROOM = 118, 30  # of an SVG 900 wide


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart, in its own units; `label` only where there is room for it."""

    day: DayLoad
    x: int
    before_y: float
    before_height: float
    after_y: float
    after_height: float
    label: str


@dataclass(frozen=True, slots=True)
class LoadChart:
    """The load as bars side by side, `top` being the highest count."""

    top: int
    bars: list[Bar]


def load_chart(preview: RulePreview) -> LoadChart:
    """Return two bars a day, before and after, scaled to the busiest day."""
    top = max((max(day.before, day.after) for day in preview.days), default=0)
    unit = CHART_HEIGHT / top if top else 0.0
    bars = [
        Bar(
            day=day,
            x=position * BAR_ROOM,
            before_y=round(CHART_HEIGHT - day.before * unit, 1),
            before_height=round(day.before * unit, 1),
            after_y=round(CHART_HEIGHT - day.after * unit, 1),
            after_height=round(day.after * unit, 1),
            label=f"{day.day.month}-{day.day.day}" if position % 3 == 0 else "",
        )
        for position, day in enumerate(preview.days)
    ]
    return LoadChart(top, bars)
