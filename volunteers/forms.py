"""Forms about volunteers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget

from adminkit.base import PickerSelect
from adminkit.pages import ServiceForm
from baibuting.common.forms import MaskedFieldsMixin
from baibuting.common.masking import mask_phone
from volunteers.models import TeamMembership, Volunteer


class VolunteerForm(MaskedFieldsMixin, ServiceForm):
    masked = {"phone": mask_phone}


class JoinForm(forms.Form):
    volunteer = forms.ModelChoiceField(
        label="志愿者",
        queryset=Volunteer.objects.none(),
        widget=PickerSelect(TeamMembership._meta.get_field("volunteer"), admin.site),
        help_text="输入姓名或拼音首字母查找；还没有登记的，请先在“志愿者与下沉党员”里新增",
    )
    joined_on = forms.DateField(label="加入日期", widget=AdminDateWidget)

    def __init__(self, *args: Any, volunteers: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["volunteer"]
        field.queryset = volunteers


class DissolveForm(forms.Form):
    dissolved_on = forms.DateField(label="解散日期", widget=AdminDateWidget)


class LeaveForm(forms.Form):
    left_on = forms.DateField(label="退出日期", widget=AdminDateWidget, help_text="在队的最后一天")


class PairingEndForm(forms.Form):
    ended_on = forms.DateField(label="结束日期", widget=AdminDateWidget, help_text="结对的最后一天")
