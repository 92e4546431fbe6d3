"""The admin's one site: who may enter, where they sign in, and pickers that never put names into addresses."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.rules import may_open_admin
from baibuting.common.portal import LAST, portals
from buildings.scope import ScopedQuerySet
from buildings.viewer import viewer_of

SITE_NAME = "百步亭网格"


def admin_position(app_label: str) -> int:
    """Return an app's position on the admin's index; the last where its portal gives none."""
    portal = portals().get(app_label)
    return portal.admin_position if portal else LAST


class Picker(AutocompleteJsonView):
    """The rows that a picker's search finds, under the admin's labels. Only by POST: what people type are names."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        request.GET = request.POST  # type: ignore[assignment]
        return self.get(request)

    def get_queryset(self) -> Any:
        related: Any = self.model_admin.list_select_related  # type: ignore[attr-defined]
        rows = super().get_queryset()
        scope = viewer_of(self.request).scope
        if scope.emergency and isinstance(rows, ScopedQuerySet):
            rows = rows.within(scope.writable())  # what is picked is written
        if not rows.ordered:  # annotating a count drops the model's own order
            rows = rows.order_by(*rows.model._meta.ordering, "pk")
        return rows.select_related(*related) if related else rows

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return {"id": str(getattr(obj, to_field_name)), "text": self.model_admin.picker_label(obj)}  # type: ignore[attr-defined]


class PortalSite(AdminSite):
    """Roles decide who may enter (`accounts.rules`), not Django's is_staff."""

    site_header = site_title = SITE_NAME
    index_title = "全部资料"
    empty_value_display = "—"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and may_open_admin(request.user)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "GET" and self.has_permission(request):
            return redirect(settings.LOGIN_REDIRECT_URL)
        return redirect_to_login(request.GET.get("next", "/admin/"), settings.LOGIN_URL)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return Django's context of every page without the list of all models, which only its unused sidebar shows."""
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "site_url": self.site_url,
            "has_permission": self.has_permission(request),
            "available_apps": [],
            "is_popup": False,
            "is_nav_sidebar_enabled": self.enable_nav_sidebar,
            "log_entries": [],
        }

    def get_urls(self) -> list[Any]:
        """Return Django's addresses without its password page (ours is at /password/) and `view_on_site`."""
        left_out = {"password_change", "password_change_done", "view_on_site"}
        return [found for found in super().get_urls() if getattr(found, "name", None) not in left_out]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the apps by their declared positions, in the order of a day's work instead of the alphabet."""
        apps = list(self._build_app_dict(request, app_label).values())  # type: ignore[attr-defined]
        for app in apps:
            app["models"].sort(key=lambda found: self.get_model_admin(found["model"]).index_position)  # type: ignore[attr-defined]
        return sorted(apps, key=lambda app: admin_position(app["app_label"]))

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        view: Any = Picker.as_view(admin_site=self)
        return view(request)
