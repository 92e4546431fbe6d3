"""The form of the reports' page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from adminkit.pages import say_what_is_wrong
from audit.revealing import SHORTEST_REASON
from baibuting.common.days import next_period_start, period_start
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from reports.rules import RECENT_MONTHS, kind_choices, report_kinds

MASKED, FULL = "masked", "full"
_EARLY_IN_THE_MONTH = 7  # up to this day the month before is preselected


class PlaceField(forms.ModelChoiceField):
    """Places in tree order, indented below their parent; scattered ones by their full names."""

    scope: Scope

    def label_from_instance(self, obj: Any) -> str:
        if not self.scope.covers(obj.path):
            return f"{obj.name}（您负责的全部）"
        if self.scope.covers(obj.community.path):
            return "　" * (obj.level - Level.COMMUNITY) + obj.name
        return obj.full_name


class ReportForm(forms.Form):
    """Which report, of which place and month or day, and how much it discloses of people."""

    kind = forms.ChoiceField(label="报表", choices=kind_choices, widget=forms.RadioSelect)
    place = PlaceField(label="范围", queryset=Place.objects.none(), empty_label=None)
    month = forms.ChoiceField(label="月份", required=False)
    day = forms.DateField(
        label="截至日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"],
    )
    detail = forms.ChoiceField(
        label="内容",
        initial=MASKED,
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (MASKED, "脱敏：姓名只留姓，住址只到楼栋，电话隐去中间四位"),
            (FULL, "完整：需要写明用途，并记入审计"),
        ],
    )
    reason = forms.CharField(
        label="用途",
        max_length=200,
        required=False,
        help_text="要完整内容时填写，如：报街道存档",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, places: QuerySet[Place], scope: Scope, today: date, **options: Any
    ) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})
        self.today = today
        say_what_is_wrong(self)
        place: Any = self.fields["place"]
        place.scope, place.queryset = scope, places
        place.initial = places.first()
        self.fields["kind"].initial = next(iter(report_kinds()))
        month: Any = self.fields["month"]
        month.choices = list(_months(today))
        month.initial = f"{_month_wanted(today):%Y-%m}"
        self.fields["day"].initial = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        found = report_kinds().get(cleaned.get("kind", ""))
        if found and found.is_of_a_day:
            self._take_day(cleaned)
        elif found and "month" not in self.errors:
            first = date.fromisoformat(f"{cleaned['month'] or self.fields['month'].initial}-01")
            last = next_period_start(first, "month") - timedelta(days=1)
            cleaned["first_on"], cleaned["last_on"] = first, last
        cleaned["reason"] = cleaned.get("reason", "").strip()
        wants_full = cleaned.get("detail") == FULL and found is not None and bool(found.sensitive)
        if wants_full and len(cleaned["reason"]) < SHORTEST_REASON:
            self.add_error("reason", "请写明用途，至少四个字，如：报街道存档。")
        cleaned["is_full"] = wants_full
        return cleaned

    def _take_day(self, cleaned: dict[str, Any]) -> None:
        day = cleaned.get("day") or self.today
        if day > self.today:
            self.add_error("day", "截至日期晚于今天，请改成今天或以前的日期。")
        cleaned["first_on"] = cleaned["last_on"] = day


def _month_wanted(today: date) -> date:
    """Return the month most likely wanted: early in one, the one before."""
    month = today.replace(day=1)
    return period_start(month - timedelta(days=1), "month") if today.day <= _EARLY_IN_THE_MONTH else month


def _months(today: date) -> Iterator[tuple[str, str]]:
    month = today.replace(day=1)
    for _ in range(RECENT_MONTHS):
        yield f"{month:%Y-%m}", f"{month.year}年{month.month}月"
        month = period_start(month - timedelta(days=1), "month")
