"""Forms of rules: one rule at a time, or all that a community runs by on one page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.db.models import QuerySet

from buildings.models import Place
from cadres.choices import BUILDING_POSTS
from duties.choices import MOST_SPREAD_DAYS, Cadence
from residents.models import CareCategory
from visits.choices import CADENCES, PERIODS, IncidentKind, Method
from visits.forms import CategoryChoiceField
from visits.rules import as_terms
from visits.selectors import RuleInForce

# Rung, label, and the sign that turns what is typed into days or hours after the due date.
LADDER_FIELDS = (
    (0, "提醒责任人", -1),
    (1, "楼栋", 1),
    (2, "片区", 1),
    (3, "苑区", 1),
    (4, "社区", 1),
)


_EFFECTIVE_HELP = "今天或以后；以前的日子按原规则计算，不作改动"


class SpreadField(forms.IntegerField):
    """Asks over how many days the rounds that a change of rule dates are spread; left empty they are not: 0."""

    def __init__(self) -> None:
        super().__init__(
            label="分摊到几天",
            required=False,
            min_value=0,
            max_value=MOST_SPREAD_DAYS,
            help_text="规则改变后会在同一天到期的人，从生效日起分到这些天里，最久没见到的在前；不填就不分摊",
            error_messages={
                "invalid": "请填天数，如：14；不分摊可以不填。",
                "min_value": "分摊天数不能小于 0，0 表示不分摊。",
                "max_value": f"分摊天数最多 {MOST_SPREAD_DAYS} 天。",
            },
        )

    def clean(self, value: Any) -> int:
        return super().clean(value) or 0


class StepsForm(forms.Form):
    """Five numbers, one per rung; a rung left empty is not notified."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for rung, label, _ in LADDER_FIELDS:
            self.fields[f"rung_{rung}"] = forms.IntegerField(
                label=label, required=False, min_value=0, max_value=9999
            )

    @property
    def ladder_fields(self) -> list[forms.BoundField]:
        """Return the five fields, in order, for the template."""
        return [self[f"rung_{rung}"] for rung, _, _ in LADDER_FIELDS]

    def ladder(self) -> list[tuple[int, int]]:
        """Return pairs of (rung, days or hours after the due date)."""
        typed = {rung: (self.cleaned_data[f"rung_{rung}"], sign) for rung, _, sign in LADDER_FIELDS}
        return [(rung, value * sign) for rung, (value, sign) in typed.items() if value is not None]

    @staticmethod
    def ladder_initial(ladder: Iterable[tuple[int, int]]) -> dict[str, int]:
        """Return the initial values of the five fields for a ladder."""
        return {f"rung_{rung}": abs(after) for rung, after in ladder}

    def terms(self) -> dict[str, Any]:
        """Return the arguments of the service that publishes the rule."""
        names = [name for name in self.cleaned_data if not name.startswith("rung_")]
        return {**{name: self.cleaned_data[name] for name in names}, "ladder": self.ladder()}


class VersionForm(StepsForm):
    """A new version of one rule: of which community, and from which day."""

    community = forms.ModelChoiceField(label="社区", queryset=Place.objects.none(), empty_label="请选择")
    effective_on = forms.DateField(label="生效日期", widget=AdminDateWidget, help_text=_EFFECTIVE_HELP)

    def __init__(self, *args: Any, communities: QuerySet[Place], **options: Any) -> None:
        super().__init__(*args, **options)
        community: Any = self.fields["community"]
        community.queryset = communities
        if len(communities) == 1:
            community.initial, community.widget = communities[0], forms.HiddenInput()


class VisitTermsForm(StepsForm):
    """What a visit rule says of one category."""

    cadence = forms.ChoiceField(label="频次方式", choices=CADENCES, widget=forms.RadioSelect)
    every_days = forms.IntegerField(
        label="间隔天数", required=False, min_value=1, max_value=366, help_text="如：7，上次走访后 7 天内再访"
    )
    period = forms.ChoiceField(label="周期", required=False, choices=[("", "请选择"), *PERIODS])
    times = forms.IntegerField(
        label="周期内次数",
        required=False,
        min_value=1,
        max_value=31,
        help_text="如：2，每个周期至少走访 2 次",
    )
    first_within_days = forms.IntegerField(
        label="首访期限", min_value=0, max_value=366, help_text="纳入后几天内必须首访，如：3"
    )
    methods = forms.MultipleChoiceField(
        label="有效走访方式",
        choices=Method.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="只有勾选的方式算数；一项不选表示都算",
    )
    shift_to_working_day = forms.BooleanField(label="应办日期遇休息日顺延到下一个工作日", required=False)
    accountable_post = forms.ChoiceField(
        label="责任岗位", choices=[(post.value, post.label) for post in BUILDING_POSTS]
    )

    def clean(self) -> dict[str, Any]:
        """Drop the numbers of the cadence that is not chosen."""
        typed = super().clean() or {}
        if typed.get("cadence") == Cadence.ROLLING:
            typed["period"], typed["times"] = "", None
            if typed.get("every_days") is None and "every_days" not in self.errors:
                self.add_error("every_days", "请填写间隔天数，如：7。")
        elif typed.get("cadence") == Cadence.CALENDAR:
            typed["every_days"] = None
            for name, sentence in (("period", "请选择周期。"), ("times", "请填写周期内次数，如：1。")):
                if not typed.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        return typed


class VisitRuleForm(VisitTermsForm, VersionForm):
    category = CategoryChoiceField(label="类别", queryset=CareCategory.objects.all(), empty_label="请选择")
    spread_days = SpreadField()
    field_order = ("community", "effective_on", "spread_days", "category")


class IncidentTermsForm(StepsForm):
    """What an incident rule says of one kind."""

    required_posts = forms.MultipleChoiceField(
        label="必到岗位",
        choices=[(post.value, post.label) for post in BUILDING_POSTS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个必到岗位。"},
    )
    arrive_within_hours = forms.IntegerField(
        label="到场时限（小时）", min_value=1, max_value=240, help_text="从接到报告起算，如：2"
    )


class IncidentRuleForm(IncidentTermsForm, VersionForm):
    kind = forms.ChoiceField(label="事件类别", choices=IncidentKind.choices, widget=forms.RadioSelect)
    field_order = ("community", "effective_on", "kind")


class EffectiveForm(forms.Form):
    effective_on = forms.DateField(label="生效日期", widget=AdminDateWidget, help_text=_EFFECTIVE_HELP)
    spread_days = SpreadField()


@dataclass(frozen=True, slots=True)
class Section:
    """One rule on the page of all: what is in force, and the form over it."""

    now: RuleInForce
    form: StepsForm

    @property
    def unit(self) -> str:
        """Return what the steps are counted in."""
        return "天" if isinstance(self.form, VisitTermsForm) else "小时"


class RulebookForm:
    """All rules of a community in one form, prefilled with what is in force; the day holds for all of them."""

    def __init__(self, data: Any, *, rules: Sequence[RuleInForce], effective_on: Any) -> None:
        self.day = EffectiveForm(data, initial={"effective_on": effective_on})
        self.sections = [Section(rule, _form_of(rule, data)) for rule in rules]

    def is_valid(self) -> bool:
        """Return whether every part is; all of them are looked at, so that every mistake is shown at once."""
        return all([self.day.is_valid(), *(section.form.is_valid() for section in self.sections)])

    @property
    def has_errors(self) -> bool:
        """Return whether one of the rules holds a mistake."""
        return any(section.form.errors for section in self.sections)

    @property
    def has_changes(self) -> bool:
        """Return whether a number differs from what is in force; of a valid form."""
        return any(as_terms(section.form.terms()) != section.now.terms for section in self.sections)

    def terms(self) -> dict[str, dict[str, Any]]:
        """Return the terms of each rule by its code."""
        return {section.now.code: section.form.terms() for section in self.sections}

    def fingerprint(self) -> str:
        """Return a digest that shows whether the form is still what was previewed."""
        said = {"day": self.day.cleaned_data, **self.terms()}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]

    def refuse(self, sentences: Sequence[str]) -> None:
        """Show why the service refused."""
        self.day.add_error(None, list(sentences))


def _form_of(rule: RuleInForce, data: Any) -> StepsForm:
    kind = VisitTermsForm if rule.category is not None else IncidentTermsForm
    initial = {**rule.terms, **StepsForm.ladder_initial(rule.terms["ladder"])}
    return kind(data, prefix=rule.code, initial=initial)
