"""Forms of the office: putting right what phones sent and could not be taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.db.models import QuerySet

from adminkit.base import PickerSelect
from baibuting.common.days import SHANGHAI, midnight
from buildings.forms import PlaceChoiceField
from buildings.models import Place
from phone.choices import When
from residents.models import Resident
from visits.choices import IncidentKind, Method
from visits.forms import PersonChoiceField
from visits.models import Incident, Visit


class CorrectedForm(forms.Form):
    """When it took place, and what else an entry's kind needs. `fields_of` and `moment` are what the service takes."""

    day = forms.DateField(label="日期", widget=AdminDateWidget)
    clock = forms.TimeField(
        label="钟点",
        required=False,
        help_text="如：19:30；不记得可不填",
        widget=forms.TimeInput(attrs={"class": "short"}, format="%H:%M"),
        input_formats=["%H:%M", "%H：%M"],
    )

    def moment(self, now: datetime) -> datetime:
        """The moment typed; midnight where no time is known."""
        day, clock = self.cleaned_data["day"], self.cleaned_data["clock"]
        return datetime.combine(day, clock, SHANGHAI) if clock else midnight(day)

    def fields_of(self) -> dict[str, Any]:
        """The entry's fields as put right."""
        raise NotImplementedError


class CorrectVisitForm(CorrectedForm):
    resident = PersonChoiceField(
        label="走访对象", queryset=Resident.objects.none(), help_text="输入姓名或拼音首字母查找"
    )
    method = forms.ChoiceField(label="走访方式", choices=Method.choices)
    seen = forms.ChoiceField(label="见到本人", choices=[("yes", "见到"), ("no", "未见到")])
    field_order = ["resident", "day", "clock", "method", "seen"]

    def __init__(self, *args: Any, residents: QuerySet[Resident], sent: list[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.sent = sent
        field: Any = self.fields["resident"]
        field.queryset = residents
        field.widget = PickerSelect(Visit._meta.get_field("resident"), admin.site, choices=field.choices)

    def moment(self, now: datetime) -> datetime:
        """The visit's own day stands in its fields; the entry is made now."""
        return now

    def fields_of(self) -> dict[str, Any]:
        typed = self.cleaned_data
        chosen = typed["resident"].pk
        # those of the same flat who were sent along stay, where the one it was sent for stays
        people = self.sent if self.sent[:1] == [chosen] else [chosen]
        return {
            "resident": [str(pk) for pk in people],
            "method": typed["method"],
            "seen": typed["seen"],
            "when": When.OTHER_DAY,
            "visited_on": f"{typed['day']:%Y-%m-%d}",
            "visited_time": f"{typed['clock']:%H:%M}" if typed["clock"] else "",
        }


class CorrectIncidentForm(CorrectedForm):
    building = PlaceChoiceField(label="楼栋", queryset=Place.objects.none(), empty_label="请选择")
    incident_kind = forms.ChoiceField(label="类别", choices=IncidentKind.choices)
    field_order = ["building", "incident_kind", "day", "clock"]

    def __init__(self, *args: Any, buildings: QuerySet[Place], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["building"]
        field.queryset = buildings

    def fields_of(self) -> dict[str, Any]:
        typed = self.cleaned_data
        return {
            "building": str(typed["building"].pk),
            "incident_kind": typed["incident_kind"],
            "occurred_time": "",
        }


class IncidentChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.building.full_name} {obj.get_kind_display()} {obj.occurred_at.astimezone(SHANGHAI):%m-%d %H:%M}"


class CorrectArrivalForm(CorrectedForm):
    incident = IncidentChoiceField(label="事件", queryset=Incident.objects.none(), empty_label="请选择")
    field_order = ["incident", "day", "clock"]

    def __init__(self, *args: Any, incidents: QuerySet[Incident], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["incident"]
        field.queryset = incidents

    def fields_of(self) -> dict[str, Any]:
        return {"incident": str(self.cleaned_data["incident"].pk)}


class DropForm(forms.Form):
    reason = forms.CharField(
        label="原因",
        max_length=200,
        help_text="如：与另一条重复；发送人会看到",
        widget=forms.TextInput(attrs={"class": "wide-input"}),
    )
