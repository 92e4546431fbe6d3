"""The form with which the office corrects an entry that was refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget

from baibuting.common.days import SHANGHAI, midnight


class CorrectedForm(forms.Form):
    """Day and hour of an entry; its kind adds what else it needs. The service takes `fields_of` and `moment`."""

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
        """Return the corrected fields of the entry; the others stay as they were sent."""
        return {}
