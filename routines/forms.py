"""The form of a new version of a rule."""

from __future__ import annotations

from django import forms

from cadres.choices import POST_LEVELS
from routines.choices import PERIODS, Matter
from visits.rule_forms import VersionForm


class RoutineRuleForm(VersionForm):
    matter = forms.ChoiceField(label="事项", choices=Matter.choices, widget=forms.RadioSelect)
    is_on = forms.BooleanField(label="执行（不勾选表示自生效日起停办）", required=False)
    owner_post = forms.ChoiceField(
        label="责任岗位", choices=[(post.value, post.label) for post in POST_LEVELS]
    )
    period = forms.ChoiceField(label="周期", choices=PERIODS)
    due_offset_days = forms.IntegerField(
        label="周期开始后第几天截止",
        required=False,
        min_value=0,
        max_value=366,
        help_text="不填表示到周期的最后一天",
    )
    first_within_days = forms.IntegerField(
        label="首次期限（天）", min_value=1, max_value=366, help_text="上任或开始执行后几天内首次完成，如：28"
    )
    shift_to_working_day = forms.BooleanField(label="截止日期遇休息日顺延到下一个工作日", required=False)
    field_order = ("community", "effective_on", "matter", "is_on")
