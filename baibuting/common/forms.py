"""Parts of forms about people: phones as they are stored, and sealed columns that stay masked until retyped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.values import PHONE_MESSAGE, parse_phone


def clean_phone(typed: str) -> str:
    """Return a typed phone as it is stored. Raises ValidationError where it is none."""
    try:
        return parse_phone(typed)
    except CellError as error:
        raise ValidationError(PHONE_MESSAGE) from error


class MaskedFieldsMixin(forms.ModelForm):
    """Shows fields masked: one submitted unchanged keeps its value, an emptied one is emptied.

    `masked` maps field names to masks: {"phone": mask_phone}.
    """

    masked: ClassVar[Mapping[str, Callable[[str], str]]] = {}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, mask in self._shown_masked():
            self.initial[name] = mask(getattr(self.instance, name))

    def _shown_masked(self) -> list[tuple[str, Callable[[str], str]]]:
        return [(name, mask) for name, mask in self.masked.items() if name in self.fields]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name, _ in self._shown_masked():
            if name in self.cleaned_data and name not in self.changed_data:
                self.cleaned_data[name] = getattr(self.instance, name)
            elif name == "phone" and self.cleaned_data.get(name):
                self._read_phone()
        return cleaned

    def _read_phone(self) -> None:
        try:
            self.cleaned_data["phone"] = clean_phone(self.cleaned_data["phone"])
        except ValidationError as refusal:
            self.add_error("phone", refusal)
