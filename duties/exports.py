"""The list of duties as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from baibuting.common.days import local_day
from baibuting.common.tabular.marks import NOT_A_ROSTER
from buildings.exporting import Column
from duties.choices import Outcome
from duties.kinds import kind_of, related_rows
from duties.models import Duty
from duties.rows import DutyRow, duty_rows
from duties.visibility import disclosure_for
from residents.exports import PeopleResource


class DutyResource(PeopleResource):
    """One row per duty, with its state now."""

    title = "责任清单"
    note = NOT_A_ROSTER  # imported as a roster of care it would reopen ended records
    sensitive = ("对象", "住址")
    due_on = Column("应办日期", "due_on")
    home_ = Column("住址")
    person = Column("对象")
    category = Column("类别")
    kind = Column("种类")
    post = Column("责任岗位")
    holder = Column("责任人")
    status = Column("状态")
    rung = Column("已到级别")
    done_on = Column("完成日期")

    def filter_export(self, queryset: Any, **options: Any) -> QuerySet[Any]:
        rows = super().filter_export(queryset, **options)
        return rows.select_related(
            "place__parent__parent", "category", "care_record__resident__household", *related_rows()
        )

    def prepare(self, rows: Sequence[Duty]) -> None:
        disclosure = disclosure_for(self.viewer, {row.accountable for row in rows})
        shown = duty_rows(rows, disclosure, self.now)
        self.shown: dict[int, DutyRow] = {row.duty.pk: row for row in shown}

    def dehydrate_home_(self, duty: Duty) -> str:
        return self.shown[duty.pk].address if self.is_full else duty.place.full_name

    def dehydrate_person(self, duty: Duty) -> str:
        resident = kind_of(duty).resident(duty)
        return self.name(resident.name) if resident else ""

    def dehydrate_category(self, duty: Duty) -> str:
        return self.shown[duty.pk].category

    def dehydrate_kind(self, duty: Duty) -> str:
        return kind_of(duty).label

    def dehydrate_post(self, duty: Duty) -> str:
        return self.shown[duty.pk].post_label

    def dehydrate_holder(self, duty: Duty) -> str:
        return self.shown[duty.pk].holder or "空缺"

    def dehydrate_status(self, duty: Duty) -> str:
        return self.shown[duty.pk].status

    def dehydrate_rung(self, duty: Duty) -> str:
        return self.shown[duty.pk].rung_label

    def dehydrate_done_on(self, duty: Duty) -> Any:
        done = duty.outcome in (Outcome.IN_TIME, Outcome.LATE) and duty.done_at
        return local_day(duty.done_at) if done and duty.done_at else None
