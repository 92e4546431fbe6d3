"""Residents: who lives where, masked until revealed, with their care records and visits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.admin.audit import trail_rows
from adminkit.lists import WordFilter
from adminkit.reveal import RevealPage
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.masking import mask_phone
from buildings.admin_base import BuildingFilter, ObjectPage, PrecinctFilter, QuarterFilter
from buildings.choices import Level
from buildings.exporting import ExportsScoped
from buildings.models import Place
from buildings.selectors import TREE_ORDER
from buildings.viewer import viewer_of
from cadres.ladder import Accountable
from duties.visibility import disclosure_for
from residents.admin_base import CategoryFilter, PreparedAdmin
from residents.choices import LeftReason
from residents.doubles import doubles_of
from residents.gaps import PERSON_GAPS
from residents.keeping import past_keeping
from residents.models import CareRecord, Household, Resident
from residents.selectors import address_key, death_known
from residents.services import household_get_or_create, resident_change, resident_create
from visits.admin.erasure import ErasePage
from visits.exports import ResidentResource
from visits.forms import LeaveForm, RelocateForm, ResidentAddForm, ResidentForm, ReturnForm, person_label
from visits.models import Visit
from visits.selectors import audit_of_person, record_posts
from visits.services import care_record_start, resident_leave, resident_relocate, resident_return

SEALED = ("id_number", "document_number", "phone", "outside_address", "notes")
DETAILS = ("name", "gender", "born_on", "document_kind", *SEALED)


class ResidentReveal(RevealPage):
    fields = SEALED


class SeenByPage(ObjectPage):
    """谁看过此人: every reveal, change and export of this person, their records and their visits."""

    name, label, only_looks = "seen-by", "谁看过此人", True
    template = "admin/trail.html"

    def context(self, request: HttpRequest, obj: Resident) -> dict[str, Any]:
        return {"events": trail_rows(audit_of_person(obj).select_related("user")[:200])}


class RelocatePage(ObjectPage):
    name, label, submit_label = "relocate", "迁居", "确认迁居"
    explanation = (
        "在本社区内换了住处时办理：未办结的责任随人转到新楼栋，办结的留在原处。迁出社区的请办理“迁出/去世”。"
    )

    def applies(self, request: HttpRequest, obj: Resident) -> bool:
        return obj.left_on is None

    def form(self, request: HttpRequest, obj: Resident, data: Any = None) -> forms.Form:
        own = buildings_of(request).filter(community=obj.community_id)
        return RelocateForm(data, buildings=own)

    def submit(self, request: HttpRequest, obj: Resident, form: Any) -> str:
        household = household_get_or_create(**form.cleaned_data)
        resident_relocate(resident=obj, to_household=household, now=viewer_of(request).now)
        return f"{obj.name}已迁到{household.building.full_name} {household.short}。"


class LeavePage(ObjectPage):
    name, label, submit_label, is_danger = "leave", "迁出/去世", "确认办理", True
    form_class = LeaveForm
    audits_itself = True
    explanation = (
        "此人迁出本社区或已去世时办理：全部必访记录从这一天起终止，未办结的责任随之结束，走访责任人会收到告知；"
        "以前的记录和走访都保留。"
    )

    def applies(self, request: HttpRequest, obj: Resident) -> bool:
        return obj.left_on is None or obj.left_reason == LeftReason.UNSTATED

    def initial(self, request: HttpRequest, obj: Resident) -> dict[str, Any]:
        return {"left_on": obj.left_on or viewer_of(request).today}

    def submit(self, request: HttpRequest, obj: Resident, form: Any) -> str:
        ended = resident_leave(
            resident=obj, now=viewer_of(request).now, user=viewer_of(request).user, **form.cleaned_data
        )
        return f"已登记，随之终止必访记录 {len(ended)} 条。"


class ReturnPage(ObjectPage):
    name, label, submit_label = "return", "登记有误或搬回", "确认办理"
    form_class = ReturnForm
    audits_itself = True
    explanation = "离开登记错了，或迁出的人又搬回来时办理。去世登记错了请选“登记有误”。"

    def applies(self, request: HttpRequest, obj: Resident) -> bool:
        return obj.left_on is not None or death_known(obj) is not None

    def submit(self, request: HttpRequest, obj: Resident, form: Any) -> str:
        opened = resident_return(
            resident=obj,
            was_mistake=form.cleaned_data["was_mistake"] == "yes",
            now=viewer_of(request).now,
            user=viewer_of(request).user,
        )
        return f"已更正，恢复在册的必访记录 {len(opened)} 条。"


class ResidentCategoryFilter(CategoryFilter):
    """Residents with an open record of a category."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        if not value.isdecimal():
            return queryset.none()
        records = CareRecord.objects.unscoped("a condition on rows that are scoped themselves").filter(
            resident=OuterRef("pk"), category=int(value), ended_on=None
        )
        return queryset.filter(Exists(records))


class GapFilter(WordFilter):
    title, parameter_name = "缺漏", "gap"
    words = tuple((code, label) for code, (label, _) in PERSON_GAPS.items())

    def condition(self, word: str) -> Q:
        return PERSON_GAPS[word][1]


class LivingFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = (("living", "在住"), ("left", "已离开"), ("kept", "保存期已满"))

    def condition(self, word: str) -> Q:
        if word == "kept":
            return past_keeping(timezone.now())
        return Q(left_on=None) if word == "living" else Q(left_on__isnull=False)


def buildings_of(request: HttpRequest) -> QuerySet[Place]:
    """Return the buildings where people can be registered."""
    places = Place.objects.within(viewer_of(request).scope.writable()).active().filter(level=Level.BUILDING)
    return places.select_related("parent__parent").order_by(*TREE_ORDER)


@admin.register(Resident)
class ResidentAdmin(ExportsScoped, PreparedAdmin):
    resource_class = ResidentResource
    form = ResidentForm
    list_display = [
        "listed_name",
        "address",
        "gender",
        "shown_age",
        "shown_phone",
        "shown_categories",
        "shown_left",
    ]
    list_filter = [
        ResidentCategoryFilter,
        QuarterFilter,
        PrecinctFilter,
        BuildingFilter,
        LivingFilter,
        GapFilter,
    ]
    search_fields = ["name"]
    name_search = [""]
    search_help_text = "姓名或拼音首字母，如：zxy"
    sortable_by = ("listed_name", "address", "shown_age")
    object_pages = [RelocatePage, LeavePage, ReturnPage, ResidentReveal, SeenByPage, ErasePage]
    empty_hint = "可以逐个新增，也可以导入必访对象台账。"
    change_form_template = "admin/visits/resident_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        open_records = (
            CareRecord.objects.unscoped("they follow a resident in the scope")
            .filter(ended_on=None)
            .select_related("category")
        )
        return (
            super()
            .get_queryset(request)
            .filter(erased_at=None)
            .select_related("household__building__parent__parent")
            .prefetch_related(Prefetch("care_records", open_records, to_attr="open_records"))
        )

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        today = viewer_of(request).today
        records = [record for row in rows for record in row.open_records]
        posts = record_posts(records, today)
        disclosure = disclosure_for(viewer_of(request), {record.building_id for record in records})
        for row in rows:
            row.category_labels = [
                disclosure.category(
                    record.category, Accountable(record.building_id, posts.get(record.pk, ""))
                )
                for record in row.open_records
            ]
            row.today = today

    # --- fields -----------------------------------------------------------------------------------------------------
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        if obj is None:
            options["form"] = ResidentAddForm
        return super().get_form(request, obj, change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        where = ["building", "entrance", "room"] if obj is None else ["address"]
        gone = ["shown_left"] if obj is not None and obj.left_on else []
        return [
            (None, {"fields": [*where, "name", "gender", "born_on", *gone]}),
            (
                "保密内容",
                {
                    "fields": [
                        "id_number",
                        "document_kind",
                        "document_number",
                        "phone",
                        "outside_address",
                        "notes",
                    ],
                    "description": "保存后只显示部分；要看全部，请用“查看完整信息”。"
                    if obj
                    else "保存后只显示部分。",
                },
            ),
            *([] if obj else [("五必访", {"fields": ["categories", "started_on", "is_somebody_else"]})]),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["address", "shown_left"] if obj else []

    def buildings(self, request: HttpRequest) -> QuerySet[Place]:
        """Return the buildings offered by the form of a new resident."""
        return buildings_of(request)

    # --- writes -----------------------------------------------------------------------------------------------------
    def create_with(self, request: HttpRequest, form: Any) -> Resident:
        typed = form.cleaned_data
        household = household_get_or_create(
            building=typed["building"], entrance=typed["entrance"], room=typed["room"]
        )
        details = {name: typed[name] for name in DETAILS}
        resident = resident_create(household=household, now=viewer_of(request).now, **details)
        if not typed["is_somebody_else"]:
            self._ask_about_doubles(request, form, resident)
        resident.records_started = [  # type: ignore[attr-defined]
            care_record_start(
                resident=resident,
                category=category,
                started_on=typed["started_on"],
                now=viewer_of(request).now,
            )
            for category in typed["categories"]
        ]
        return resident

    def _ask_about_doubles(self, request: HttpRequest, form: Any, resident: Resident) -> None:
        """Raise ValidationError, which takes the new row back, where somebody of the scope may be the same person."""
        found = doubles_of(resident, viewer_of(request).scope)
        if found:
            form.ask_whether_somebody_else()
            listed = format_html_join(
                "、",
                '<a href="{}">{}</a>（{}）',
                ((self.object_url(pair.first), person_label(pair.first), pair.reason) for pair in found),
            )
            raise ValidationError(
                format_html(
                    "可能已经登记过：{}。是同一个人的，请打开那一条办理；确是另一个人的，请勾选最下面的“确是另一个人”再保存。",
                    listed,
                )
            )

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record the new resident, and each care record that the form has started."""
        super().log_addition(request, obj, message)
        for record in getattr(obj, "records_started", ()):
            audit_event_record(
                now=viewer_of(request).now,
                user=viewer_of(request).user,
                action=Action.CREATE,
                object_type=record._meta.label_lower,
                object_id=str(record.pk),
                community_id=record.community_id,
                fields=["category", "started_on"],
            )

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        typed = super().get_changeform_initial_data(request)
        asked = str(typed.pop("household", ""))
        flats = Household.objects.within(viewer_of(request).scope.writable())
        flat = flats.filter(pk=asked).first() if asked.isdecimal() else None
        known = {"building": flat.building_id, "entrance": flat.entrance, "room": flat.room} if flat else {}
        return {"started_on": viewer_of(request).today, **known, **typed}

    def change_with(self, request: HttpRequest, obj: Resident, form: Any) -> Resident:
        return resident_change(resident=obj, **form.cleaned_data)

    def list_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        own = (
            [{"url": reverse("visits:doubles"), "label": "重复登记"}]
            if self.has_change_permission(request)
            else []
        )
        return super().list_tools(request) + own

    # --- words ------------------------------------------------------------------------------------------------------
    def shown_name(self, obj: Resident) -> str:
        return obj.name

    def picker_label(self, obj: Resident) -> str:
        return person_label(obj)

    def object_page_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        buttons = super().object_page_buttons(request, obj)
        query = f"?resident={obj.pk}"
        enrol = {
            "url": reverse("admin:residents_carerecord_add") + query,
            "label": "纳入必访",
            "is_main": not obj.open_records,
        }
        return [
            *([enrol] if obj.left_on is None else []),
            {"url": reverse("admin:visits_visit_add") + query, "label": "登记走访", "is_main": bool(obj.open_records)},
            *buttons,
        ]  # fmt: skip

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> Any:
        resident = context.get("original")
        if resident is not None:
            context["records"] = self._records(request, resident)
            own = Visit.objects.within(viewer_of(request).scope).filter(resident=resident)
            visits = own.select_related("visitor").order_by("-visited_at", "-id")
            context["visits"] = visits[:10]
        return super().render_change_form(request, context, *args, **options)

    def _records(self, request: HttpRequest, resident: Resident) -> list[dict[str, Any]]:
        today = viewer_of(request).today
        own = CareRecord.objects.within(viewer_of(request).scope).filter(resident=resident)
        records = list(own.select_related("category").order_by("-started_on", "-id"))
        posts = record_posts(records, today)
        disclosure = disclosure_for(viewer_of(request), {record.building_id for record in records})
        return [
            {
                "record": record,
                "category": disclosure.category(
                    record.category, Accountable(record.building_id, posts.get(record.pk, ""))
                ),
            }
            for record in records
        ]

    @admin.display(description="姓名", ordering="name_initials")
    def listed_name(self, resident: Resident) -> str:
        return resident.name

    @admin.display(description="住址", ordering=address_key("household__building", "household"))
    def address(self, resident: Resident) -> str:
        return f"{resident.household.building.full_name} {resident.household.short}"

    @admin.display(description="离开")
    def shown_left(self, resident: Resident) -> str:
        if resident.left_on is None:
            return "—"
        return f"{resident.left_on:%Y-%m-%d} {resident.get_left_reason_display()}"

    @admin.display(description="年龄", ordering="-born_on")
    def shown_age(self, resident: Any) -> str:
        return f"{_age(resident.born_on, resident.today)} 岁" if resident.born_on else "—"

    @admin.display(description="联系电话")
    def shown_phone(self, resident: Resident) -> str:
        return mask_phone(resident.phone) or "—"

    @admin.display(description="必访类别")
    def shown_categories(self, resident: Any) -> SafeString | str:
        return "、".join(resident.category_labels) or "—"


def _age(born_on: date, today: date) -> int:
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
