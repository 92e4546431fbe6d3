"""The admin of the audit trail: who did what, when and why; read and exported for inspectors, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from accounts.choices import Role
from accounts.forms import ReasonForm
from accounts.routing import account_of
from adminkit.base import PortalAdmin
from adminkit.pages import ObjectPage, say_what_is_wrong
from audit.choices import Action
from audit.models import AuditEvent
from audit.services import audit_event_record
from baibuting.common.portal import Portal, collected
from baibuting.common.tabular.writing import export_book

MOST_ROWS = 50_000
COLUMNS = (
    "编号",
    "时间",
    "操作人",
    "账号",
    "身份",
    "操作",
    "对象类型",
    "对象编号",
    "涉及内容",
    "行数",
    "原因",
)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExportReasonForm(ReasonForm):
    """The reason for which the trail is exported."""

    reason = forms.CharField(label="用途", min_length=4, max_length=200, help_text="如：区网信办年度检查")


class SameObjectPage(ObjectPage):
    """All actions on the same row, such as who viewed this person."""

    name, label, only_looks = "same", "同一对象的记录", True
    template = "admin/accounts/trail_same.html"

    def applies(self, request: HttpRequest, obj: AuditEvent) -> bool:
        return bool(obj.object_id)

    def context(self, request: HttpRequest, obj: AuditEvent) -> dict[str, Any]:
        rows = self.admin.get_queryset(request).filter(object_type=obj.object_type, object_id=obj.object_id)
        return {"events": trail_rows(rows.select_related("user")[:200]), "what": type_label(obj)}


@admin.register(AuditEvent)
class AuditEventAdmin(PortalAdmin):
    """The audit trail, read-only."""

    index_position = 20
    can_add = can_change = False
    object_pages = [SameObjectPage]
    list_display = [
        "shown_at",
        "shown_user",
        "shown_role",
        "action",
        "shown_type",
        "object_id",
        "shown_fields",
        "reason",
    ]
    list_filter = ["action", "at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__name", "object_id"]
    search_help_text = "操作人或对象编号"
    sortable_by = ()
    fixed = True
    fields = [
        "shown_at", "shown_user", "shown_role", "action", "shown_type", "object_id", "shown_fields", "row_count", "reason",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Return the events of the communities in the scope, and those of no community: accounts and rights."""
        rows = super().get_queryset(request)
        scope: Any = request.viewer.scope  # type: ignore[attr-defined]
        if scope.everywhere:
            return rows
        communities = {int(path.split("/")[1]) for path in scope.paths}
        return rows.filter(Q(community_id=None) | Q(community_id__in=communities))

    def shown_name(self, obj: AuditEvent) -> str:
        return f"{self.shown_at(obj)} {obj.get_action_display()}{self.shown_type(obj)}"

    @admin.display(description="时间")
    def shown_at(self, event: AuditEvent) -> str:
        return f"{timezone.localtime(event.at):%Y-%m-%d %H:%M}"

    @admin.display(description="操作人")
    def shown_user(self, event: AuditEvent) -> str:
        return str(event.user or "系统")

    @admin.display(description="身份")
    def shown_role(self, event: AuditEvent) -> str:
        return str(dict(Role.choices).get(event.role, self.get_empty_value_display()))

    @admin.display(description="对象类型")
    def shown_type(self, event: AuditEvent) -> str:
        return type_label(event)

    @admin.display(description="涉及内容")
    def shown_fields(self, event: AuditEvent) -> str:
        return field_labels(event)

    # --- for inspectors ---------------------------------------------------------------------------------------------
    def list_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        conditions = request.GET.urlencode()
        url = reverse("admin:audit_auditevent_export")
        return [{"url": f"{url}?{conditions}" if conditions else url, "label": "导出"}]

    def get_urls(self) -> list[Any]:
        own = path("export/", self._wrapped(self.export_view), name="audit_auditevent_export")
        return [own, *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Show on GET the number of rows and ask for a reason; on POST return the workbook and audit the export."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).get_queryset(request)  # type: ignore[attr-defined]
        form = ExportReasonForm(request.POST if request.method == "POST" else None)
        say_what_is_wrong(form)
        count = rows.count()
        if form.is_valid() and count <= MOST_ROWS:
            return self._workbook(request, rows, form.cleaned_data["reason"])
        if form.is_bound and count > MOST_ROWS:
            form.add_error(None, f"一次最多导出 {MOST_ROWS} 条，请先用筛选缩小范围，如按月份。")
        conditions = request.GET.urlencode()
        listed = reverse("admin:audit_auditevent_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "导出审计记录",
            "form": form,
            "count": count,
            "most": MOST_ROWS,
            "columns": COLUMNS,
            "is_narrowed": bool(conditions),
            "list_url": f"{listed}?{conditions}" if conditions else listed,
        }
        return TemplateResponse(request, "admin/export.html", context, status=400 if form.errors else 200)

    def _workbook(self, request: HttpRequest, rows: QuerySet[AuditEvent], reason: str) -> HttpResponse:
        now = timezone.now()
        with transaction.atomic():
            written = [
                (
                    event.pk, f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}", str(event.user or "系统"),
                    event.user.username if event.user else "", self.shown_role(event),
                    event.get_action_display(), type_label(event), event.object_id, field_labels(event),
                    event.row_count, event.reason,
                )
                for event in rows.select_related("user").order_by("pk")
            ]  # fmt: skip
            audit_event_record(
                now=now,
                user=account_of(request),
                action=Action.EXPORT,
                object_type=self.opts.label_lower,
                reason=reason,
                row_count=len(written),
            )
            response = HttpResponse(export_book("审计记录", COLUMNS, written), content_type=WORKBOOK)
        name = f"审计记录{timezone.localtime(now):%Y%m%d}.xlsx"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        response["Cache-Control"] = "no-store"
        return response


def trail_rows(events: Any) -> list[dict[str, Any]]:
    """Return audit rows in words, for lists of who looked."""
    return [
        {
            "at": timezone.localtime(event.at),
            "who": str(event.user or "系统"),
            "role": dict(Role.choices).get(event.role, ""),
            "action": event.get_action_display(),
            "type": type_label(event),
            "fields": field_labels(event),
            "reason": event.reason,
        }
        for event in events
    ]


def type_label(event: AuditEvent) -> str:
    """Return the name of the row's model, as its list calls it."""
    model = _model(event)
    return str(model._meta.verbose_name) if model else event.object_type


_STATE = {"is_active": "使用状态", "is_superuser": "最高权限", "photo": "照片"}
_OTHER_WORDS = {
    "enrolled": "启用",
    "wrong_code": "验证码填错",
    "backup_codes": "重新生成备用码",
    "reset": "解除",
}


def field_labels(event: AuditEvent) -> str:
    """Return the fields by their labels, and an object page's action by that page's label."""
    model = _model(event)
    labels = _columns_of_any() | _portal_labels()
    if event.action == Action.SECOND_STEP:
        labels |= _OTHER_WORDS
    if model is not None:
        related = (relation for relation in model._meta.related_objects if relation.get_accessor_name())
        labels |= {
            str(relation.get_accessor_name()): str(relation.field.model._meta.verbose_name)
            for relation in related
        }
        if admin.site.is_registered(model):
            pages = getattr(admin.site.get_model_admin(model), "object_pages", ())
            labels |= {page.name: page.label for page in pages}
        columns = (*model._meta.fields, *model._meta.many_to_many)
        labels |= {field.name: str(field.verbose_name) for field in columns} | _STATE
    return "、".join(labels.get(name, name) for name in event.fields)


@cache
def _columns_of_any() -> dict[str, str]:
    """Return the labels of all columns by name: a form may hold what another model keeps, as a flat of its resident."""
    return {
        field.name: str(field.verbose_name) for model in apps.get_models() for field in model._meta.fields
    }


@collected
def _portal_labels(portals: Mapping[str, Portal]) -> dict[str, str]:
    """Return the labels of what is named in the trail and is no column, by name."""
    return {name: label for portal in portals.values() for name, label in portal.trail_fields.items()}


def _model(event: AuditEvent) -> type[models.Model] | None:
    """Return the model a row of the trail is about, even where it was renamed since; None for none."""
    try:
        return apps.get_model(event.object_type)
    except (LookupError, ValueError):
        renamed = (one for one in apps.get_models() if event.object_type in getattr(one, "formerly", ()))
        return next(renamed, None)
