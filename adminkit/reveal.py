"""The page that discloses the sealed columns of a row once, for a recorded reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from adminkit.pages import ObjectPage, actor_of
from audit.revealing import sealed_reveal


class RevealForm(forms.Form):
    reason = forms.CharField(
        label="查看原因",
        max_length=200,
        help_text="如：核对低保申请、联系家属",
        widget=forms.TextInput(attrs={"class": "wide-input"}),
    )


class RevealPage(ObjectPage):
    """Shows the sealed columns of a row in full, once, for a recorded reason."""

    name, label, submit_label = "reveal", "查看完整信息", "查看"
    form_class = RevealForm
    explanation = "查看会记入审计：谁、何时、看了谁的哪些内容、为什么。请只在工作需要时查看。"
    audits_itself = True
    fields: ClassVar[Sequence[str]] = ()

    def allowed(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the user may change rows; also under emergency access, when people must be called."""
        return self.admin.has_change_permission(request)

    def applies(self, request: HttpRequest, obj: Any) -> bool:
        return any(obj.__dict__.get(field) for field in self.fields)

    def submit(self, request: HttpRequest, obj: Any, form: forms.Form) -> HttpResponse:
        filled = [field for field in self.fields if obj.__dict__.get(field)]
        values = sealed_reveal(
            row=obj,
            fields=filled,
            reason=form.cleaned_data["reason"],
            user=actor_of(request),
            now=timezone.now(),
        )
        shown = [(obj._meta.get_field(field).verbose_name, value) for field, value in values.items()]
        return TemplateResponse(
            request,
            "admin/revealed.html",
            {
                **self.admin.admin_site.each_context(request),
                "opts": self.admin.opts,
                "title": self.label,
                "values": shown,
                "object_url": self.admin.object_url(obj),
                "shown_name": self.admin.shown_name(obj),
            },
        )
