"""What is asked for a go-live: the community, the day, and over how many days first rounds are spread."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from adminkit.pages import say_what_is_wrong
from buildings.models import Place
from duties.action_forms import day_field
from duties.choices import MOST_SPREAD_DAYS

USUAL_SPREAD_DAYS = 14


class GoLiveForm(forms.Form):
    """One day for one community. The community is asked for only where there are several to choose from."""

    community = forms.ModelChoiceField(label="社区", queryset=Place.objects.none(), empty_label=None)
    on = day_field("启用日期")
    spread_days = forms.IntegerField(
        label="首次走访分摊到几天",
        min_value=0,
        max_value=MOST_SPREAD_DAYS,
        initial=USUAL_SPREAD_DAYS,
        error_messages={
            "invalid": "请填天数，如：14。",
            "min_value": "分摊天数不能小于 0，0 表示不分摊。",
            "max_value": f"分摊天数最多 {MOST_SPREAD_DAYS} 天。",
        },
    )

    def __init__(self, *args: Any, communities: QuerySet[Place], **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})
        self.fields["community"].queryset = communities  # type: ignore[attr-defined]
        if communities.count() == 1:
            self.fields["community"].initial = communities.get().pk
            self.fields["community"].widget = forms.HiddenInput()
        self.fields["on"].help_text = "从这天零点起计时；填今天或更早的日子，从今天算起。"
        self.fields["spread_days"].help_text = "早该走访的人分到这些天里，最久没见到的在前；填 0 不分摊。"
        say_what_is_wrong(self)

    @property
    def asked(self) -> dict[str, Any]:
        """Return what the service takes, of a valid form."""
        return {name: self.cleaned_data[name] for name in ("community", "on", "spread_days")}

    @staticmethod
    def first_values(community: Place | None, tomorrow: date) -> dict[str, Any]:
        """Return what stands in the form at first: the day confirmed before, while it is to come, or tomorrow."""
        live = getattr(community, "go_live", None)
        if live is None:
            return {"community": community, "on": tomorrow}
        return {"community": community, "on": live.on, "spread_days": live.spread_days}
