"""The form with which the office puts right an entry that could not be taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget

from baibuting.common.days import SHANGHAI, midnight


class CorrectedForm(forms.Form):
    """When it took place; an entry's kind adds what else it needs. `fields_of` and `moment` are what the service takes."""

    day = forms.DateField(label="日期", widget=AdminDateWidget)
    clock = forms.TimeField(
        label="钟点",
        required=False,
        help_text="如：19:30；不记得可不填",
        widget=forms.TimeInput(attrs={"class": "short"}, format="%H:%M"),
        input_formats=["%H:%M", "%H：%M"],
    )

    def moment(self, now: datetime) -> datetime:
        """Return the moment typed; midnight where no time is known."""
        day, clock = self.cleaned_data["day"], self.cleaned_data["clock"]
        return datetime.combine(day, clock, SHANGHAI) if clock else midnight(day)

    def fields_of(self) -> dict[str, Any]:
        """Return the entry's fields as put right; the others stay as they were sent."""
        return {}
