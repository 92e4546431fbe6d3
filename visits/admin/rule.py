"""Rules in versions. A visit rule is published in two steps: its effect on the next 30 days is shown first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from adminkit.lists import WordFilter, chip
from adminkit.pages import add_refusal
from audit.choices import Action
from baibuting.common.days import local_day
from buildings.viewer import viewer_of
from cadres.choices import Post
from duties.choices import Period, Rung
from residents.admin_base import CategoryFilter, PreparedAdmin
from visits.admin.rulebook import RulebookPage
from visits.choices import IncidentKind, Method
from visits.facts import rule_terms
from visits.models import IncidentRule, VisitRule
from visits.preview import RulePreview, load_chart, rule_preview
from visits.rule_forms import IncidentRuleForm, StepsForm, VersionForm, VisitRuleForm
from visits.selectors import rules_in_force, slots_of
from visits.services import incident_rule_publish, visit_rule_publish


class VersionFilter(WordFilter):
    title, parameter_name = "版本", "version"
    words = (("latest", "现行与将生效"), ("past", "历史版本"))
    default = "latest"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        word = self.value() or self.default
        if word == self.ALL:
            return queryset
        latest = [rule.pk for rule in _in_force_or_coming(queryset)]
        return queryset.filter(pk__in=latest) if word == "latest" else queryset.exclude(pk__in=latest)


def _in_force_or_coming(rules: QuerySet[Any]) -> list[Any]:
    """Return per community and subject the version in force today, and future ones."""
    today = local_day(timezone.now())
    found: dict[Any, Any] = {}
    coming = []
    for rule in rules.order_by("effective_on", "version"):
        if rule.effective_on > today:
            coming.append(rule)
        else:
            found[rule.community_id, rule.subject] = rule
    return [*found.values(), *coming]


class VersionsAdmin(PreparedAdmin):
    """The versions of a `VersionedRule`: one is never changed, a new one is made from it."""

    fixed = True
    can_change = False
    sortable_by = ()
    add_form_template = "admin/visits/rule_form.html"
    change_form_template = "admin/fact_form.html"
    rule_form: ClassVar[type[VersionForm]]
    ladder_unit: ClassVar[str] = "天"
    is_previewed: ClassVar[bool] = False

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        current = {rule.pk for rule in _in_force_or_coming(self.get_queryset(request))}
        today = viewer_of(request).today
        for row in rows:
            row.is_current, row.today = row.pk in current, today

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self.communities(request).exists()

    # --- the page of a new version ----------------------------------------------------------------------------------
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        communities = self.communities(request)
        if request.method != "POST":
            return self._render_form(
                request, self.rule_form(communities=communities, initial=self._initial(request))
            )
        form = self.rule_form(request.POST, communities=communities)
        if not form.is_valid():
            return self._render_form(request, form)
        try:
            return self.step(request, form)
        except ValidationError as refusal:
            add_refusal(form, refusal)
            return self._render_form(request, form)

    def step(self, request: HttpRequest, form: Any) -> HttpResponse:
        """Handle a valid form: publish it. Where rules are previewed, publish only what was last previewed."""
        if not self.is_previewed:
            return self.publish(request, form)
        seen = fingerprint(form.terms())
        if "publish" in request.POST and request.POST.get("previewed") == seen:
            return self.publish(request, form)
        has_changed = "publish" in request.POST
        shown = {**self.preview(request, form), "previewed": seen, "has_changed": has_changed}
        return self._render_form(request, form, shown)

    def preview(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        """Return what the form's page shows of its effect; writes nothing."""
        raise NotImplementedError

    def publish(self, request: HttpRequest, form: Any) -> HttpResponse:
        """Publish through the service and redirect to the new version's page."""
        with transaction.atomic():
            rule = self.make(request, form)
            self._audit(request, Action.CREATE, rule, form.changed_data)
        self.message_user(request, f"第 {rule.version} 版已发布，{rule.effective_on:%Y-%m-%d} 起生效。")
        return HttpResponseRedirect(self.object_url(rule))

    def make(self, request: HttpRequest, form: Any) -> Any:
        """Call the service."""
        raise NotImplementedError

    def initial_from(self, rule: Any) -> dict[str, Any]:
        """Return the initial values of a version made from another."""
        raise NotImplementedError

    def _initial(self, request: HttpRequest) -> dict[str, Any]:
        today = viewer_of(request).today
        source = request.GET.get("from", "")
        rule = self.get_queryset(request).filter(pk=source).first() if source.isdecimal() else None
        if rule is not None:
            return {"community": rule.community_id, **self.initial_from(rule), "effective_on": today}
        return {**self.initial_of_the_first(request), "effective_on": today}

    def initial_of_the_first(self, request: HttpRequest) -> dict[str, Any]:
        """Return the initial values of a version that is made from no other."""
        raise NotImplementedError

    def _render_form(
        self,
        request: HttpRequest,
        form: forms.Form,
        extra: Mapping[str, Any] = {},
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.add_label,
            "form": form,
            "media": self.media + form.media,
            "ladder_unit": self.ladder_unit,
            "is_previewed": self.is_previewed,
            **extra,
        }
        return TemplateResponse(request, self.add_form_template, context)

    # --- words ------------------------------------------------------------------------------------------------------
    @property
    def add_label(self) -> str:
        return "制定新版规则"

    def object_page_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        buttons = super().object_page_buttons(request, obj)
        if self.has_add_permission(request):
            add = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")
            buttons.append({"url": f"{add}?from={obj.pk}", "label": "制定新版", "is_main": True})
        return buttons

    @admin.display(description="版本")
    def shown_version(self, rule: Any) -> str:
        return f"第 {rule.version} 版" if rule.version else "随系统提供"

    @admin.display(description="状态")
    def state(self, rule: Any) -> SafeString:
        if rule.effective_on > rule.today:
            return chip("week", "将生效")
        if not rule.is_current:
            return chip("plain", "历史")
        return chip("today", "现行 建议值") if rule.is_proposal else chip("done", "✓ 现行")

    @admin.display(description="责任岗位")
    def shown_post(self, rule: Any) -> str:
        return Post(rule.accountable_post).label

    @admin.display(description="制定")
    def shown_maker(self, rule: Any) -> str:
        if rule.is_proposal:
            return "随系统提供的建议值，尚未经社区确认"
        return f"{timezone.localtime(rule.created_at):%Y-%m-%d %H:%M}，{rule.created_by or '系统'}"


class RuleAdmin(RulebookPage, VersionsAdmin):
    """A rule of visits or incidents; all of them are confirmed on the page of all rules."""

    empty_hint = "现在按随系统提供的建议值执行。请点“全部规则与确认”查看、确认或修改。"

    def initial_of_the_first(self, request: HttpRequest) -> dict[str, Any]:
        """Return the initial values of a version made from the first rule in force, stored or not."""
        community = self.communities(request).order_by("pk")[0]
        rules = rules_in_force(community, viewer_of(request).today)
        found = next(rule for rule in rules if (rule.category is not None) is self.is_of_visits)
        subject = {"category": found.category.pk} if found.category else {"kind": found.code}
        ladder = StepsForm.ladder_initial(found.terms["ladder"])
        return {"community": community.pk, **subject, **found.terms, **ladder}


@admin.register(VisitRule)
class VisitRuleAdmin(RuleAdmin):
    list_display = [
        "shown_category",
        "shown_version",
        "state",
        "effective_on",
        "cadence_label",
        "first",
        "shown_methods",
        "shown_post",
    ]
    proposed_columns = ("shown_category", "state", "cadence_label", "first", "shown_methods", "shown_post")
    list_filter = [VersionFilter, CategoryFilter]
    list_select_related = ["category", "community"]
    rule_form = VisitRuleForm
    is_previewed = True
    ordering = ["community", "category__position", "-version"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("category", "community", "created_by")
        return rows.annotate(subject=models.F("category"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [
            "shown_category",
            "shown_version",
            "state",
            "effective_on",
            "cadence_label",
            "first",
            "shown_methods",
        ]
        spread = ["spread"] if obj.spread_days else []
        return [(None, {"fields": [*shown, "shift", "shown_post", "ladder_label", *spread, "shown_maker"]})]

    def shown_name(self, obj: VisitRule) -> str:
        return f"{obj.category.public_label}走访规则 {self.shown_version(obj)}"

    def initial_from(self, rule: VisitRule) -> dict[str, Any]:
        plain = ("cadence", "every_days", "period", "times", "first_within_days", "methods")
        return {
            **{name: getattr(rule, name) for name in plain},
            "category": rule.category_id,
            "shift_to_working_day": rule.shift_to_working_day,
            "accountable_post": rule.accountable_post,
            **StepsForm.ladder_initial(rule.steps),
        }

    # --- two steps --------------------------------------------------------------------------------------------------
    def preview(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        """Show the load of the next 30 days."""
        preview = self._preview(request, form)
        return {"preview": preview, "chart": load_chart(preview)}

    def _preview(self, request: HttpRequest, form: Any) -> RulePreview:
        """Publish, preview, and roll back: the preview refuses exactly what publishing would."""
        with transaction.atomic():
            rule = self.make(request, form)
            terms, slots = rule_terms(rule), slots_of(rule)
            transaction.set_rollback(True)
        typed = form.cleaned_data
        return rule_preview(
            community=typed["community"],
            category=typed["category"],
            terms=terms,
            now=viewer_of(request).now,
            slots=slots,
        )

    def make(self, request: HttpRequest, form: Any) -> VisitRule:
        return visit_rule_publish(now=viewer_of(request).now, user=viewer_of(request).user, **form.terms())

    # --- words ------------------------------------------------------------------------------------------------------
    @admin.display(description="类别")
    def shown_category(self, rule: VisitRule) -> str:
        return rule.category.public_label

    @admin.display(description="频次")
    def cadence_label(self, rule: VisitRule) -> str:
        if rule.every_days:
            return f"上次走访后 {rule.every_days} 天内"
        return f"{Period(rule.period).label} {rule.times} 次"

    @admin.display(description="首访")
    def first(self, rule: VisitRule) -> str:
        return f"{rule.first_within_days} 天内"

    @admin.display(description="有效方式")
    def shown_methods(self, rule: VisitRule) -> str:
        return "、".join(Method(method).label for method in rule.methods) or "都算"

    @admin.display(description="分摊")
    def spread(self, rule: VisitRule) -> str:
        return f"规则改变时一下子到期的人，自生效日起分到 {rule.spread_days} 天里"

    @admin.display(description="遇休息日")
    def shift(self, rule: VisitRule) -> str:
        return "顺延到下一个工作日" if rule.shift_to_working_day else "不顺延"

    @admin.display(description="升级步骤")
    def ladder_label(self, rule: VisitRule) -> str:
        return "\n".join(_visit_step(rung, days) for rung, days in rule.steps)


def _visit_step(rung: int, after_days: int) -> str:
    if rung == Rung.VISITOR:
        return f"应办日前 {-after_days} 天提醒责任人"
    return f"逾期{'当天' if after_days == 0 else f'满 {after_days} 天'}报{Rung(rung).label}"


def fingerprint(terms: Mapping[str, Any]) -> str:
    """Return a digest that shows whether the form is still what was previewed."""
    plain = json.dumps({name: str(value) for name, value in terms.items()}, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


class KindFilter(WordFilter):
    title, parameter_name = "事件类别", "kind"
    words = IncidentKind.choices

    def condition(self, word: str) -> Any:
        return models.Q(kind=word)


@admin.register(IncidentRule)
class IncidentRuleAdmin(RuleAdmin):
    list_display = ["shown_kind", "shown_version", "state", "effective_on", "shown_posts", "within"]
    proposed_columns = ("shown_kind", "state", "shown_posts", "within")
    list_filter = [VersionFilter, KindFilter]
    rule_form = IncidentRuleForm
    ladder_unit, is_of_visits = "小时", False
    ordering = ["community", "kind", "-version"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("community", "created_by")
        return rows.annotate(subject=models.F("kind"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["shown_kind", "shown_version", "state", "effective_on", "shown_posts", "within"]
        return [(None, {"fields": [*shown, "ladder_label", "shown_maker"]})]

    def shown_name(self, obj: IncidentRule) -> str:
        return f"{obj.get_kind_display()}必到规则 第 {obj.version} 版"

    def initial_from(self, rule: IncidentRule) -> dict[str, Any]:
        return {
            "kind": rule.kind,
            "required_posts": rule.required_posts,
            "arrive_within_hours": rule.arrive_within_hours,
            **StepsForm.ladder_initial(rule.steps),
        }

    def make(self, request: HttpRequest, form: Any) -> IncidentRule:
        return incident_rule_publish(now=viewer_of(request).now, user=viewer_of(request).user, **form.terms())

    @admin.display(description="事件类别")
    def shown_kind(self, rule: IncidentRule) -> str:
        return rule.get_kind_display()

    @admin.display(description="必到岗位")
    def shown_posts(self, rule: IncidentRule) -> str:
        return "、".join(Post(post).label for post in rule.required_posts)

    @admin.display(description="到场时限")
    def within(self, rule: IncidentRule) -> str:
        return f"接报后 {rule.arrive_within_hours} 小时内"

    @admin.display(description="升级步骤")
    def ladder_label(self, rule: IncidentRule) -> str:
        return "\n".join(_arrival_step(rung, hours) for rung, hours in rule.steps)


def _arrival_step(rung: int, after_hours: int) -> str:
    if rung == Rung.VISITOR:
        return f"到期前 {-after_hours} 小时提醒应到岗位"
    return f"超时{'即' if after_hours == 0 else f' {after_hours} 小时'}报{Rung(rung).label}"
