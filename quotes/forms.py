"""Forms about lists of sentences."""

from __future__ import annotations

from typing import Any

from django import forms

from adminkit.pages import ServiceForm
from quotes.rules import LONGEST, SHORTEST

LINES_HELP = f"一行一句，每句 {SHORTEST} 到 {LONGEST} 个字，可以从 Excel 整列复制粘贴。系统在中间的标点处分成上下两半，之后可以逐句调整"


def lines_field() -> forms.CharField:
    """Return the field for sentences, one a line."""
    return forms.CharField(label="金句", widget=forms.Textarea(attrs={"rows": 12}), help_text=LINES_HELP)


class QuoteListForm(ServiceForm):
    lines = lines_field()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            del self.fields["lines"]


class LinesForm(forms.Form):
    lines = lines_field()
