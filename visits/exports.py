"""The lists of people and visits as workbooks, laid out as they are imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from baibuting.common.days import SHANGHAI, local_day
from buildings.exporting import Column
from cadres.ladder import Accountable
from duties.selectors import Disclosure
from duties.visibility import disclosure_for
from residents.exports import PeopleResource
from residents.models import CareRecord, Resident
from visits.models import Visit
from visits.sameness import to_the_minute
from visits.selectors import last_visits, record_posts


class ResidentResource(PeopleResource):
    """One row per resident."""

    title = "居民名册"
    sensitive = ("姓名", "出生日期", "身份证号", "其他证件号码", "联系电话", "住址", "社区外住址", "备注")
    name_ = Column("姓名")
    gender = Column("性别")
    born_on = Column("出生日期")
    id_number_ = Column("身份证号")
    document_kind = Column("证件类型")
    document_number_ = Column("其他证件号码")
    phone_ = Column("联系电话")
    home_ = Column("住址")
    outside_address = Column("社区外住址")
    notes = Column("备注")
    left_on = Column("离开日期", "left_on")
    left_reason = Column("离开原因")

    def filter_export(self, queryset: Any, **options: Any) -> QuerySet[Any]:
        rows = super().filter_export(queryset, **options).filter(erased_at=None)
        return rows.select_related("household__building__parent__parent")

    def dehydrate_name_(self, resident: Resident) -> str:
        return self.name(resident.name)

    def dehydrate_gender(self, resident: Resident) -> str:
        return resident.get_gender_display() if resident.gender else ""

    def dehydrate_born_on(self, resident: Resident) -> Any:
        if resident.born_on is None or self.is_full:
            return resident.born_on
        return f"{resident.born_on.year}年"

    def dehydrate_id_number_(self, resident: Resident) -> str:
        return self.id_number(resident.id_number)

    def dehydrate_document_kind(self, resident: Resident) -> str:
        return resident.get_document_kind_display() if resident.document_kind else ""

    def dehydrate_document_number_(self, resident: Resident) -> str:
        return self.id_number(resident.document_number)

    def dehydrate_phone_(self, resident: Resident) -> str:
        return self.phone(resident.phone)

    def dehydrate_home_(self, resident: Resident) -> str:
        return self.home(resident.household)

    def dehydrate_outside_address(self, resident: Resident) -> str:
        return self.address(resident.outside_address)

    def dehydrate_left_reason(self, resident: Resident) -> str:
        return resident.get_left_reason_display()

    def dehydrate_notes(self, resident: Resident) -> str:
        return self.private(resident.notes)


class CareResource(PeopleResource):
    """One row per care record. A sensitive category is named only to users accountable for the person."""

    title = "五必访对象台账"
    sensitive = ("姓名", "身份证号", "联系电话", "住址", "备注")
    name_ = Column("姓名")
    gender = Column("性别")
    id_number_ = Column("身份证号")
    phone_ = Column("联系电话")
    home_ = Column("住址")
    category = Column("对象类别")
    started_on = Column("纳入日期", "started_on")
    ended_on = Column("终止日期", "ended_on")
    end_reason = Column("终止原因")
    notes = Column("备注")
    last_seen = Column("最近见到")

    def filter_export(self, queryset: Any, **options: Any) -> QuerySet[Any]:
        """Return records of people who live in the scope; others are on the roster of the place they moved to."""
        living = Resident.objects.within(self.scope).filter(erased_at=None).values("pk")
        rows = super().filter_export(queryset, **options).filter(resident__in=living)
        return rows.select_related("category", "resident__household__building__parent__parent")

    def prepare(self, rows: Sequence[CareRecord]) -> None:
        self.posts, self.visits = record_posts(rows, self.today), last_visits(rows)
        self.disclosure: Disclosure = disclosure_for(self.viewer, {row.building_id for row in rows})

    def dehydrate_name_(self, record: CareRecord) -> str:
        return self.name(record.resident.name)

    def dehydrate_gender(self, record: CareRecord) -> str:
        return record.resident.get_gender_display() if record.resident.gender else ""

    def dehydrate_id_number_(self, record: CareRecord) -> str:
        return self.id_number(record.resident.id_number)

    def dehydrate_phone_(self, record: CareRecord) -> str:
        return self.phone(record.resident.phone)

    def dehydrate_home_(self, record: CareRecord) -> str:
        return self.home(record.resident.household)

    def dehydrate_category(self, record: CareRecord) -> str:
        return self.disclosure.category(
            record.category, Accountable(record.building_id, self.posts.get(record.pk, ""))
        )

    def dehydrate_end_reason(self, record: CareRecord) -> str:
        return record.get_end_reason_display() if record.end_reason else ""

    def dehydrate_notes(self, record: CareRecord) -> str:
        return self.private(record.notes)

    def dehydrate_last_seen(self, record: CareRecord) -> Any:
        visit = self.visits.get(record.resident_id)
        return local_day(visit.visited_at) if visit else None


class VisitResource(PeopleResource):
    """One row per visit."""

    title = "走访记录"
    sensitive = ("走访对象", "住址", "情况记录", "诉求")
    visited_on = Column("走访日期")
    visited_time = Column("时刻")
    visitor = Column("走访人")
    visitor_post = Column("走访人职务")
    person = Column("走访对象")
    home_ = Column("住址")
    method = Column("走访方式")
    seen = Column("是否见到本人")
    notes = Column("情况记录")
    wish = Column("诉求")
    origin = Column("录入方式")
    voided = Column("作废原因")

    def filter_export(self, queryset: Any, **options: Any) -> QuerySet[Any]:
        rows = super().filter_export(queryset, **options)
        return rows.select_related(
            "visitor", "building__parent__parent", "resident__household__building__parent__parent"
        )

    def dehydrate_visited_on(self, visit: Visit) -> Any:
        return local_day(visit.visited_at)

    def dehydrate_visited_time(self, visit: Visit) -> Any:
        return to_the_minute(visit.visited_at).astimezone(SHANGHAI).time() if visit.has_time else None

    def dehydrate_visitor(self, visit: Visit) -> str:
        return visit.visitor_shown

    def dehydrate_visitor_post(self, visit: Visit) -> str:
        return visit.get_visitor_post_display() if visit.visitor_post else ""

    def dehydrate_person(self, visit: Visit) -> str:
        return self.name(visit.resident.name)

    def dehydrate_home_(self, visit: Visit) -> str:
        return self.home(visit.resident.household, visit.building)

    def dehydrate_method(self, visit: Visit) -> str:
        return visit.get_method_display()

    def dehydrate_seen(self, visit: Visit) -> bool:
        return visit.seen

    def dehydrate_notes(self, visit: Visit) -> str:
        return self.private(visit.notes)

    def dehydrate_wish(self, visit: Visit) -> str:
        return self.private(visit.request)

    def dehydrate_origin(self, visit: Visit) -> str:
        return visit.get_origin_display()

    def dehydrate_voided(self, visit: Visit) -> str:
        return self.private(visit.void_reason)
