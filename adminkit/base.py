"""The base of every admin of the portal: rights by role, writes through services, labels in Chinese.

Admins of rows that lie at a place derive from `buildings.admin_base.ScopedAdmin` instead.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import update_wrapper
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, ChangeList
from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q, QuerySet
from django.forms import Media, ModelChoiceField, TypedChoiceField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from adminkit.pages import ObjectPage, ServiceForm, actor_of
from adminkit.ticks import ACT, TicksRows
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.crypto import KeyMissingError, SealBrokenError, open_sealed, seal
from baibuting.common.fields import SealedTextField
from baibuting.common.list_pages import PER, page_size, size_choices
from baibuting.common.names import name_condition

FOUND = "found"  # in the address while a search is on; the term is in the session
CHOOSE = "请选择"
LONGEST_SEARCH = 100  # characters
FIELD_LOOKUPS = {"", "exact", "isnull", "in", "gte", "lt", "lte", "gt", "id__exact", "pk__exact"}


def search_key(model_admin: admin.ModelAdmin) -> str:
    """Return the session key of a list's search term."""
    return f"search:{model_admin.opts.label_lower}"


def _keep_search(request: HttpRequest, key: str, term: str) -> None:
    """Store a search term sealed: sessions are in the database, and terms are names and numbers of people."""
    sealed = seal(term, bound_to=f"session|{key}|{request.user.pk}")
    request.session[key] = b64encode(sealed).decode()


def _search_kept(request: HttpRequest, key: str) -> str:
    """Return the search term; "" for none, and for one sealed under a key that is gone."""
    kept = request.session.get(key, "")
    try:
        return open_sealed(b64decode(kept), bound_to=f"session|{key}|{request.user.pk}") if kept else ""
    except (SealBrokenError, KeyMissingError, ValueError):
        return ""


class PortalChangeList(ChangeList):
    """A list whose search term comes from the session: typed names of people never get into an address."""

    def get_filters_params(self, params: Any = None) -> Any:
        found = super().get_filters_params(params)
        return {key: value for key, value in found.items() if key not in (FOUND, PER)}

    def get_results(self, request: HttpRequest) -> None:
        usual = self.list_per_page
        self.list_per_page = page_size(request.GET, usual)
        super().get_results(request)
        params = request.GET.copy()
        params.pop(PAGE_VAR, None)
        self.sizes = size_choices(params, self.result_count, usual)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Return the order, by sortable columns alone whatever the address asks: others disclose masked values."""
        asked = [part for part in str(self.params.pop(ORDER_VAR, "")).split(".") if self._offers(part)]
        if asked:
            self.params[ORDER_VAR] = ".".join(asked)
        return super().get_ordering(request, queryset)

    def _offers(self, part: str) -> bool:
        at = part.removeprefix("-")
        shown = self.list_display
        return at.isdecimal() and int(at) < len(shown) and shown[int(at)] in (self.sortable_by or ())

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        key = search_key(self.model_admin)
        self.query = _search_kept(request, key) if FOUND in request.GET else ""
        return super().get_queryset(request, exclude_parameters)


class _Picker(AutocompleteMixin):
    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        return {**super().build_attrs(base_attrs, extra_attrs), "data-placeholder": "点此输入查找"}

    @property
    def media(self) -> Media:
        own = Media(js=["admin/js/jquery.init.js", "js/pickers.js"])
        return super().media + own  # type: ignore[misc]


class PickerSelect(_Picker, AutocompleteSelect):
    """A foreign key found by typing, for rows too many to list. `PickerSelect(field, admin.site)` in a plain form."""


class PickerSelectMultiple(_Picker, AutocompleteSelectMultiple):
    """Several rows found by typing."""


def _hide_sealed(
    obj: models.Model, masks: Mapping[str, Callable[[str], str]], shown: Collection[str]
) -> None:
    """Mask the sealed columns of a row that is only viewed, which Django would show in full. The row is not saved."""
    for field in obj._meta.concrete_fields:
        is_hidden = isinstance(field, SealedTextField) and field.attname not in shown
        if is_hidden and (text := getattr(obj, field.attname)):
            mask = masks.get(field.attname)
            setattr(obj, field.attname, mask(text) if mask else "已填写，内容已隐藏")


def _say_choose(field: Any) -> None:
    """Label the empty choice in words instead of dashes."""
    if isinstance(field, ModelChoiceField):
        if field.empty_label is not None:
            field.empty_label = CHOOSE
    elif isinstance(field, TypedChoiceField):
        choices: Any = field.choices
        field.choices = [(value, CHOOSE if value in ("", None) else label) for value, label in choices]


class PortalAdmin(TicksRows, admin.ModelAdmin):
    """Base of all admins. Set `create_with` and `change_with` to services; a model without them is read-only."""

    actions = None
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    view_on_site = False
    form = ServiceForm
    index_position: ClassVar[int] = 50  # among the models of its app on the front page
    object_pages: ClassVar[Sequence[type[ObjectPage]]] = ()
    empty_hint: ClassVar[str] = ""
    # a service's names of fields → the form's names, where they differ
    renamed: ClassVar[Mapping[str, str]] = {}
    # where people's names are searched, by name and pinyin initials: "" here, "cadre__" behind a foreign key
    name_search: ClassVar[Sequence[str]] = ()
    can_add: ClassVar[bool] = True
    can_change: ClassVar[bool] = True
    # a row's fields are read-only, whatever its object pages can do with it
    fixed: ClassVar[bool] = False
    # sealed columns that are shown in full to users who may view the row, in the list as well
    shown_sealed: ClassVar[Collection[str]] = ()
    # the services write their own audit rows
    audits_itself: ClassVar[bool] = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # buttons that later apps add to an object's page: (request, obj) → {"url", "label", "is_main"} or None
        self.links: list[Callable[[HttpRequest, Any], dict[str, Any] | None]] = []
        # and those above its list: request → {"url", "label"} or None
        self.list_links: list[Callable[[HttpRequest], dict[str, str] | None]] = []

    # --- writes -----------------------------------------------------------------------------------------------------
    def create_with(self, request: HttpRequest, form: Any) -> models.Model:
        """Create the row through its service from `form.cleaned_data`."""
        raise NotImplementedError

    def change_with(self, request: HttpRequest, obj: Any, form: Any) -> models.Model:
        """Change the row through its service; `obj` is as in the database, `form` as typed."""
        raise NotImplementedError

    def write(self, request: HttpRequest, form: Any) -> models.Model:
        """Create or change the row of a valid form; returns it. ValidationErrors of services are added to the form."""
        if form.instance._state.adding:
            return self.create_with(request, form)
        return self.change_with(request, self.get_queryset(request).get(pk=form.instance.pk), form)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> models.Model:
        return form.saved

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Do nothing: the service has saved the row."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Do nothing: the service has saved related rows."""

    # --- the trail --------------------------------------------------------------------------------------------------
    def construct_change_message(self, request: Any, form: Any, formsets: Any, add: bool = False) -> Any:
        return form.changed_data

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._audit(request, Action.CREATE, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.audit_change(request, obj, message)

    def audit_change(self, request: HttpRequest, obj: Any, fields: Sequence[str]) -> None:
        """Write one audit row for a change: names of fields, never values."""
        self._audit(request, Action.CHANGE, obj, fields)

    def _audit(self, request: HttpRequest, action: Action, obj: Any, fields: Sequence[str]) -> None:
        if self.audits_itself:
            return
        audit_event_record(
            now=timezone.now(),
            user=actor_of(request),
            action=action,
            object_type=self.opts.label_lower,
            object_id=str(obj.pk),
            community_id=self.community_id_of(obj),
            fields=fields,
        )

    def community_id_of(self, obj: Any) -> int | None:
        """Return the id of the community whose auditors see a row's changes; None for all."""
        found: int | None = getattr(obj, "community_id", None)
        return found

    # --- rights -----------------------------------------------------------------------------------------------------
    # Roles decide, by Django's own permissions: see accounts.backends.
    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.can_add and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_change and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # rows end, they are not deleted

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        raise Http404

    # --- fields -----------------------------------------------------------------------------------------------------
    def choices_of(self, model: type[models.Model], request: HttpRequest) -> QuerySet[Any] | None:
        """Return the rows of another model that may be chosen; None for all. Accounts are never listed."""
        return model._default_manager.none() if model is get_user_model() else None

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if "queryset" not in options:
            choices = self.choices_of(db_field.remote_field.model, request)
            if choices is not None:
                options["queryset"] = choices
        if db_field.name in self.get_autocomplete_fields(request):
            options.setdefault("widget", PickerSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if "queryset" not in options:
            choices = self.choices_of(db_field.remote_field.model, request)
            if choices is not None:
                options["queryset"] = choices
        if db_field.name in self.get_autocomplete_fields(request):
            options.setdefault("widget", PickerSelectMultiple(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **options)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:  # type: ignore[override]
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # no pop-up windows beside a field
        _say_choose(field)
        return field

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change, **options)
        return type(form.__name__, (form,), {"model_admin": self, "request": request})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and self.fixed:
            return flatten_fieldsets(self.get_fieldsets(request, obj))
        return super().get_readonly_fields(request, obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if self.fixed and request.method == "POST":
            raise PermissionDenied
        return super().change_view(request, object_id, form_url, extra_context)

    # --- lists ------------------------------------------------------------------------------------------------------
    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return PortalChangeList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST":
            return self.act_on_ticked(request) if ACT in request.POST else self._search(request)
        words = {
            "bulk_pages": self.bulk_pages_for(request),
            "add_label": self.add_label,
            "list_tools": self.list_tools(request),
            "export_url": self.export_url(request),
            "empty_hint": self.empty_hint,
            "list_note": self.list_note(request),
            "title": self.opts.verbose_name_plural,
        }
        return super().changelist_view(request, {**words, **(extra_context or {})})

    def list_note(self, request: HttpRequest) -> str:
        """Return a sentence to show above the list."""
        return ""

    def _search(self, request: HttpRequest) -> HttpResponse:
        """Store the term in the session and redirect to the list, with its other filters, at an address without it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if "find" not in request.POST:
            raise Http404
        term = request.POST.get("q", "").strip()[:LONGEST_SEARCH]
        conditions = request.GET.copy()
        for spent in ("q", "p", "e", FOUND):
            conditions.pop(spent, None)
        _keep_search(request, search_key(self), term)
        if term:
            conditions[FOUND] = "1"
        return HttpResponseRedirect(
            f"{request.path}?{conditions.urlencode()}" if conditions else request.path
        )

    def search_condition(self, text: str) -> Q:
        """Return the condition for a search term: people's names and initials, and the plain `search_fields`."""
        condition = Q(pk__in=())
        for prefix in self.name_search:
            condition |= name_condition(text, prefix=prefix)
        people = {f"{prefix}name" for prefix in self.name_search}
        for field in self.search_fields:
            if field not in people:
                condition |= Q(**{f"{field}__icontains": text.strip()})
        return condition

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip():
            queryset = queryset.filter(self.search_condition(search_term))
        return queryset, False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:  # type: ignore[override]
        """Return whether a look-up is one of the list's own filters: others could disclose masked values."""
        for spec in self.get_list_filter(request):
            parameter = getattr(spec, "parameter_name", None)
            if parameter is not None:
                if lookup == parameter:
                    return True
                continue
            field = spec[0] if isinstance(spec, tuple | list) else spec
            if lookup == field or lookup.removeprefix(f"{field}__") in FIELD_LOOKUPS:
                return True
        return False

    # --- pages ------------------------------------------------------------------------------------------------------
    @property
    def add_label(self) -> str:
        """Return the label of the button and page for a new row."""
        return f"新增{self.opts.verbose_name}"

    def list_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        """Return more buttons above the list: {"url", "label"}."""
        return [link for make in self.list_links if (link := make(request))]

    def export_url(self, request: HttpRequest) -> str:
        """Return where the listed rows are exported; "" where they are not."""
        return ""

    def shown_name(self, obj: Any) -> str:
        """Return the heading of an object's page."""
        return str(obj)

    def picker_label(self, obj: Any) -> str:
        """Return an object's label where it can be chosen."""
        return str(obj)

    def object_url(self, obj: Any) -> str:
        """Return the address of an object's page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])

    def page_url(self, obj: Any, name: str) -> str:
        """Return the address of one of an object's further pages."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[obj.pk])

    def object_page_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        """Return buttons for the pages that apply to an object now and that the user may open."""
        pages = [page(self) for page in self.object_pages]
        own = [
            {"url": self.page_url(obj, page.name), "label": page.label, "is_main": page.is_main}
            for page in pages
            if page.applies(request, obj) and page.allowed(request, obj)
        ]
        return [found for link in self.links if (found := link(request, obj))] + own

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        context["title"] = self.add_label if obj is None else self.opts.verbose_name
        context |= {"add_label": self.add_label, "show_save_and_continue": False}
        if obj is not None and not self.has_change_permission(request, obj):
            _hide_sealed(obj, getattr(context["adminform"].form, "masked", {}), self.shown_sealed)
        if obj is not None:
            context |= {"show_save": not self.fixed, "show_save_and_add_another": False}
            context["shown_name"] = context["subtitle"] = self.shown_name(obj)
            context["object_pages"] = self.object_page_buttons(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{page.name}/",
                self._wrapped(page(self).view),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{page.name}",
            )
            for page in self.object_pages
        ]
        return own + super().get_urls()

    def _wrapped(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def wrapper(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
            return self.admin_site.admin_view(view)(request, *args, **options)

        return update_wrapper(wrapper, view)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404  # Django's history is replaced by the audit trail
