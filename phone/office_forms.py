"""Forms with which the office corrects entries that were kept because they could not be taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet

from adminkit.base import PickerSelect
from baibuting.common.days import SHANGHAI
from baibuting.common.entries import Entry
from baibuting.common.entry_forms import CorrectedForm
from buildings.choices import Level
from buildings.forms import PlaceChoiceField
from buildings.models import Place
from buildings.scope import Scope
from phone.choices import Help, When
from phone.models import QuickPhrase, Submission
from phone.payloads import undo_uid
from residents.models import Resident
from visits.choices import IncidentKind, Method
from visits.forms import PersonChoiceField
from visits.models import Incident, Visit


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
        """Return when the entry is made: now. The visit's own day is in its fields."""
        return now

    def fields_of(self) -> dict[str, Any]:
        typed = self.cleaned_data
        chosen = typed["resident"].pk
        # members of the same flat stay on the visit as long as the resident it was sent for does
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
        return f"{obj.building.full_name} {obj.get_kind_display()} {obj.occurred_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


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


def visit_correction(*, entry: Entry, scope: Scope, data: Any, initial: dict[str, Any]) -> CorrectVisitForm:
    """Return the form that corrects a visit that waits."""
    residents = Resident.objects.within(scope).select_related("household__building__parent__parent")
    return CorrectVisitForm(
        data, initial=initial | _visit_initial(entry), residents=residents, sent=entry.numbers("resident")
    )


def _visit_initial(entry: Entry) -> dict[str, Any]:
    """Return the form's initial values: what was sent, as far as it is valid."""
    initial: dict[str, Any] = {
        "resident": entry.number("resident") or next(iter(entry.numbers("resident")), None),
        "method": entry.text("method"),
        "seen": entry.text("seen") or "yes",
    }
    if entry.text("when") == When.OTHER_DAY and entry.text("visited_on"):
        initial |= {"day": entry.text("visited_on"), "clock": entry.text("visited_time")}
    elif entry.text("when") == When.YESTERDAY_EVENING:
        initial["clock"] = ""
    return initial


def incident_correction(
    *, entry: Entry, scope: Scope, data: Any, initial: dict[str, Any]
) -> CorrectIncidentForm:
    """Return the form that corrects an incident that waits."""
    sent = {"building": entry.number("building"), "incident_kind": entry.text("incident_kind")}
    buildings = Place.objects.within(scope).filter(level=Level.BUILDING)
    return CorrectIncidentForm(
        data, initial=initial | sent, buildings=buildings.select_related("parent__parent")
    )


def arrival_correction(
    *, entry: Entry, scope: Scope, data: Any, initial: dict[str, Any]
) -> CorrectArrivalForm:
    """Return the form that corrects an arrival that waits."""
    incidents = Incident.objects.within(scope).select_related("building__parent__parent")
    return CorrectArrivalForm(
        data, initial=initial | {"incident": entry.number("incident")}, incidents=incidents
    )


def entry_words(entry: Entry, scope: Scope) -> list[tuple[str, str]]:
    """Return labels and values of an entry's filled fields; people and buildings outside the scope are not named."""
    people = Resident.objects.within(scope).filter(pk__in=entry.numbers("resident"))
    building = Place.objects.within(scope).filter(pk=entry.number("building") or 0).first()
    phrases = QuickPhrase.objects.filter(pk__in=entry.numbers("phrase"))
    labels = {
        "method": dict(Method.choices),
        "seen": {"yes": "见到", "no": "未见到"},
        "when": dict(When.choices),
        "help": dict(Help.choices),
        "incident_kind": dict(IncidentKind.choices),
    }
    said = {name: str(words.get(entry.text(name), "")) for name, words in labels.items()}
    rows = [
        ("走访对象", "、".join(person.name for person in people)),
        ("楼栋", building.name if building else ""),
        ("怎么走访", said["method"]),
        ("见到本人", said["seen"]),
        ("类别", said["incident_kind"]),
        (
            "时间",
            " ".join(filter(None, [said["when"], entry.text("visited_on"), entry.text("visited_time")])),
        ),
        ("钟点", entry.text("occurred_time")),
        (
            "情况",
            "；".join([*(phrase.text for phrase in phrases), entry.text("notes"), entry.text("summary")]),
        ),
        ("需要帮助", " ".join(filter(None, [said["help"], entry.text("help_text")]))),
    ]
    return [(label, text.strip("； ")) for label, text in rows if text.strip("； ")]


def undo_words(entry: Entry, scope: Scope) -> list[tuple[str, str]]:
    """Return what a sender wanted to take back, where it lies in the scope."""
    uid = undo_uid(entry)
    meant = Submission.objects.within(scope).filter(entry_uid=uid).first() if uid else None
    return [("要撤销的", str(meant))] if meant else []
