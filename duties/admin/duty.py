"""Duties as staff look for them; a duty's own page is its story, the same for every viewer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from adminkit.base import PortalAdmin, PortalChangeList
from adminkit.lists import WordFilter, chip
from adminkit.ticks import BulkPage
from baibuting.common.list_sorting import SORT, Sorting
from buildings.admin_base import BuildingFilter, PrecinctFilter, QuarterFilter, ScopedAdmin
from buildings.exporting import ExportsScoped
from buildings.viewer import viewer_of
from cadres.forms import CoverForm
from cadres.ladder import Ladder
from cadres.models import Appointment, Cadre
from cadres.services import cover_start
from duties.as_of import AsOf
from duties.choices import Rung, kind_choices
from duties.exports import DutyResource
from duties.filters import STATES, family_asked, family_choices, rung_condition, state_condition
from duties.kinds import related_rows
from duties.models import Duty
from duties.rows import (
    BY_PERSON,
    DutyRow,
    PersonRow,
    by_person,
    duties_counted,
    duties_of_people,
    person_rows,
)
from duties.visibility import disclosure_for
from residents.admin_base import CategoryFilter


class StateFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = STATES
    default = "running"

    def condition(self, word: str) -> Any:
        return state_condition(word, AsOf.now(timezone.now()))


class RungFilter(WordFilter):
    title, parameter_name = "已到级别", "rung"
    words = tuple((str(value), label) for value, label in Rung.choices)

    def condition(self, word: str) -> Any:
        return rung_condition(word)


class FamilyFilter(WordFilter):
    title, parameter_name = "大类", "family"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return family_choices()

    def condition(self, word: str) -> Any:
        return family_asked(word)


class KindFilter(WordFilter):
    title, parameter_name = "种类", "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return kind_choices()

    def condition(self, word: str) -> Any:
        return Q(kind=word)


class AssignBulk(BulkPage):
    """Somebody else answers for some days for the posts behind the ticked duties."""

    name, label, submit_label = "assign", "派给", "派给代管人"
    form_class, unit, done_label = CoverForm, "个", "已派给代管人的岗位"
    explanation = "派给一个人，就是请他代管这些责任的责任岗位：从开始到结束日期，这些岗位的全部责任、提醒和督办都由他办，期满自动恢复。"

    def allowed(self, request: HttpRequest) -> bool:
        return request.user.has_perm("cadres.change_appointment")

    def items(self, request: HttpRequest, rows: Sequence[Any]) -> Iterable[Appointment | Duty]:
        """Return the appointments accountable today, each once; a duty whose post is vacant stands for itself."""
        today = viewer_of(request).today
        ladder = Ladder.load({duty.accountable for duty in rows})
        holders = [ladder.answering(duty.accountable, 0, today) for duty in rows]
        appointments = Appointment.objects.within(viewer_of(request).scope.writable()).select_related(
            "cadre", "place__parent__parent"
        )
        held = appointments.in_bulk([holder.appointment_id for holder in holders if holder])
        found: dict[tuple[str, int], Appointment | Duty] = {}
        for duty, holder in zip(rows, holders, strict=True):
            appointment = held.get(holder.appointment_id) if holder else None
            one: Appointment | Duty = appointment or duty
            found[one._meta.label_lower, one.pk] = one
        return found.values()

    def item_label(self, item: Any) -> str:
        if isinstance(item, Appointment):
            return f"{item.place.full_name} {item.get_post_display()} {item.cadre.name}"
        return f"{item.place.full_name} {item.get_accountable_post_display()}"

    def why_not(self, request: HttpRequest, item: Any) -> str:
        return "岗位空缺，没有可以代管的任职；请先补任。" if isinstance(item, Duty) else ""

    def form(self, request: HttpRequest, items: Sequence[Any], data: Any = None) -> forms.Form:
        inside = Cadre.objects.within(viewer_of(request).scope.writable())
        cadres = inside.filter(community__in={item.place.community_id for item in items})
        return CoverForm(data, initial={"from_on": viewer_of(request).today}, cadres=cadres)

    def apply(self, request: HttpRequest, item: Any, form: Any) -> None:
        cover_start(appointment=item, **form.cleaned_data)

    def audit(self, request: HttpRequest, item: Any, fields: Sequence[str]) -> None:
        appointments = cast("PortalAdmin", self.admin.admin_site.get_model_admin(Appointment))
        appointments.audit_change(request, item, ["cover", *fields[1:]])


class PeopleChangeList(PortalChangeList):
    """A page of people, each one row with all that is owed to them; `queryset` stays the duties, which are exported."""

    def get_results(self, request: HttpRequest) -> None:
        duties: Any = self.queryset
        counted = duties_counted(duties)
        self.queryset = by_person(duties, self._asked_order())  # type: ignore[assignment]
        super().get_results(request)
        self.queryset = duties
        self.duties, self.alone = counted["total"], counted["alone"]
        self.people = counted["rows"] - self.alone
        shown = duties_of_people(duties, list(self.result_list))
        self.result_list: Any = self.model_admin.rows_by_person(request, shown)  # type: ignore[attr-defined]

    def _asked_order(self) -> list[Any]:
        """Return the order of people that the address asks for, in words of `duties.rows.by_person`."""
        order: list[Any] = []
        for column, direction in self.get_ordering_field_columns().items():
            word = ("-" if direction == "desc" else "") + str(self.list_display[int(column)])
            order += Sorting(BY_PERSON, QueryDict(f"{SORT}={word}")).order()
        return order


@admin.register(Duty)
class DutyAdmin(ExportsScoped, ScopedAdmin):
    """Read-only, by person: a duty changes when the facts behind it do. Exports have a row a duty."""

    resource_class = DutyResource
    can_add = can_change = False
    bulk_pages = [AssignBulk]
    list_display = ["address", "shown_person", "shown_category", "due_on", "days", "shown_rung", "holder"]
    list_filter = [
        StateFilter,
        RungFilter,
        CategoryFilter,
        FamilyFilter,
        KindFilter,
        QuarterFilter,
        PrecinctFilter,
        BuildingFilter,
    ]
    search_fields = ["care_record__resident__name"]
    name_search = ["care_record__resident__"]
    search_help_text = "姓名或拼音首字母，如：zxy"
    sortable_by = tuple(BY_PERSON)
    ordering = ["due_at", "pk"]
    empty_hint = "登记必访对象或必到事件后，责任会自动建立。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related(
                "place__parent__parent", "category", "care_record__resident__household", *related_rows()
            )
        )

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return PeopleChangeList

    def rows_by_person(self, request: HttpRequest, duties: Sequence[Duty]) -> list[Any]:
        """Return the first duty of each person, in order, with the person's row as `shown`."""
        viewer = viewer_of(request)
        disclosure = disclosure_for(viewer, {duty.accountable for duty in duties})
        rows: list[Any] = []
        for shown in person_rows(duties, disclosure, viewer.now):
            row: Any = shown.first.duty
            row.shown, row.now = shown, viewer.now
            rows.append(row)
        return rows

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not object_id.isdecimal() or request.method != "GET":
            raise Http404
        return HttpResponseRedirect(reverse("duties:duty", args=[object_id]))

    @admin.display(description="地址", ordering="place__sort_path")
    def address(self, duty: Any) -> SafeString:
        url = reverse("duties:duty", args=[duty.pk])
        return format_html('<a href="{}">{}</a>', url, duty.shown.first.address)

    @admin.display(description="对象")
    def shown_person(self, duty: Any) -> str:
        return duty.shown.first.person or "—"

    @admin.display(description="类别")
    def shown_category(self, duty: Any) -> SafeString:
        shown: PersonRow = duty.shown
        return format_html(
            '{}<span class="quiet"> {}</span>', "、".join(shown.categories), shown.first.remark
        )

    @admin.display(description="状态")
    def days(self, duty: Any) -> SafeString:
        return render_to_string("duties/states.html", {"person": duty.shown, "now": duty.now})

    @admin.display(description="已到级别")
    def shown_rung(self, duty: Any) -> str:
        return duty.shown.first.rung_label or "—"

    @admin.display(description="责任人")
    def holder(self, duty: Any) -> SafeString:
        row: DutyRow = duty.shown.first
        return format_html("{} {}", row.post_label, row.holder or chip("nobody", "缺"))
