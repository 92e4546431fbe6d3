"""Forms of the box of concerns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from baibuting.common.entries import TEXT
from buildings.forms import PlaceChoiceField
from buildings.models import Place
from cadres.models import Appointment
from concerns.choices import CLOSED, Subject, Urgency
from concerns.models import ConcernTerms
from visits.choices import IncidentKind


def _words(label: str, help_text: str, *, required: bool = True) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, help_text=help_text, max_length=TEXT, required=required, widget=area)


class AppointmentChoiceField(forms.ModelChoiceField):
    """Offers who may have a concern: post and name, with the place."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.place.name} {obj.get_post_display()} {obj.cadre.name}"


class ConcernForm(forms.Form):
    """A concern that the office registers: somebody came, or rang up."""

    building = PlaceChoiceField(label="楼栋", queryset=Place.objects.none(), empty_label="请选择")
    subject = forms.ChoiceField(label="类别", choices=Subject.choices)
    urgency = forms.ChoiceField(label="缓急", choices=Urgency.choices)
    words = _words("诉求内容", "写清谁、要什么帮助，如：1-302 的老人要送药")

    def __init__(self, *args: Any, buildings: QuerySet[Place], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["building"]
        field.queryset = buildings


class TakeForm(forms.Form):
    """受理 or 改派: what it is, and who has it."""

    subject = forms.ChoiceField(label="类别", choices=Subject.choices)
    urgency = forms.ChoiceField(label="缓急", choices=Urgency.choices)
    appointment = AppointmentChoiceField(
        label="经办", queryset=Appointment.objects.none(), required=False, empty_label="社区办自己办"
    )
    words = _words("交代几句", "可不填", required=False)

    def __init__(self, *args: Any, appointments: QuerySet[Appointment], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["appointment"]
        field.queryset = appointments


class CloseForm(forms.Form):
    """已办 or 不办, with words for whoever reported it."""

    state = forms.ChoiceField(label="结果", choices=[(state.value, state.label) for state in CLOSED])
    answer = _words("办理结果", "反映人会看到，如：已联系社区医院，每周三上门")


class IncidentForm(forms.Form):
    kind = forms.ChoiceField(label="事件类别", choices=IncidentKind.choices)


class TermsForm(forms.ModelForm):
    """Within how many days concerns are closed."""

    class Meta:
        model = ConcernTerms
        fields = ("normal_days", "urgent_days")
