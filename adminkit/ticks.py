"""Actions on the ticked rows of a list: a page that says what will happen, then one service after the other.

Each row stands for itself: one that its service refuses stays as it was and is named with the reason, the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from adminkit.pages import say_what_is_wrong
from baibuting.common.list_pages import SIZES

if TYPE_CHECKING:
    from adminkit.base import PortalAdmin

TICKED = "row"  # the name of the boxes, and of what the page of confirming sends on
ACT = "bulk"  # the button's name; its value is the action's
SURE = "sure"
MOST_ROWS = SIZES[-1]  # what one page of a list can tick


@dataclass(frozen=True, slots=True)
class Ticked:
    """One of the things an action is done to, and why it cannot be: "" while nothing is known against it."""

    item: Any
    label: str
    why_not: str = ""


class BulkPage:
    """An action on ticked rows, named in its admin's `bulk_pages`. Override `apply`, and what else differs."""

    name: ClassVar[str]
    label: ClassVar[str]
    form_class: ClassVar[type[forms.Form]] = forms.Form
    explanation: ClassVar[str] = ""
    submit_label: ClassVar[str] = "确认"
    unit: ClassVar[str] = "条"
    done_label: ClassVar[str] = "已办理"
    is_danger: ClassVar[bool] = False

    def __init__(self, model_admin: PortalAdmin) -> None:
        self.admin = model_admin

    def allowed(self, request: HttpRequest) -> bool:
        """Return whether the user has the right at all; which rows it concerns is up to the scope."""
        return self.admin.has_change_permission(request)

    def items(self, request: HttpRequest, rows: Sequence[Any]) -> Iterable[Any]:
        """Return what the action is done to; the rows themselves, unless it concerns something behind them."""
        return rows

    def item_label(self, item: Any) -> str:
        """Return what an item is called on the page."""
        return self.admin.shown_name(item)

    def why_not(self, request: HttpRequest, item: Any) -> str:
        """Return why nothing can be done to an item, as far as one sees before; "" where it can be tried."""
        return ""

    def form(self, request: HttpRequest, items: Sequence[Any], data: Any = None) -> forms.Form:
        """Return the form, bound where there is data. Restrict its choices to the scope here."""
        return self.form_class(data, initial=self.initial(request))

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """Return the form's initial values."""
        return {}

    def apply(self, request: HttpRequest, item: Any, form: Any) -> None:
        """Call the service for one item; a ValidationError says why it was refused."""
        raise NotImplementedError

    def audit(self, request: HttpRequest, item: Any, fields: Sequence[str]) -> None:
        """Write the audit row of an item that was done."""
        self.admin.audit_change(request, item, fields)

    # --- the page -------------------------------------------------------------------------------------------------
    def view(self, request: HttpRequest) -> HttpResponse:
        """Show what will happen; on the second POST, do it."""
        rows = self._ticked(request)
        back = request.get_full_path()
        if not rows:
            self.admin.message_user(request, f"请先在要{self.label}的行前打勾。", level="WARNING")
            return HttpResponseRedirect(back)
        items = list(self.items(request, rows))
        found = [Ticked(item, self.item_label(item), self.why_not(request, item)) for item in items]
        possible = [one.item for one in found if not one.why_not]
        if SURE not in request.POST:
            return self._render(request, rows, found, self.form(request, possible))
        form = self.form(request, possible, request.POST)
        say_what_is_wrong(form)
        if not form.is_valid() or not possible:
            return self._render(request, rows, found, form)
        tried = [one if one.why_not else self._try(request, one, form) for one in found]
        count = sum(1 for one in tried if not one.why_not)
        if count == len(tried):
            self.admin.message_user(request, f"{self.done_label} {count} {self.unit}。")
            return HttpResponseRedirect(back)
        return self._render(request, rows, tried, form, done=count)

    def _ticked(self, request: HttpRequest) -> list[Any]:
        """Return the ticked rows that the user may change, in the order of the list."""
        keys = [key for key in request.POST.getlist(TICKED) if key.isdecimal() and len(key) <= 18]
        found = self.admin.rows_to_change(request).filter(pk__in=keys[:MOST_ROWS])
        position = {int(key): number for number, key in enumerate(keys)}
        rows = sorted(found, key=lambda row: position[row.pk])
        self.admin.prepare_ticked(request, rows)
        return rows

    def _try(self, request: HttpRequest, one: Ticked, form: Any) -> Ticked:
        key = one.item.pk
        try:
            with transaction.atomic():
                self.apply(request, one.item, form)
                self.audit(request, one.item, [self.name, *form.changed_data])
        except ValidationError as refusal:
            return Ticked(one.item, one.label, "；".join(refusal.messages))
        one.item.pk = key
        return one

    def _render(
        self,
        request: HttpRequest,
        rows: Sequence[Any],
        found: Sequence[Ticked],
        form: forms.Form,
        done: int | None = None,
    ) -> HttpResponse:
        return TemplateResponse(
            request,
            "admin/bulk_page.html",
            {
                **self.admin.admin_site.each_context(request),
                "opts": self.admin.opts,
                "title": self.label,
                "page": self,
                "form": form,
                "media": self.admin.media + form.media,
                "keys": [row.pk for row in rows],
                "possible": [one for one in found if not one.why_not],
                "refused": [one for one in found if one.why_not],
                "done": done,
                "list_url": request.get_full_path(),
            },
        )


class TicksRows(admin.ModelAdmin):
    """Mixin of the base admin: boxes before the rows of its list, where the user may act on several at once."""

    bulk_pages: ClassVar[Sequence[type[BulkPage]]] = ()

    def bulk_pages_for(self, request: HttpRequest) -> list[BulkPage]:
        """Return the actions on ticked rows that the user may take."""
        return [page for one in self.bulk_pages if (page := one(cast("PortalAdmin", self))).allowed(request)]

    def rows_to_change(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows that actions on ticked ones may concern."""
        return self.get_queryset(request)

    def prepare_ticked(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Set on ticked rows what their labels need."""

    def act_on_ticked(self, request: HttpRequest) -> HttpResponse:
        for page in self.bulk_pages_for(request):
            if page.name == request.POST[ACT]:
                return page.view(request)
        raise PermissionDenied

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        return ["tick", *shown] if self.bulk_pages_for(request) else shown

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        return super().get_list_display_links(request, [name for name in list_display if name != "tick"])

    @admin.display(
        description=format_html('<input type="checkbox" id="tick-all" aria-label="{}">', "选中本页全部")
    )
    def tick(self, obj: Any) -> SafeString:
        """Return the box before a row; what the row is about is said by the row, as far as the viewer may know."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" aria-label="选中这一行">', TICKED, obj.pk
        )
