"""走访台账: every visit of the month that counts, by day; importing it again changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from baibuting.common.days import local_day, midnight
from baibuting.common.masking import mask_name
from buildings.exporting import Column
from buildings.reporting import Report, ReportRequest, Row
from cadres.ladder import Accountable
from duties.selectors import Disclosure
from duties.visibility import disclosure_for, reads_names
from residents.models import CareRecord
from visits.exports import VisitResource
from visits.models import Visit
from visits.selectors import record_posts

# fields of the resource below, in column order
SHOWN = (
    "visited_on", "visited_time", "visitor", "visitor_post", "person", "category", "home_", "method", "seen", "notes",
    "wish", "origin",
)  # fmt: skip


class LedgerResource(VisitResource):
    """One row a visit, with the categories of the person on that day."""

    category = Column("对象类别")

    class Meta:
        export_order = SHOWN

    def filter_export(self, queryset: Any, **options: Any) -> QuerySet[Any]:
        rows = super().filter_export(queryset, **options).filter(voided_at=None)
        return rows.order_by("visited_at", "pk")

    def prepare(self, rows: Sequence[Visit]) -> None:
        self.reads_names = reads_names(self.viewer)
        self.disclosure: Disclosure = disclosure_for(self.viewer, {row.building_id for row in rows})
        self.records: dict[int, list[CareRecord]] = defaultdict(list)
        people = {row.resident_id for row in rows}
        found = CareRecord.objects.within(self.scope).filter(resident__in=people).select_related("category")
        records = list(found.order_by("category__position", "pk"))
        self.posts = record_posts(records, self.today)
        for record in records:
            self.records[record.resident_id].append(record)

    def knows(self, visit: Visit) -> bool:
        """Return whether a full report names the person: for the office, and for those on the building's ladder."""
        return self.is_full and (
            self.reads_names or self.disclosure.answers_for(Accountable(visit.building_id, ""))
        )

    def dehydrate_person(self, visit: Visit) -> str:
        return visit.resident.name if self.knows(visit) else mask_name(visit.resident.name)

    def dehydrate_home_(self, visit: Visit) -> str:
        return self.home(visit.resident.household, visit.building, in_full=self.knows(visit))

    def dehydrate_category(self, visit: Visit) -> str:
        day = local_day(visit.visited_at)
        erased = visit.resident.erased_at is not None  # nobody is to learn a sensitive category any more
        open_then = [record for record in self.records[visit.resident_id] if record.span.holds(record, day)]
        labels = [
            record.category.public_label
            if erased
            else self.disclosure.category(
                record.category, Accountable(record.building_id, self.posts.get(record.pk, ""))
            )
            for record in open_then
        ]
        return "、".join(dict.fromkeys(labels))

    def private(self, text: str) -> str:
        """Return a visitor's text, hidden except in a full report for the office."""
        return text if self.is_full and self.reads_names else "（已隐藏）" if text else ""


class Ledger(Report):
    columns = tuple(LedgerResource.fields[name].column_name for name in SHOWN)
    no_rows = "这个月没有走访记录。"
    may_come_back = True

    def __init__(self, asked: ReportRequest) -> None:
        super().__init__(asked)
        self.resource = LedgerResource(viewer=asked.viewer, is_full=asked.is_full)

    def _visits(self) -> QuerySet[Visit]:
        begins, ends = midnight(self.asked.first_on), midnight(self.asked.last_on + timedelta(days=1))
        visits = Visit.objects.within(self.scope).filter(visited_at__gte=begins, visited_at__lt=ends)
        visits = visits.filter(community=self.asked.place.community_id)  # the index begins with it
        return self.resource.filter_export(visits)

    def count(self) -> int:
        return self._visits().count()

    def rows(self) -> Iterator[Row]:
        for visit in self.resource.iter_queryset(self._visits()):
            yield self.resource.export_resource(visit, SHOWN)

    def summary(self, rows: Sequence[Row]) -> str:
        seen = sum(row[SHOWN.index("seen")] is True for row in rows)
        people = "" if not rows else f"，见到本人 {seen} 次"
        return f"共 {len(rows)} 次走访{people}"
