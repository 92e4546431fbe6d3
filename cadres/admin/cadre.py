"""Cadres as people: name, phone, account."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.masking import mask_phone
from buildings.admin_base import QuarterFilter, ScopedAdmin
from buildings.models import Place
from buildings.viewer import viewer_of
from cadres.account_holders import may_open_accounts
from cadres.forms import CadreForm, CadreWithoutAccountForm
from cadres.models import Appointment, Cadre
from cadres.selectors import in_force
from cadres.services import cadre_change, cadre_create


class ServingQuarterFilter(QuarterFilter):
    """Cadres who hold a post in the 苑区 today."""

    def inside(self, queryset: QuerySet[Any], place: Place) -> QuerySet[Any]:
        today = local_day(timezone.now())
        held = Appointment.objects.unscoped("in a place that the scoped filter has offered").filter(
            in_force(today), place__path__startswith=place.path
        )
        return queryset.filter(pk__in=held.values("cadre"))


class ServingFilter(admin.SimpleListFilter):
    title = "任职"
    parameter_name = "serving"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("yes", "在任"), ("no", "没有任职"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        own = Appointment.objects.within(viewer_of(request).scope)
        held = own.filter(in_force(viewer_of(request).today)).values("cadre")
        if self.value() == "yes":
            return queryset.filter(pk__in=held)
        return queryset.exclude(pk__in=held) if self.value() == "no" else queryset


@admin.register(Cadre)
class CadreAdmin(ScopedAdmin):
    index_position = 20
    list_display = ["name", "shown_phone", "shown_posts", "party", "shown_account"]
    list_filter = [ServingFilter, ServingQuarterFilter, "is_party_member"]
    list_select_related = ["user"]
    name_search = [""]
    search_fields = ["name"]
    search_help_text = "姓名或拼音首字母"
    fields = ["community", "name", "phone", "is_party_member", "account", "same_person"]
    empty_hint = "可以在“两长四员”里按楼栋填写，也可以导入花名册。"
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cadre]:
        today = viewer_of(request).today
        inside = Appointment.objects.within(viewer_of(request).scope).filter(in_force(today))
        held = inside.select_related("place__parent__parent")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("appointments", held.order_by("post", "pk"), to_attr="held_today"))
        )

    def list_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        accounts = {"url": reverse("cadres:holder_accounts"), "label": "账号开通"}
        return [accounts, *super().list_tools(request)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether the user sees a whole community; users who work for a part of one fill posts instead."""
        return super().has_add_permission(request) and self.communities(request).exists()

    def _links_accounts(self, request: HttpRequest, obj: Cadre | None) -> bool:
        """Return whether the user sees the whole community; only such users register a new cadre."""
        return obj is None or viewer_of(request).scope.covers(obj.community.path)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["community", "shown_account"] if obj else []

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if self._links_accounts(request, obj) else [*self.fields[:-2], "shown_account"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = CadreForm if self._links_accounts(request, obj) else CadreWithoutAccountForm
        return super().get_form(request, obj, change, **{**options, "form": form})

    def create_with(self, request: HttpRequest, form: Any) -> Cadre:
        details = self._details(form)
        return cadre_create(user=details.pop("account"), **details)

    def _details(self, form: Any) -> dict[str, Any]:
        """Return what is saved: that it is the same person is a word to the form and to the trail alone."""
        return {name: value for name, value in form.cleaned_data.items() if name != "same_person"}

    def change_with(self, request: HttpRequest, obj: Cadre, form: Any) -> Cadre:
        details = self._details(form)
        if "account" in details:
            details["user"] = details.pop("account")
        return cadre_change(cadre=obj, **details)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> Any:
        cadre = context.get("original")
        if cadre is not None:
            held = Appointment.objects.within(viewer_of(request).scope).filter(cadre=cadre)
            context["appointments"] = held.select_related("place__parent__parent", "organisation").order_by(
                "-started_on", "pk"
            )
        return super().render_change_form(request, context, *args, **options)

    def picker_label(self, obj: Cadre) -> str:
        """Return the name with phone and post, which distinguish namesakes."""
        known = [mask_phone(obj.phone), *[held.get_post_display() for held in obj.held_today[:1]]]  # type: ignore[attr-defined]
        return "　".join([obj.name, *[text for text in known if text]])

    @admin.display(description="联系电话")
    def shown_phone(self, cadre: Cadre) -> str:
        return mask_phone(cadre.phone) or self.get_empty_value_display()

    @admin.display(description="现任职务")
    def shown_posts(self, cadre: Cadre) -> str:
        held: list[Appointment] = cadre.held_today  # type: ignore[attr-defined]
        return "；".join(f"{one.place.full_name} {one.get_post_display()}" for one in held) or "没有任职"

    @admin.display(description="政治面貌")
    def party(self, cadre: Cadre) -> str:
        return "党员" if cadre.is_party_member else self.get_empty_value_display()

    @admin.display(description="登录账号")
    def shown_account(self, cadre: Cadre) -> str:
        return cadre.user.username if cadre.user else self.get_empty_value_display()


def _opening(request: HttpRequest) -> dict[str, str] | None:
    """Return the link from the list of accounts to opening them for those in office."""
    if not may_open_accounts(viewer_of(request).user):
        return None
    return {"url": reverse("cadres:holder_accounts"), "label": "给在任的人开通账号"}


admin.site.get_model_admin(User).list_links.append(_opening)  # type: ignore[attr-defined]
