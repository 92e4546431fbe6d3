"""Forms of gatherings."""

from __future__ import annotations

from typing import Any

from django import forms

from gatherings.models import Gathering
from gatherings.services import MOST_OTHERS
from volunteers.models import Volunteer


def names_typed(text: str) -> list[str]:
    """Return the names in a text, one a line or with 、 or commas between them; each once."""
    for mark in "、，,；;\t":
        text = text.replace(mark, "\n")
    return list(dict.fromkeys(name.strip() for name in text.split("\n") if name.strip()))


class RollForm(forms.Form):
    """Who was there: ticks for those on the list, names for whoever came without."""

    there = forms.ModelMultipleChoiceField(
        label="到场的人",
        queryset=Volunteer.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="已报名的都已勾选，没有来的请去掉",
    )
    names = forms.CharField(
        label="另外到场的人",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="每行一个姓名；须是本社区登记的骨干或志愿者",
    )
    others = forms.IntegerField(
        label="另有人数", min_value=0, max_value=MOST_OTHERS, initial=0, help_text="没有登记姓名的居民有几人"
    )
    spoke = forms.CharField(
        label="上台发言的人",
        required=False,
        max_length=500,
        help_text="论坛、讲堂上发言的人，姓名之间用顿号隔开",
    )

    def __init__(self, *args: Any, people: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        there: Any = self.fields["there"]
        there.queryset = people


class CancelForm(forms.Form):
    reason = forms.CharField(label="取消原因", max_length=100, help_text="如：下雨，改期另行通知")


class MakeUpForm(forms.Form):
    """When and where those who are behind with their training make it up."""

    starts_at = forms.SplitDateTimeField(
        label="开始时间",
        widget=forms.SplitDateTimeWidget(
            date_attrs={"type": "date", "aria-label": "开始日期"},
            time_attrs={"type": "time", "aria-label": "开始钟点"},
        ),
    )
    hours = forms.IntegerField(label="几个小时", min_value=1, max_value=12, initial=2)
    venue = forms.CharField(label="地点", max_length=Gathering._meta.get_field("venue").max_length)
