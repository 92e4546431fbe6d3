"""What these admins share: rows prepared for the eyes of the account, sealed columns opened on request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin_base import PortalChangeList
from accounts.routing import account_of
from buildings.admin_base import ObjectPage, PlaceFilter, ScopedAdmin
from buildings.choices import Level
from residents.forms import RevealForm
from residents.selectors import category_choices
from residents.services import sealed_reveal


class PreparedChangeList(PortalChangeList):
    """A list whose rows its admin prepares all at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        self.model_admin.prepare(request, self.result_list)  # type: ignore[attr-defined]


class PreparedAdmin(ScopedAdmin):
    """Rows carry what the account may read of them as plain attributes (`person`, `category_label`, …)."""

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Set those attributes on the rows of a page, in a constant number of queries."""
        raise NotImplementedError

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return PreparedChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        obj = super().get_object(request, object_id, from_field)
        if obj is not None:
            self.prepare(request, [obj])
        return obj


class BuildingFilter(PlaceFilter):
    """One building, as links from elsewhere ask for it; it offers no others."""

    title = "楼栋"
    parameter_name = "building"
    level = Level.BUILDING

    def narrowed(self, request: HttpRequest, places: QuerySet[Any]) -> QuerySet[Any]:
        chosen = request.GET.get(self.parameter_name, "")
        return places.filter(pk=chosen) if chosen.isdecimal() else places.none()


class CategoryFilter(admin.SimpleListFilter):
    """Categories under the names that anybody may read. `path` leads from the row to its category."""

    title = "类别"
    parameter_name = "category"
    path: ClassVar[str] = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return category_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(**{self.path: value}) if value.isdecimal() else queryset.none()


class WordFilter(admin.SimpleListFilter):
    """A filter over fixed words. With a `default` the list shows that much until something else is asked for."""

    words: ClassVar[Sequence[tuple[str, str]]] = ()
    default: ClassVar[str] = ""
    ALL = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.words

    def condition(self, word: str) -> Any:
        """The rows that a word means."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        word = self.value() or self.default
        if not word or word == self.ALL:
            return queryset
        if word not in dict(self.lookup_choices):
            return queryset.none()
        return queryset.filter(self.condition(word))

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """ "全部" goes first; where there is a default it has to be asked for."""
        chosen = self.value() or self.default
        name = str(self.parameter_name)
        every = {name: self.ALL} if self.default else {}
        yield {
            "selected": not chosen or chosen == self.ALL,
            "query_string": changelist.get_query_string(every, [] if every else [name]),
            "display": "全部",
        }
        for word, label in self.lookup_choices:
            yield {
                "selected": chosen == str(word),
                "query_string": changelist.get_query_string({name: word}),
                "display": label,
            }


class RevealPage(ObjectPage):
    """The sealed columns of a row in full, once, for a reason that is written down."""

    name, label, submit_label = "reveal", "查看完整信息", "查看"
    form_class = RevealForm
    explanation = "查看会记入审计：谁、何时、看了谁的哪些内容、为什么。请只在工作需要时查看。"
    audits_itself = True
    fields: ClassVar[Sequence[str]] = ()

    def allowed(self, request: HttpRequest, obj: Any) -> bool:
        """Also where a place is open for an emergency alone: then one has to call somebody."""
        return self.admin.has_change_permission(request)

    def applies(self, request: HttpRequest, obj: Any) -> bool:
        return any(obj.__dict__.get(field) for field in self.fields)

    def submit(self, request: HttpRequest, obj: Any, form: forms.Form) -> HttpResponse:
        filled = [field for field in self.fields if obj.__dict__.get(field)]
        values = sealed_reveal(
            row=obj,
            fields=filled,
            reason=form.cleaned_data["reason"],
            user=account_of(request),
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


def chip(kind: str, text: str) -> SafeString:
    """A state as colour and words; `kind` is overdue, today, week, done, nobody or plain."""
    return format_html('<span class="chip chip-{}">{}</span>', kind, text)


def hidden(obj: Any, field: str) -> str:
    """What stands for sealed text that nobody has asked to see."""
    return "已填写，内容已隐藏" if obj.__dict__.get(field) else "未填写"
