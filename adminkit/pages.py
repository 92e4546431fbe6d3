"""Forms of the admin whose submit calls a service: a refusal is shown at its field and no input is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

if TYPE_CHECKING:
    from adminkit.base import PortalAdmin
    from audit.services import Actor


def actor_of(request: HttpRequest) -> Actor:
    """Return the signed-in account as the trail names it; the admin's pages are all behind a sign-in."""
    return cast("Actor", request.user)


def add_refusal(form: forms.BaseForm, refusal: ValidationError, renamed: Mapping[str, str] = {}) -> None:
    """Add a service's refusal to the form: at its field where the form has it, else at the top.

    `renamed` maps the service's names to the form's fields ({"started_on": "on"}).
    """
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for name, errors in refusal.error_dict.items():
        field = renamed.get(name, name)
        form.add_error(field if field in form.fields else None, errors)


def say_what_is_wrong(form: forms.BaseForm) -> None:
    """Set messages for required fields that name the field and say what to do."""
    for field in form.fields.values():
        chosen = isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
        verb = "选择" if chosen else "填写"
        field.error_messages["required"] = f"请{verb}{field.label}。"
        if chosen:
            field.error_messages["invalid_choice"] = f"所选的{field.label}不在可选范围内，请重新选择。"
        elif isinstance(field, forms.DateField):
            field.error_messages["invalid"] = "看不懂这个日期，请写成 2026-03-05 的样子。"


class ServiceForm(forms.ModelForm):
    """A model's form that saves itself through its admin's service while it is validated, inside a savepoint."""

    model_admin: ClassVar[PortalAdmin]
    request: ClassVar[HttpRequest]
    saved: models.Model

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "：", **options})
        say_what_is_wrong(self)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.saved = self.model_admin.write(self.request, self)
        except ValidationError as refusal:
            add_refusal(self, refusal, self.model_admin.renamed)


class ObjectPage:
    """An action on an object with a page of its own: a plain form whose submit calls a service.

    Named in its admin's `object_pages`; its address is <object>/<name>/, with a button on the object's page.
    Override `submit`, and what else differs.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    form_class: ClassVar[type[forms.Form]] = forms.Form
    explanation: ClassVar[str] = ""
    submit_label: ClassVar[str] = "保存"
    is_main: ClassVar[bool] = False
    is_danger: ClassVar[bool] = False
    only_looks: ClassVar[bool] = False  # read-only, for users who may view the object; no POST
    template: ClassVar[str] = "admin/object_page.html"
    renamed: ClassVar[Mapping[str, str]] = {}
    audits_itself: ClassVar[bool] = False  # its service writes the audit row

    def __init__(self, model_admin: PortalAdmin) -> None:
        self.admin = model_admin

    def applies(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the object's state allows the action; decides about the button, not about the right."""
        return True

    def allowed(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the user has the right: to change the object, or to view it where the page is read-only."""
        if self.only_looks:
            return self.admin.has_view_permission(request, obj)
        return self.admin.has_change_permission(request, obj)

    def form(self, request: HttpRequest, obj: Any, data: Any = None) -> forms.Form:
        """Return the form, bound where there is data. Restrict its choices to the scope here."""
        return self.form_class(data, initial=self.initial(request, obj))

    def initial(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return the form's initial values."""
        return {}

    def context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return more context for the template."""
        return {}

    def submit(self, request: HttpRequest, obj: Any, form: Any) -> str | HttpResponse:
        """Call the service; a ValidationError is added to the form. Returns a message for the user, or a response."""
        raise NotImplementedError

    def title(self, obj: Any) -> str:
        """Return the page's heading."""
        return self.label

    def back_url(self, obj: Any) -> str:
        """Return where "cancel" leads."""
        return self.admin.object_url(obj)

    def view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the form on GET, submit it on POST."""
        obj = self.admin.get_object(request, object_id)
        if obj is None or not self.allowed(request, obj):
            raise Http404
        if request.method == "POST" and not self.only_looks:
            form = self.form(request, obj, request.POST)
            say_what_is_wrong(form)
            done = self._submit(request, obj, form) if form.is_valid() else None
            if done is not None:
                return done
        elif not self.applies(request, obj):
            return HttpResponseRedirect(self.admin.object_url(obj))
        else:
            form = self.form(request, obj)
        return self._render(request, obj, form)

    def _submit(self, request: HttpRequest, obj: Any, form: forms.Form) -> HttpResponse | None:
        key = obj.pk  # the action may delete the object, and with it the key
        try:
            with transaction.atomic():
                told = self.submit(request, obj, form)
                obj.pk = key
                if not self.audits_itself:
                    self.admin.audit_change(request, obj, [self.name, *form.changed_data])
        except ValidationError as refusal:
            add_refusal(form, refusal, self.renamed)
            return None
        if isinstance(told, HttpResponse):
            return told
        self.admin.message_user(request, told)
        return HttpResponseRedirect(self.admin.object_url(obj))

    def _render(self, request: HttpRequest, obj: Any, form: forms.Form) -> HttpResponse:
        return TemplateResponse(
            request,
            self.template,
            {
                **self.admin.admin_site.each_context(request),
                "opts": self.admin.opts,
                "title": self.title(obj),
                "page": self,
                "form": form,
                "media": self.admin.media + form.media,
                "original": obj,
                "object_url": self.admin.object_url(obj),
                "back_url": self.back_url(obj),
                "shown_name": self.admin.shown_name(obj),
                **self.context(request, obj),
            },
        )
