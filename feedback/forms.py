"""The form of an opinion, and of its answer."""

from __future__ import annotations

from django import forms

from feedback.choices import LONGEST


class OpinionForm(forms.Form):
    text = forms.CharField(
        label="您的意见或建议",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "请写几个字再发送。"},
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="答复",
        max_length=LONGEST,
        help_text="提出人会看到，如：已改好，请再试一次",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
