"""督办情况: each step up a ladder in a month, who was notified when, and how long it took until they acted."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from baibuting.common.days import local_day, midnight
from baibuting.common.masking import mask_name
from buildings.reporting import Report, Row
from cadres.choices import Post
from cadres.ladder import rung_post
from duties.choices import EventKind, Rung
from duties.events import steps_taken_back
from duties.kinds import kind_of, related_rows
from duties.models import Duty, DutyEvent
from duties.selectors import Disclosure, countings
from duties.story import name_the_told, told_label
from duties.visibility import disclosure_for
from visits.models import Visit

_BATCH = 500
NOBODY = "各级空缺，无人可报"
TAKEN_BACK, WAITING, BEFORE, SAME_DAY = "已撤回", "尚未办理", "知会前已办", "当天已办"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a step: the first visit or settlement after it fell due, and the time since its notification.

    `hours` counts from the notification, so that no one is measured by time in which they could not know; None while
    nothing was done, and for a step that was taken back.
    """

    at: datetime | None
    hours: float | None
    word: str


def answer_to(event: DutyEvent, visits: Sequence[datetime], *, taken_back: bool) -> Answer:
    """Return the answer to a step; `visits` to the person, sorted. A visit of which only the day is known counts as
    its midnight, as a step's due moment does.
    """
    if taken_back:
        return Answer(None, None, TAKEN_BACK)
    duty = event.duty
    settled_at = duty.closed_at if duty.closed_at and duty.closed_at >= event.fell_due_at else None
    later = bisect_left(visits, event.fell_due_at)
    acted_at = [*visits[later : later + 1], *([settled_at] if settled_at and duty.done_at else [])]
    if not acted_at and settled_at is None:
        return Answer(None, None, WAITING)
    at = min([*acted_at, *([settled_at] if settled_at else [])])
    seconds = (at - event.recorded_at).total_seconds()
    word = str(duty.get_outcome_display())
    if seconds < 0 and at in acted_at:
        word = SAME_DAY if local_day(at) == local_day(event.recorded_at) else BEFORE
    return Answer(at, max(round(seconds / 3600, 1), 0.0), word)


class Escalations(Report):
    columns = (
        "楼栋", "对象", "类别", "种类", "责任岗位", "应办日期", "督办级别", "应知会时间", "知会时间", "知会对象",
        "空缺越过", "办理时间", "用时（小时）", "折合（天）", "结果",
    )  # fmt: skip
    numbers = ("用时（小时）", "折合（天）")
    no_rows = "这个月没有逐级督办。"

    def _events(self) -> QuerySet[DutyEvent]:
        begins, ends = midnight(self.asked.first_on), midnight(self.asked.last_on + timedelta(days=1))
        raised = DutyEvent.objects.within(self.scope).filter(
            kind=EventKind.RAISED,
            rung__gt=Rung.VISITOR,
            fell_due_at__gte=begins,
            fell_due_at__lt=ends,
            community=self.asked.place.community_id,
        )
        shown = raised.select_related(
            "told_cadre",
            "duty__place__parent__parent",
            "duty__category",
            "duty__care_record__resident__household",
            *related_rows("duty__"),
        )
        return shown.order_by("fell_due_at", "pk")

    def count(self) -> int:
        return self._events().count()

    def rows(self) -> Iterator[Row]:
        """Yield one row a step. Ten queries a batch."""
        batch: list[DutyEvent] = []
        for event in self._events().iterator(chunk_size=_BATCH):
            batch.append(event)
            if len(batch) == _BATCH:
                yield from self._shown(batch)
                batch = []
        yield from self._shown(batch)

    def _shown(self, events: Sequence[DutyEvent]) -> Iterator[Row]:
        if not events:
            return
        name_the_told(events)
        disclosure = disclosure_for(self.asked.viewer, {event.duty.accountable for event in events})
        visits, taken_back = self._visits(events), self._taken_back(events)
        for event in events:
            person = kind_of(event.duty).resident(event.duty)
            answer = answer_to(
                event,
                visits.get(person.pk, ()) if person else (),
                taken_back=(event.duty_id, event.rung) in taken_back,
            )
            yield self._row(event, disclosure, answer)

    def _row(self, event: DutyEvent, disclosure: Disclosure, answer: Answer) -> Row:
        duty = event.duty
        kind = kind_of(duty)
        address, person = self._who(duty, disclosure)
        told = told_label(event) if event.told_cadre_id else NOBODY
        vacant = [Post(rung_post(rung, duty.accountable_post)).label for rung in event.passed_over]
        return [
            address, person, kind.category(duty, disclosure), kind.label, duty.get_accountable_post_display(),
            duty.due_on, event.get_rung_display(), event.fell_due_at,
            event.recorded_at if event.told_cadre_id else None, told, "、".join(vacant),
            answer.at, answer.hours, None if answer.hours is None else round(answer.hours / 24, 1), answer.word,
        ]  # fmt: skip

    def _who(self, duty: Duty, disclosure: Disclosure) -> tuple[str, str]:
        """Return where, and about whom, as far as disclosed to the report's user."""
        kind = kind_of(duty)
        resident = kind.resident(duty)
        if resident is None:
            return duty.place.full_name, ""
        if not self.asked.is_full:
            return duty.place.full_name, mask_name(resident.name)
        knows = disclosure.reads_names or disclosure.answers_for(duty.accountable)
        address = kind.address(duty) if knows else duty.place.full_name
        return address, disclosure.person(resident, duty.accountable)

    def _visits(self, events: Sequence[DutyEvent]) -> dict[int, list[datetime]]:
        """Return visits to the people behind some steps since the first of these fell due, by person and in order."""
        people = {kind_of(event.duty).resident(event.duty) for event in events} - {None}
        since = min(event.fell_due_at for event in events)
        visits = Visit.objects.within(self.scope).filter(
            resident__in=people, voided_at=None, visited_at__gte=since
        )
        found: dict[int, list[datetime]] = defaultdict(list)
        for resident_id, at in visits.order_by("visited_at").values_list("resident_id", "visited_at"):
            found[resident_id].append(at)
        return found

    def _taken_back(self, events: Sequence[DutyEvent]) -> set[tuple[int, int | None]]:
        """Return steps that were stood down and not reinstated since."""
        told = DutyEvent.objects.within(self.scope).filter(
            duty__in={event.duty_id for event in events},
            kind__in=(EventKind.STOOD_DOWN, EventKind.REINSTATED),
        )
        return steps_taken_back(told)

    def summary(self, rows: Sequence[Row]) -> str:
        hours = [row[12] for row in rows if row[12] is not None]
        words, nobody = [row[14] for row in rows], [row[9] for row in rows].count(NOBODY)
        said = [
            f"共知会 {len(rows) - nobody} 次",
            *([f"无人可报 {nobody} 次"] if nobody else []),
            f"撤回 {words.count(TAKEN_BACK)} 次",
            f"尚未办理 {words.count(WAITING)} 次",
        ]
        if hours:
            said.append(
                f"已办理 {len(hours)} 次，平均用时 {sum(hours) / len(hours):.1f} 小时，最长 {max(hours):.1f} 小时"
            )
        counting = countings([self.asked.place.community_id])
        said += [remark for one in counting if (remark := one.remark(self.asked.first_on))]
        return "，".join(said)
