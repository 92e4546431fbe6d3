"""The form with which the office accepts a proposal: filled in with what was said, put right where it must be."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget

from baibuting.common.entries import TEXT
from baibuting.common.masking import mask_phone
from proposals.choices import DATED, Change
from proposals.models import Proposal
from proposals.rules import LONGEST_NAME
from residents.models import CareCategory


class AcceptForm(forms.Form):
    """What a change needs, by its kind. A number is shown masked; left empty it stays as it was said."""

    on = forms.DateField(label="日期", widget=AdminDateWidget)
    name = forms.CharField(label="姓名", max_length=LONGEST_NAME)
    relation = forms.CharField(label="关系", max_length=10, required=False, help_text="如：儿子")
    entrance = forms.CharField(label="单元", max_length=10, required=False, help_text="如：2")
    room = forms.CharField(label="室号", max_length=20, required=False, help_text="如：1601")
    category = forms.ModelChoiceField(label="类别", queryset=CareCategory.objects.all(), empty_label="请选择")
    phone = forms.CharField(label="电话", max_length=LONGEST_NAME, required=False)

    def __init__(self, data: Any = None, *, proposal: Proposal) -> None:
        said = proposal.values
        named = {
            name: getattr(said, name) for name in ("on", "name", "relation", "entrance", "room", "category")
        }
        super().__init__(data, initial=named)
        for name in set(self.fields) - _FIELDS[Change(proposal.change)]:
            del self.fields[name]
        if "phone" in self.fields and said.phone:
            self.fields["phone"].help_text = f"报的是 {mask_phone(said.phone)}，不用改的不填"

    @property
    def changes(self) -> dict[str, Any]:
        """Return the values for the service."""
        typed = dict(self.cleaned_data)
        if typed.get("category"):
            typed["category"] = typed["category"].pk
        return typed


_FIELDS: dict[Change, set[str]] = {change: {"on"} if change in DATED else set() for change in Change}
_FIELDS[Change.NEW] |= {"name", "entrance", "room", "category", "phone"}
_FIELDS[Change.PHONE] |= {"phone"}
_FIELDS[Change.KIN] |= {"name", "relation", "phone"}


class DeclineForm(forms.Form):
    answer = forms.CharField(
        label="不采纳的原因",
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="上报人会看到，如：电话核实，老人在女儿家",
    )
