"""Exports from the admin's lists: rows inside the scope, masked unless a reason is given, recorded in the trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from import_export import resources
from import_export.admin import ExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import Format
from tablib import Dataset

from audit.choices import Action
from audit.revealing import SHORTEST_REASON
from audit.services import audit_alarm, audit_event_record
from baibuting.common.masking import mask_address, mask_id_number, mask_name, mask_phone
from baibuting.common.tabular.marks import MASKED
from baibuting.common.tabular.writing import export_book
from buildings.viewer import Viewer, viewer_of

MOST_ROWS = 50_000
ALARM_ROWS = 500  # people exported in full at once; the auditor is notified
_BATCH = 500
_MASKED, _FULL = "masked", "full"


class Workbook(Format):
    """Our own .xlsx: digits stay digits, nothing becomes a formula, the header is frozen."""

    def get_title(self) -> str:
        return "xlsx"

    def get_extension(self) -> str:
        return "xlsx"

    def get_content_type(self) -> str:
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def can_export(self) -> bool:
        return True

    def export_data(self, dataset: Dataset, **_: Any) -> bytes:
        """Return the file, with the dataset's title and note."""
        return export_book(dataset.title, dataset.headers, dataset, note=getattr(dataset, "note", ""))


class Column(Field):
    """A column whose values keep their type: number, day, text. `Column("户数", "household_count")`."""

    def __init__(self, title: str, attribute: str | None = None) -> None:
        super().__init__(attribute=attribute, column_name=title)

    def export(self, instance: Any, **_: Any) -> Any:
        return self.get_value(instance)


class ScopedResource(resources.Resource):
    """Rows inside the viewer's scope. Columns are in the order of the sheet; `dehydrate_<field>` computes a value.

    `sensitive` are the labels of what a full export shows and a masked one does not; the trail records them.
    `masked_words` name for the clerk what is left out; `note` is shown below the title.
    """

    title: ClassVar[str]
    sensitive: ClassVar[Sequence[str]] = ()
    masked_words: ClassVar[str] = ""
    note: ClassVar[str] = ""
    community_lookup: ClassVar[str] = "community"

    def __init__(self, *, viewer: Viewer, is_full: bool) -> None:
        super().__init__()
        self.viewer, self.scope = viewer, viewer.scope.writable()
        self.is_full, self.now, self.today = is_full, viewer.now, viewer.today

    def filter_export(self, queryset: Any, **options: Any) -> QuerySet[Any]:
        """Return the rows inside the scope, whatever list was requested."""
        inside: QuerySet[Any] = queryset.within(self.scope)
        return inside

    def prepare(self, rows: Sequence[Any]) -> None:
        """Load related data for a batch of rows."""

    def iter_queryset(self, queryset: QuerySet[Any]) -> Iterator[Any]:
        batch: list[Any] = []
        for row in queryset.iterator(chunk_size=_BATCH):
            batch.append(row)
            if len(batch) == _BATCH:
                self.prepare(batch)
                yield from batch
                batch = []
        self.prepare(batch)
        yield from batch

    def after_export(self, queryset: Any, dataset: Dataset, **options: Any) -> None:
        is_masked = bool(self.sensitive) and not self.is_full
        dataset.title = f"{self.title}{MASKED}" if is_masked else self.title
        dataset.note = self.note

    def name(self, text: str) -> str:
        """Return a person's name as this export may show it."""
        return text if self.is_full else mask_name(text)

    def phone(self, text: str) -> str:
        """Return a phone as this export may show it."""
        return text if self.is_full else mask_phone(text)

    def id_number(self, text: str) -> str:
        """Return an ID number as this export may show it."""
        return text if self.is_full else mask_id_number(text)

    def address(self, text: str) -> str:
        """Return an address outside the community as this export may show it."""
        return text if self.is_full else mask_address(text)

    def private(self, text: str) -> str:
        """Return free text about a person; in a masked export only that there is some."""
        return text if self.is_full or not text else "（已隐藏）"


class ExportForm(forms.Form):
    """Masked or in full; a full export takes a reason."""

    detail = forms.ChoiceField(
        label="内容",
        widget=forms.RadioSelect,
        initial=_MASKED,
    )
    reason = forms.CharField(
        label="用途",
        max_length=200,
        required=False,
        help_text="导出完整内容时填写，如：核对两长四员花名册",
    )

    def __init__(self, *args: Any, masked_words: str, **options: Any) -> None:
        super().__init__(*args, **options)
        choice: Any = self.fields["detail"]
        choice.choices = [(_MASKED, masked_words), (_FULL, "完整：需要写明用途，并记入审计")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["reason"] = cleaned.get("reason", "").strip()
        if cleaned.get("detail") == _FULL and len(cleaned["reason"]) < SHORTEST_REASON:
            self.add_error("reason", "请写明用途，至少四个字，如：核对低保申请。")
        return cleaned


class ExportsScoped(ExportMixin):
    """Mixin for admins, left of the base admin. Set `resource_class`."""

    resource_class: ClassVar[type[ScopedResource]]
    formats = [Workbook]
    import_export_change_list_template = None

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may write the rows; which of them is up to the scope."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def export_url(self, request: HttpRequest) -> str:
        """Return the address of the export, with the list's conditions: it stands beside the count of what it exports."""
        if not self.has_export_permission(request):
            return ""
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_export")
        conditions = request.GET.urlencode()
        return f"{url}?{conditions}" if conditions else url

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Show on GET what would be exported and ask how; return the file on POST."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        queryset = self.get_export_queryset(request)
        form = self._export_form(request)
        count = self._resource(request, is_full=False).filter_export(queryset).count()
        if form.is_valid():
            if count <= MOST_ROWS:
                return self._file(request, queryset, form)
            form.add_error(None, f"一次最多导出 {MOST_ROWS} 条，请先用筛选缩小范围。")
        return self._ask(request, form, count)

    def _export_form(self, request: HttpRequest) -> forms.Form:
        data = request.POST if request.method == "POST" else None
        if not self.resource_class.sensitive:
            return forms.Form(data)  # nothing to mask
        return ExportForm(data, masked_words=self.resource_class.masked_words)

    def _ask(self, request: HttpRequest, form: forms.Form, count: int) -> HttpResponse:
        listed = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        conditions = request.GET.urlencode()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"导出{self.resource_class.title}",
            "form": form,
            "count": count,
            "most": MOST_ROWS,
            "columns": self._resource(request, is_full=False).get_export_headers(),
            "is_narrowed": bool(conditions),
            "list_url": f"{listed}?{conditions}" if conditions else listed,
        }
        return TemplateResponse(
            request, "admin/export.html", context, status=400 if form.is_bound and form.errors else 200
        )

    def _file(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form) -> HttpResponse:
        is_full = form.cleaned_data.get("detail") == _FULL
        with transaction.atomic():
            resource = self._resource(request, is_full=is_full)
            dataset = resource.export(queryset)
            audit_event_record(
                now=resource.now,
                user=viewer_of(request).user,
                action=Action.EXPORT,
                object_type=self.opts.label_lower,
                community_id=_only_community(resource, queryset),
                fields=list(resource.sensitive) if is_full else [],
                reason=form.cleaned_data.get("reason", ""),
                row_count=len(dataset),
            )
            if is_full and len(dataset) >= ALARM_ROWS:
                audit_alarm(
                    now=resource.now,
                    user=viewer_of(request).user,
                    object_type=self.opts.label_lower,
                    community_id=_only_community(resource, queryset),
                    row_count=len(dataset),
                )
            workbook = Workbook()
            response = HttpResponse(workbook.export_data(dataset), content_type=workbook.get_content_type())
        name = f"{dataset.title}{resource.today:%Y%m%d}.{workbook.get_extension()}"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        response["Cache-Control"] = "no-store"
        return response

    def _resource(self, request: HttpRequest, *, is_full: bool) -> ScopedResource:
        return self.resource_class(viewer=viewer_of(request), is_full=is_full)


def _only_community(resource: ScopedResource, queryset: QuerySet[Any]) -> int | None:
    """Return the id of the community all rows lie in; None for none or several."""
    inside = resource.filter_export(queryset).order_by()
    found = list(inside.values_list(resource.community_lookup, flat=True).distinct()[:2])
    return found[0] if len(found) == 1 else None
