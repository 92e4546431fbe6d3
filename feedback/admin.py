"""The office's list of opinions: read, answered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from adminkit.lists import WordFilter, chip
from adminkit.pages import ObjectPage
from buildings.admin_base import ScopedAdmin
from buildings.viewer import viewer_of
from feedback.choices import State
from feedback.forms import AnswerForm
from feedback.models import Opinion
from feedback.services import opinion_answer, opinion_see


class StateFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = tuple(State.choices)

    def condition(self, word: str) -> Q:
        return Q(state=word)


class SeenPage(ObjectPage):
    name, label, submit_label = "see", "标为已看", "标为已看"
    explanation = "提出人会看到“已看”。"

    def applies(self, request: HttpRequest, obj: Opinion) -> bool:
        return obj.state == State.NEW

    def submit(self, request: HttpRequest, obj: Opinion, form: Any) -> str:
        opinion_see(opinion=obj)
        return "已标为已看。"


class AnswerPage(ObjectPage):
    name, label, submit_label, is_main = "reply", "答复", "发给提出人", True
    form_class = AnswerForm
    explanation = "答复会出现在提出人的“意见建议”页上。"

    def submit(self, request: HttpRequest, obj: Opinion, form: Any) -> str:
        viewer = viewer_of(request)
        opinion_answer(opinion=obj, answer=form.cleaned_data["answer"], by=viewer.user, now=viewer.now)
        return "已答复。"


@admin.register(Opinion)
class OpinionAdmin(ScopedAdmin):
    index_position = 10
    fixed = True
    can_add = False
    shown_sealed = ("text", "answer")
    list_display = ["shown_state", "text", "page", "writer", "written_at"]
    list_filter = [StateFilter]
    list_select_related = ["writer"]
    sortable_by = ()
    fields = ["shown_state", "text", "page", "writer", "written_at", "answer", "answered_by", "answered_at"]
    object_pages = [AnswerPage, SeenPage]
    empty_hint = "每一页的下面都有“意见建议”；写来的都在这里。"

    @admin.display(description="状态")
    def shown_state(self, row: Opinion) -> Any:
        return chip("today" if row.state == State.NEW else "done", row.get_state_display())
