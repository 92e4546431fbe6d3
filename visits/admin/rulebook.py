"""The page of all rules of a community: what it runs by today, confirmed or changed in one form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from baibuting.common.days import local_day
from buildings.admin_base import ScopedAdmin
from buildings.choices import Level
from buildings.models import Place
from buildings.viewer import viewer_of
from visits.facts import rule_terms
from visits.models import IncidentRule, VisitRule
from visits.preview import DayLoad, RulePreview, load_chart, rule_preview
from visits.rule_forms import RulebookForm
from visits.rules import SOURCE
from visits.selectors import rules_in_force, slots_of
from visits.services import rules_adopt


class RulebookPage(ScopedAdmin):
    """Mixin of both admins of rules: a button above the list, the page behind it, and what the list lacks."""

    is_of_visits: ClassVar[bool] = True
    proposed_columns: ClassVar[Sequence[str]]
    change_list_template = "admin/visits/rule_list.html"

    def communities(self, request: HttpRequest) -> QuerySet[Place]:
        """Return the communities whose rules the user may make: those wholly in their scope."""
        scope = viewer_of(request).scope.writable()
        return Place.objects.within(scope).active().filter(level=Level.COMMUNITY)

    def list_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        tools: list[dict[str, str]] = super().list_tools(request)
        if self.has_add_permission(request):
            tools.insert(0, {"url": reverse(self._address), "label": "全部规则与确认"})
        return tools

    # --- what the list lacks: rules in force that are no rows -------------------------------------------------------
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        rows = [] if request.GET else self._proposed(request)
        shown = {
            "proposed_titles": [getattr(self, name).short_description for name in self.proposed_columns],
            "proposed": [[getattr(self, name)(row) for name in self.proposed_columns] for row in rows],
        }
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def _proposed(self, request: HttpRequest) -> list[VisitRule | IncidentRule]:
        """Return the proposals in force as rows that are not saved; none for a viewer of several communities."""
        communities = list(self.communities(request)[:2])
        if len(communities) != 1:
            return []
        today = viewer_of(request).today
        found: list[VisitRule | IncidentRule] = []
        for held in rules_in_force(communities[0], today):
            if held.rule is None and (held.category is not None) is self.is_of_visits:
                row = held.as_row(communities[0])
                row.is_current, row.today = True, today  # type: ignore[union-attr]
                found.append(row)
        return found

    @property
    def _address(self) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_rulebook"

    def get_urls(self) -> list[URLPattern]:
        name = self._address.removeprefix("admin:")
        return [path("rulebook/", self._wrapped(self.rulebook), name=name), *super().get_urls()]

    def rulebook(self, request: HttpRequest) -> HttpResponse:
        """Show every rule in force, where its numbers come from, and the form over all; on POST preview or adopt."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        communities = list(self.communities(request).order_by("pk"))
        asked = request.GET.get("community", "")
        community = next((one for one in communities if str(one.pk) == asked), communities[0])
        today = viewer_of(request).today
        rules = rules_in_force(community, today)
        form = RulebookForm(
            request.POST if request.method == "POST" else None, rules=rules, effective_on=today
        )
        extra: dict[str, Any] = {"community": community, "communities": communities}
        if request.method == "POST" and form.is_valid():
            try:
                return self._answer(request, community, form, extra)
            except ValidationError as refusal:
                form.refuse(refusal.messages)
        return self._shown(request, form, extra)

    def _answer(
        self, request: HttpRequest, community: Place, form: RulebookForm, extra: dict[str, Any]
    ) -> HttpResponse:
        """Adopt what changes no number, or what was previewed as it is; else show what it would do."""
        seen = form.fingerprint()
        if "adopt" in request.POST and (not form.has_changes or request.POST.get("previewed") == seen):
            made = self._adopt(request, community, form)
            told = (
                f"已确认：{len(made)} 条规则成为本社区自己的规则。"
                if made
                else "规则没有变化，原来就是本社区自己的。"
            )
            messages.success(request, told)
            return HttpResponseRedirect(f"{reverse(self._address)}?community={community.pk}")
        preview = self._load(request, community, form)
        extra |= {"preview": preview, "chart": load_chart(preview), "previewed": seen}
        return self._shown(request, form, {**extra, "is_asked": "adopt" in request.POST})

    def _adopt(self, request: HttpRequest, community: Place, form: RulebookForm) -> list[Any]:
        viewer = viewer_of(request)
        return rules_adopt(
            community=community,
            terms=form.terms(),
            **form.day.cleaned_data,
            now=viewer.now,
            user=viewer.user,
        )

    def _load(self, request: HttpRequest, community: Place, form: RulebookForm) -> RulePreview:
        """Adopt, preview, and roll back: the preview refuses exactly what adopting would."""
        now = viewer_of(request).now
        with transaction.atomic():
            made = self._adopt(request, community, form)
            new = [
                (rule.category, rule_terms(rule), slots_of(rule))
                for rule in made
                if isinstance(rule, VisitRule)
            ]
            transaction.set_rollback(True)
        found = [
            rule_preview(community=community, category=category, terms=terms, now=now, slots=slots)
            for category, terms, slots in new
        ]
        return _together(found, local_day(now))

    def _shown(self, request: HttpRequest, form: RulebookForm, extra: dict[str, Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "全部规则与确认",
            "form": form,
            "media": self.media + form.day.media,
            "source": SOURCE,
            "proposals": sum(section.now.is_proposal for section in form.sections),
            **extra,
        }
        return TemplateResponse(request, "admin/visits/rulebook.html", context)


def _together(previews: Iterable[RulePreview], today: date) -> RulePreview:
    """Return the load of several rules as one, day by day."""
    whole = RulePreview(records=0, moved=0, days=[])
    for one in previews:
        days = [
            DayLoad(day.day, day.before + other.before, day.after + other.after)
            for day, other in zip(
                one.days, whole.days or [DayLoad(day.day, 0, 0) for day in one.days], strict=True
            )
        ]
        whole = replace(whole, records=whole.records + one.records, moved=whole.moved + one.moved, days=days)
    return whole
