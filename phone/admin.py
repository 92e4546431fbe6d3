"""Submissions that wait for the office, quick phrases, and when the digest is sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from adminkit.lists import WordFilter, chip
from adminkit.pages import ObjectPage
from adminkit.reveal import RevealPage
from audit.revealing import sealed_reveal
from baibuting.common.days import local_day
from baibuting.common.entry_forms import CorrectedForm
from buildings.admin_base import BuildingFilter, PrecinctFilter, QuarterFilter, ScopedAdmin, SharedAdmin
from buildings.choices import Level
from buildings.viewer import viewer_of
from phone.choices import WAITING, State
from phone.models import DigestPlan, Photo, QuickPhrase, Submission
from phone.office_forms import DropForm
from phone.rules import entry_kinds
from phone.sent import photos_of
from phone.services import (
    digest_plan_set,
    phrase_remove,
    phrase_save,
    submission_drop,
    submission_enter,
    submission_entry,
)
from visits.models import Visit


class WaitingFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = (("waiting", "等待处理"), ("decided", "已处理"), ("stored", "已录入"))
    default = "waiting"

    def condition(self, word: str) -> Q:
        states = {
            "waiting": WAITING,
            "decided": (State.ENTERED, State.DROPPED, State.UNDONE),
            "stored": (State.STORED,),
        }
        return Q(state__in=states[word])


class EnterPage(ObjectPage):
    name, label, submit_label, is_main = "enter", "更正并录入", "录入", True
    explanation = "按纸面或向发送人核实后改正，录入后走访人仍是发送人。写的文字和照片原样保留。"
    renamed = {"visited_on": "day", "visited_time": "clock"}

    def applies(self, request: HttpRequest, obj: Submission) -> bool:
        return obj.state in WAITING and obj.kind in entry_kinds()

    def form(self, request: HttpRequest, obj: Submission, data: Any = None) -> forms.Form:
        if not obj.payload:
            return forms.Form(data)
        entry = submission_entry(submission=obj)
        made_at = timezone.localtime(min(obj.made_at, obj.received_at))
        initial: dict[str, Any] = {"day": local_day(made_at), "clock": made_at.time().replace(second=0)}
        make = entry_kinds()[obj.kind].form
        if make is None:
            return CorrectedForm(data, initial=initial)
        form: forms.Form = make(entry=entry, scope=viewer_of(request).scope, data=data, initial=initial)
        return form

    def submit(self, request: HttpRequest, obj: Submission, form: Any) -> str:
        if not isinstance(form, CorrectedForm):
            raise ValidationError("这一条已经处理过了。")
        now = viewer_of(request).now
        submission_enter(
            submission=obj,
            fields=form.fields_of(),
            made_at=form.moment(now),
            scope=viewer_of(request).scope,
            by=viewer_of(request).user,
            now=now,
        )
        return "已录入。"


class DropPage(ObjectPage):
    name, label, submit_label, is_danger = "drop", "不予录入", "确认不录入", True
    form_class = DropForm
    explanation = "这一条不再录入，内容随即删除，只留下处理记录；发送人在手机上会看到原因。"

    def applies(self, request: HttpRequest, obj: Submission) -> bool:
        return obj.state in WAITING

    def submit(self, request: HttpRequest, obj: Submission, form: Any) -> str:
        submission_drop(
            submission=obj,
            reason=form.cleaned_data["reason"],
            by=viewer_of(request).user,
            now=viewer_of(request).now,
        )
        return "已处理，不予录入。"


class ContentsPage(RevealPage):
    name, label = "reveal", "查看内容"
    fields = ("payload",)

    def submit(self, request: HttpRequest, obj: Submission, form: Any) -> HttpResponse:
        sealed_reveal(
            row=obj,
            fields=["payload"],
            reason=form.cleaned_data["reason"],
            user=viewer_of(request).user,
            now=viewer_of(request).now,
        )
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": self.label,
            "values": _words(request, obj),
            "object_url": self.admin.object_url(obj),
            "shown_name": self.admin.shown_name(obj),
        }
        return TemplateResponse(request, "admin/revealed.html", context)


def _words(request: HttpRequest, submission: Submission) -> list[tuple[str, str]]:
    """Return the kept entry's labels and values; empty where no app knows its kind."""
    kind = entry_kinds().get(submission.kind)
    return kind.words(submission_entry(submission=submission), viewer_of(request).scope) if kind else []


@admin.register(Submission)
class SubmissionAdmin(ScopedAdmin):
    index_position = 10
    fixed = True
    can_add = False
    shown_sealed = ("message", "decision")
    list_display = [
        "shown_kind",
        "shown_place",
        "shown_sender",
        "made_at",
        "received_at",
        "shown_state",
        "message",
    ]
    list_filter = [WaitingFilter, QuarterFilter, PrecinctFilter, BuildingFilter]
    list_select_related = ["place__parent__parent", "sender"]
    sortable_by = ("made_at", "received_at")
    object_pages = [EnterPage, ContentsPage, DropPage]
    empty_hint = "手机发来的走访和报事一般直接录入；内容不全或前后不一的留在这里，由社区办核对。"
    change_form_template = "admin/fact_form.html"
    fields = [
        "shown_kind",
        "shown_place",
        "shown_sender",
        "made_at",
        "received_at",
        "shown_state",
        "message",
        "photo_count",
        "shown_decision",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("place__parent__parent", "sender", "decided_by").annotate(
            pictures=Count("photos")
        )

    def object_page_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        return [
            *_photo_links(Photo.objects.unscoped("of an entry in the scope").filter(submission=obj)),
            *super().object_page_buttons(request, obj),
        ]

    def shown_name(self, obj: Any) -> str:
        return f"{self.shown_kind(obj)} {timezone.localtime(obj.received_at):%Y-%m-%d %H:%M}"

    @admin.display(description="种类")
    def shown_kind(self, row: Submission) -> str:
        return row.get_kind_display() or "看不懂的内容"

    @admin.display(description="地点")
    def shown_place(self, row: Submission) -> str:
        return row.place.name if row.place.level == Level.COMMUNITY else row.place.full_name

    @admin.display(description="发送人")
    def shown_sender(self, row: Submission) -> str:
        return str(row.sender)

    @admin.display(description="状态")
    def shown_state(self, row: Submission) -> Any:
        return chip("today" if row.state in WAITING else "done", row.get_state_display())

    @admin.display(description="照片")
    def photo_count(self, row: Any) -> str:
        return f"{row.pictures} 张" if row.pictures else "没有"

    @admin.display(description="处理")
    def shown_decision(self, row: Submission) -> str:
        if row.decided_at is None:
            return "尚未处理" if row.state in WAITING else "无需处理"
        return f"{timezone.localtime(row.decided_at):%Y-%m-%d %H:%M} {row.decided_by} {row.decision}".strip()


def _photo_links(photos: QuerySet[Photo]) -> list[dict[str, Any]]:
    return [
        {"url": reverse("phone:picture", args=[uid]), "label": f"照片 {number}", "is_main": False}
        for number, uid in enumerate(photos.values_list("uid", flat=True), start=1)
    ]


def _photos_of_visit(position: int) -> Any:
    """Return the link to a visit's nth photo on its page in the admin."""

    def link(request: HttpRequest, visit: Visit) -> dict[str, Any] | None:
        found = _photo_links(photos_of(visit).within(viewer_of(request).scope))
        return found[position] if position < len(found) else None

    return link


class RemovePhrasePage(ObjectPage):
    name, label, submit_label, is_danger = "remove", "删除", "确认删除", True
    explanation = "删除后手机上不再出现；已经用它记下的走访不变。"

    def submit(self, request: HttpRequest, obj: QuickPhrase, form: Any) -> HttpResponse:
        phrase_remove(phrase=obj)
        self.admin.message_user(request, f"“{obj.text}”已删除。")
        return HttpResponseRedirect(reverse("admin:phone_quickphrase_changelist"))


@admin.register(QuickPhrase)
class QuickPhraseAdmin(SharedAdmin):
    index_position = 20
    list_display = ["text", "shown_category", "topic", "is_default", "position"]
    list_select_related = ["category"]
    sortable_by = ()
    fields = ["text", "category", "topic", "is_default", "position"]
    object_pages = [RemovePhrasePage]
    empty_hint = "手机上记走访时点选的短语，如：身体尚好。"

    def create_with(self, request: HttpRequest, form: Any) -> QuickPhrase:
        return phrase_save(phrase=QuickPhrase(**form.cleaned_data))

    def change_with(self, request: HttpRequest, obj: QuickPhrase, form: Any) -> QuickPhrase:
        for field, value in form.cleaned_data.items():
            setattr(obj, field, value)
        return phrase_save(phrase=obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **options)
        field.label_from_instance = lambda category: category.public_label
        return field

    @admin.display(description="类别")
    def shown_category(self, phrase: QuickPhrase) -> str:
        return phrase.category.public_label if phrase.category else "各类对象"


@admin.register(DigestPlan)
class DigestPlanAdmin(ScopedAdmin):
    index_position = 30
    list_display = ["community", "is_on", "at"]
    sortable_by = ()
    fields = ["community", "is_on", "at"]
    empty_hint = "没有设置的社区每天 07:30 发送；要改时间或停发，请新增一条。"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["community"] if obj else []

    def create_with(self, request: HttpRequest, form: Any) -> DigestPlan:
        return digest_plan_set(**form.cleaned_data)

    def change_with(self, request: HttpRequest, obj: DigestPlan, form: Any) -> DigestPlan:
        typed = form.cleaned_data
        return digest_plan_set(community=obj.community, at=typed["at"], is_on=typed["is_on"])


for _position in range(4):
    admin.site.get_model_admin(Visit).links.append(_photos_of_visit(_position))  # type: ignore[attr-defined]
