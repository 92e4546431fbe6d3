"""Forms about rows of people, whatever they are rows of."""

from __future__ import annotations

from django import forms


def hidden_text(text: str) -> str:
    """What stands in a field for sealed words."""
    return "（已填写，内容已隐藏）" if text else ""


class RevealForm(forms.Form):
    reason = forms.CharField(
        label="查看原因",
        max_length=200,
        help_text="如：核对低保申请、联系家属",
        widget=forms.TextInput(attrs={"class": "wide-input"}),
    )
