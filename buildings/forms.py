"""Forms about places."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget

from buildings.models import Place


class PlaceChoiceField(forms.ModelChoiceField):
    """Offers places under the name people use: "怡和苑北区 第一片区 504栋"."""

    def label_from_instance(self, obj: Any) -> str:
        return obj.full_name


class PlaceMultipleChoiceField(forms.ModelMultipleChoiceField):
    """Offers several places under the names people use."""

    def label_from_instance(self, obj: Any) -> str:
        return obj.full_name


class MoveForm(forms.Form):
    """The new parent of a place, and since when."""

    to_parent = PlaceChoiceField(label="新上级", queryset=Place.objects.none(), empty_label="请选择")
    moved_on = forms.DateField(label="调整日期", widget=AdminDateWidget, help_text="从这一天起归新上级")

    def __init__(self, *args: Any, today: date, choices: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        field: Any = self.fields["to_parent"]
        field.queryset = choices

    def clean_moved_on(self) -> date:
        moved_on: date = self.cleaned_data["moved_on"]
        if moved_on > self.today:
            raise forms.ValidationError("调整当即生效，日期不能晚于今天。")
        return moved_on


class CloseForm(forms.Form):
    closed_on = forms.DateField(label="停用日期", widget=AdminDateWidget)
