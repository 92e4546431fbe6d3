"""Care records: who must be visited, since when, and their state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from adminkit.lists import WordFilter, chip, hidden
from adminkit.reveal import RevealPage
from adminkit.ticks import BulkPage
from baibuting.common.days import local_day
from buildings.admin_base import BuildingFilter, ObjectPage, PrecinctFilter, QuarterFilter
from buildings.exporting import ExportsScoped
from buildings.viewer import viewer_of
from cadres.choices import Post
from cadres.ladder import Accountable
from duties.choices import RUNNING
from duties.models import Duty
from duties.rows import duties_listed, duty_rows
from duties.selectors import Disclosure
from duties.story import status_label
from duties.visibility import disclosure_for
from residents.admin_base import CategoryFilter, PreparedAdmin
from residents.choices import EndReason, LeftReason
from residents.forms import hidden_text
from residents.models import CareRecord, Resident
from residents.selectors import address_key
from visits.exports import CareResource
from visits.forms import CareRecordForm, CorrectRecordForm, EndRecordForm, PersonChoiceField
from visits.models import Visit
from visits.selectors import flat_address, last_visits, never_seen, record_posts
from visits.services import care_record_correct, care_record_end, care_record_start, resident_leave

# a person who has died or moved away is no 必访对象 of any category
LEFT_BY = {EndReason.DIED.value: LeftReason.DIED, EndReason.MOVED.value: LeftReason.MOVED}


class EndPage(ObjectPage):
    name, label, submit_label, is_danger = "end", "终止", "确认终止", True
    form_class = EndRecordForm
    renamed = {"left_on": "ended_on", "reason": "end_reason"}
    explanation = "情况好转、搬离、去世等不再需要走访时办理。未办结的责任随之结束，办过的都保留。"

    def applies(self, request: HttpRequest, obj: CareRecord) -> bool:
        return obj.ended_on is None

    def initial(self, request: HttpRequest, obj: CareRecord) -> dict[str, Any]:
        return {"ended_on": viewer_of(request).today}

    def submit(self, request: HttpRequest, obj: CareRecord, form: Any) -> str:
        ended_on, reason = form.cleaned_data["ended_on"], form.cleaned_data["end_reason"]
        left = LEFT_BY.get(reason)
        if left is None:
            care_record_end(care_record=obj, ended_on=ended_on, end_reason=reason, now=viewer_of(request).now)
            return "这条必访记录已终止。"
        ended = resident_leave(
            resident=obj.resident,
            left_on=ended_on,
            reason=left,
            now=viewer_of(request).now,
            user=viewer_of(request).user,
        )
        return f"此人已登记{LeftReason(left).label}，随之终止必访记录 {len(ended)} 条。"


class EndBulk(BulkPage):
    name, label, submit_label, is_danger = EndPage.name, EndPage.label, "确认终止", True
    form_class, done_label = EndRecordForm, "已终止"
    explanation = f"{EndPage.explanation}选“去世”或“搬离”时，此人的全部必访记录一并终止。"

    def why_not(self, request: HttpRequest, item: CareRecord) -> str:
        return f"{item.ended_on:%Y-%m-%d} 已经终止。" if item.ended_on else ""

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        return {"ended_on": viewer_of(request).today}

    def apply(self, request: HttpRequest, item: CareRecord, form: Any) -> None:
        item.refresh_from_db(fields=["ended_on"])
        if item.ended_on is None:  # a record of the same person may have taken this one with it
            EndPage(self.admin).submit(request, item, form)


class CorrectPage(ObjectPage):
    name, label, submit_label = "correct", "更正", "保存更正"
    explanation = (
        "日期登记错了，或误终止需要恢复时办理。责任按更正后的日期重新推算，不再成立的轮次作废并留痕。"
    )

    def form(self, request: HttpRequest, obj: CareRecord, data: Any = None) -> forms.Form:
        initial = {
            "started_on": obj.started_on,
            "ended_on": obj.ended_on,
            "end_reason": obj.end_reason,
            "notes": hidden_text("有" if obj.__dict__.get("notes") else ""),
        }
        return CorrectRecordForm(data, initial=initial)

    def submit(self, request: HttpRequest, obj: CareRecord, form: Any) -> str:
        typed = dict(form.cleaned_data)
        if "notes" not in form.changed_data:
            typed["notes"] = None
        care_record_correct(care_record=obj, now=viewer_of(request).now, **typed)
        return "已更正，责任已按新的日期重新推算。"


class RecordReveal(RevealPage):
    label = "查看备注"
    fields = ("notes",)


class OpenFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = (("open", "在册"), ("ended", "已终止"))
    default = "open"

    def condition(self, word: str) -> Q:
        return Q(ended_on=None) if word == "open" else Q(ended_on__isnull=False)


class SeenFilter(WordFilter):
    title, parameter_name = "见到", "seen"
    words = (("never", "从未见到"),)

    def condition(self, word: str) -> Any:
        return never_seen()


@admin.register(CareRecord)
class CareRecordAdmin(ExportsScoped, PreparedAdmin):
    resource_class = CareResource
    form = CareRecordForm
    fixed = True
    list_display = [
        "shown_person",
        "address",
        "shown_category",
        "started_on",
        "last_seen",
        "standing",
        "shown_end",
    ]
    list_filter = [OpenFilter, CategoryFilter, QuarterFilter, PrecinctFilter, BuildingFilter, SeenFilter]
    search_fields = ["resident__name"]
    name_search = ["resident__"]
    search_help_text = "姓名或拼音首字母，如：zxy"
    sortable_by = ("address", "started_on")
    ordering = ["building__sort_key", "building", "resident", "pk"]
    autocomplete_fields = ["resident"]
    object_pages = [CorrectPage, RecordReveal, EndPage]
    bulk_pages = [EndBulk]
    empty_hint = "可以在居民的页面上“纳入必访”，也可以导入必访对象台账。"
    change_form_template = "admin/visits/care_record_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        running = (
            Duty.objects.unscoped("running duties of records in the scope: they follow the person")
            .filter(outcome__in=RUNNING)
            .order_by("due_at", "pk")
        )
        return (
            super()
            .get_queryset(request)
            .filter(resident__erased_at=None)
            .select_related("building__parent__parent", "category", "resident__household")
            .prefetch_related(Prefetch("duties", running, to_attr="running_duties"))
        )

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        now = viewer_of(request).now
        today = local_day(now)
        posts, visits = record_posts(rows, today), last_visits(rows)
        disclosure: Disclosure = disclosure_for(viewer_of(request), {row.building_id for row in rows})
        for row in rows:
            post = posts.get(row.pk, "")
            whose = Accountable(row.building_id, post)
            row.person = disclosure.person(row.resident, whose)
            row.category_label = disclosure.category(row.category, whose)
            row.post = post
            row.last_visit = visits.get(row.resident_id)
            row.now = now

    # --- fields -----------------------------------------------------------------------------------------------------
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["resident", "category", "started_on", "notes"]})]
        shown = [
            "shown_person",
            "address",
            "shown_category",
            "started_on",
            "shown_post",
            "last_seen",
            "shown_notes",
        ]
        return [(None, {"fields": [*shown, "shown_end"] if obj.ended_on else shown})]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.remote_field.model is Resident:
            options["form_class"] = PersonChoiceField
        return super().formfield_for_foreignkey(db_field, request, **options)

    def choices_of(self, model: Any, request: HttpRequest) -> QuerySet[Any] | None:
        choices = super().choices_of(model, request)
        if model is Resident and choices is not None:
            return choices.filter(left_on=None).select_related("household__building__parent__parent")
        return choices

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        return {"started_on": viewer_of(request).today, **super().get_changeform_initial_data(request)}

    # --- writes -----------------------------------------------------------------------------------------------------
    def create_with(self, request: HttpRequest, form: Any) -> CareRecord:
        return care_record_start(now=viewer_of(request).now, **form.cleaned_data)

    @property
    def add_label(self) -> str:
        return "纳入必访"

    # --- words ------------------------------------------------------------------------------------------------------
    def shown_name(self, obj: Any) -> str:
        return f"{obj.person}（{obj.category_label}）" if hasattr(obj, "person") else str(obj)

    def object_page_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        resident = reverse("admin:residents_resident_change", args=[obj.resident_id])
        visit = reverse("admin:visits_visit_add") + f"?resident={obj.resident_id}"
        return [
            {"url": visit, "label": "登记走访", "is_main": obj.ended_on is None},
            {"url": resident, "label": "居民资料", "is_main": False},
            *super().object_page_buttons(request, obj),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> Any:
        record = context.get("original")
        if record is not None:
            now = viewer_of(request).now
            duties = (
                Duty.objects.unscoped("narrowed on the next line")
                .filter(care_record=record)
                .order_by("-opened_on", "-pk")
                .values("pk")[:20]
            )
            listed = list(
                duties_listed(viewer_of(request).scope).filter(pk__in=duties).order_by("-opened_on", "-pk")
            )
            disclosure = disclosure_for(viewer_of(request), {duty.accountable for duty in listed})
            context["rows"] = duty_rows(listed, disclosure, now)
            visits = Visit.objects.within(viewer_of(request).scope).filter(resident=record.resident_id)
            context["visits"] = visits.select_related("visitor").order_by("-visited_at", "-id")[:10]
        return super().render_change_form(request, context, *args, **options)

    @admin.display(description="对象")
    def shown_person(self, record: Any) -> str:
        return record.person

    @admin.display(description="住址", ordering=address_key("building", "resident__household"))
    def address(self, record: CareRecord) -> str:
        return flat_address(record.building, record.resident.household)

    @admin.display(description="类别")
    def shown_category(self, record: Any) -> str:
        return record.category_label

    @admin.display(description="责任岗位")
    def shown_post(self, record: Any) -> str:
        return Post(record.post).label if record.post else "—"

    @admin.display(description="最近见到")
    def last_seen(self, record: Any) -> SafeString | str:
        visit = record.last_visit
        if visit is not None:
            return f"{local_day(visit.visited_at):%Y-%m-%d} {visit.get_method_display()}"
        return chip("nobody", "从未见到") if record.ended_on is None else "—"

    @admin.display(description="当前责任")
    def standing(self, record: Any) -> SafeString | str:
        if not record.running_duties:
            return "—"
        duty = record.running_duties[0]
        words = status_label(duty, record.now)
        if duty.outcome == "overdue":
            return chip("overdue", words)
        return chip("today" if words == "今天到期" else "week", words)

    @admin.display(description="终止")
    def shown_end(self, record: CareRecord) -> str:
        if record.ended_on is None:
            return "—"
        return f"{record.ended_on:%Y-%m-%d} {record.get_end_reason_display()}"

    @admin.display(description="备注")
    def shown_notes(self, record: CareRecord) -> str:
        return hidden(record, "notes")
