"""删除个人信息: the office proposes on a resident's page, the 安全管理员 confirms on the list of proposals."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.routing import account_of
from accounts.rules import sees_people
from adminkit.lists import WordFilter, chip
from buildings.admin_base import ObjectPage, ScopedAdmin
from buildings.viewer import viewer_of
from residents.choices import ErasureState
from residents.erasing import erasure_preview
from residents.models import Erasure, Resident
from residents.rules import may_confirm_erasure, may_propose_erasure
from visits.forms import ErasureConfirmForm, ErasureForm
from visits.services import (
    erasure_confirm,
    erasure_propose,
    erasure_refuse,
    erasure_withdraw,
)

CHIPS = {
    ErasureState.PROPOSED: "today",
    ErasureState.ERASED: "done",
    ErasureState.REFUSED: "nobody",
    ErasureState.WITHDRAWN: "nobody",
}


class ErasePage(ObjectPage):
    """Proposes that a resident be erased; shows in counts what would go and what would stay."""

    name, label, submit_label, is_danger = "erase", "删除个人信息", "提交申请", True
    form_class = ErasureForm
    audits_itself = True
    template = "admin/visits/erase.html"
    explanation = "本人要求、保存期限已满等情形办理。提交后由安全管理员核对书面申请再确认；确认前可以撤回，确认后立即删除，不能恢复。"

    def applies(self, request: HttpRequest, obj: Resident) -> bool:
        return obj.erased_at is None

    def context(self, request: HttpRequest, obj: Resident) -> dict[str, Any]:
        return {"preview": erasure_preview(resident=obj, now=viewer_of(request).now)}

    def submit(self, request: HttpRequest, obj: Resident, form: Any) -> HttpResponse:
        erasure = erasure_propose(
            resident=obj, by=account_of(request), now=viewer_of(request).now, **form.cleaned_data
        )
        messages.success(request, f"已提交{erasure}，等待安全管理员确认。")
        return HttpResponseRedirect(reverse("admin:residents_erasure_change", args=[erasure.pk]))


class StepPage(ObjectPage):
    """A step of a proposal that waits."""

    audits_itself = True

    def applies(self, request: HttpRequest, obj: Erasure) -> bool:
        return obj.state == ErasureState.PROPOSED


class SecondKeeperPage(StepPage):
    """A step of the second keeper, who is not the one who has proposed it."""

    def allowed(self, request: HttpRequest, obj: Any) -> bool:
        own: User = account_of(request)
        return super().allowed(request, obj) and may_confirm_erasure(own) and obj.proposed_by_id != own.pk


class ConfirmPage(SecondKeeperPage):
    name, label, submit_label, is_danger, is_main = "confirm", "确认删除", "确认删除，不可恢复", True, True
    form_class = ErasureConfirmForm
    template = "admin/visits/erase.html"
    explanation = "请对照书面申请核对编号、地点和依据。确认后姓名、证件号码、电话、照片和各处文字立即删除，统计数字保留。"

    def context(self, request: HttpRequest, obj: Erasure) -> dict[str, Any]:
        facts = [
            ("居民编号", obj.resident_id),
            ("地点", obj.resident.household.building.full_name),
            ("依据", obj.get_ground_display()),
            ("说明", obj.reason),
        ]
        return {
            "facts": facts,
            "preview": erasure_preview(resident=obj.resident, now=viewer_of(request).now),
        }

    def submit(self, request: HttpRequest, obj: Erasure, form: Any) -> str:
        erasure_confirm(
            erasure=obj,
            by=account_of(request),
            now=viewer_of(request).now,
            erased_list=settings.ERASED_LIST,
        )
        return "已删除。数据库备份里的旧内容随备份到期消失。"


class RefusePage(SecondKeeperPage):
    name, label, submit_label = "refuse", "不同意", "不同意删除"
    explanation = "没有书面申请，或与书面申请不一致时选择。什么都不会删除，社区办会在列表里看到。"

    def submit(self, request: HttpRequest, obj: Erasure, form: Any) -> str:
        erasure_refuse(erasure=obj, by=account_of(request), now=viewer_of(request).now)
        return "已记为未同意，没有删除任何内容。"


class WithdrawPage(StepPage):
    name, label, submit_label = "withdraw", "撤回申请", "撤回申请"
    explanation = "确认之前可以撤回，什么都不会删除。"

    def allowed(self, request: HttpRequest, obj: Any) -> bool:
        return super().allowed(request, obj) and may_propose_erasure(account_of(request))

    def submit(self, request: HttpRequest, obj: Erasure, form: Any) -> str:
        erasure_withdraw(erasure=obj, by=account_of(request), now=viewer_of(request).now)
        return "已撤回，没有删除任何内容。"


class ErasureStateFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = tuple(ErasureState.choices)

    def condition(self, word: str) -> Q:
        return Q(state=word)


@admin.register(Erasure)
class ErasureAdmin(ScopedAdmin):
    """Proposals. The 安全管理员, who works with no people, reads a number and a place where the office reads a name."""

    index_position = 60
    can_add = False
    fixed = True
    list_display = ["application", "whom", "place", "ground", "shown_state", "proposed_at", "shown_proposer"]
    list_filter = [ErasureStateFilter]
    sortable_by = ()
    object_pages = [ConfirmPage, RefusePage, WithdrawPage]
    empty_hint = "社区工作者在居民的页面上“删除个人信息”后，申请列在这里，由安全管理员确认。"
    shown_sealed = ("reason",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(
            "proposed_by", "decided_by", "resident__household__building__parent__parent"
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = list(self.list_display)
        return shown if sees_people(account_of(request)) else [one for one in shown if one != "whom"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        whom = ["whom"] if sees_people(account_of(request)) else []
        decided = ["decided_at", "shown_decider"] if obj is not None and obj.decided_at else []
        shown = [
            "number",
            *whom,
            "place",
            "ground",
            "shown_reason",
            "shown_state",
            "proposed_at",
            "shown_proposer",
        ]
        return [(None, {"fields": [*shown, *decided]})]

    @admin.display(description="申请")
    def application(self, erasure: Erasure) -> str:
        return str(erasure)

    @admin.display(description="居民编号")
    def number(self, erasure: Erasure) -> str:
        return str(erasure.resident_id)

    @admin.display(description="居民")
    def whom(self, erasure: Erasure) -> str:
        return erasure.resident.name

    @admin.display(description="地点")
    def place(self, erasure: Erasure) -> str:
        return erasure.resident.household.building.full_name

    @admin.display(description="说明")
    def shown_reason(self, erasure: Erasure) -> str:
        return erasure.reason or "—"

    @admin.display(description="状态")
    def shown_state(self, erasure: Erasure) -> SafeString:
        return chip(CHIPS[ErasureState(erasure.state)], erasure.get_state_display())

    @admin.display(description="申请人")
    def shown_proposer(self, erasure: Erasure) -> str:
        return erasure.proposed_by.name or erasure.proposed_by.username

    @admin.display(description="决定人")
    def shown_decider(self, erasure: Erasure) -> str:
        decider = erasure.decided_by
        return "—" if decider is None else decider.name or decider.username
