"""Party organisations: their names, their superiors, and the places they cover."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Case, Count, F, Min, Prefetch, QuerySet, When
from django.http import HttpRequest

from buildings.admin_base import ScopedAdmin
from buildings.exporting import ExportsScoped
from buildings.viewer import viewer_of
from cadres.choices import OrganisationKind
from cadres.exports import OrganisationResource
from cadres.models import Appointment, PartyOrganisation
from cadres.selectors import in_force
from cadres.services import organisation_change, organisation_create


@admin.register(PartyOrganisation)
class PartyOrganisationAdmin(ExportsScoped, ScopedAdmin):
    resource_class = OrganisationResource
    index_position = 50
    list_display = ["name", "kind", "parent", "shown_secretary", "shown_places"]
    list_filter = ["kind"]
    list_select_related = ["parent"]
    search_fields = ["name"]
    search_help_text = "名称，如：康和党总支"
    sortable_by = ()
    fields = ["community", "kind", "name", "parent", "places"]
    autocomplete_fields = ["places"]
    empty_hint = (
        "可以从“导入”一次导入全部党组织与书记；也可以先新增党委，再新增总支、支部，并选好各自覆盖的范围。"
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PartyOrganisation]:
        held = (
            Appointment.objects.unscoped("secretaries of organisations in the scope")
            .filter(in_force(viewer_of(request).today))
            .select_related("cadre")
        )
        return (
            super()
            .get_queryset(request)
            .annotate(
                place_count=Count("places"),
                rank=Case(*(When(kind=kind, then=rank) for rank, kind in enumerate(OrganisationKind))),
                first_place=Min("places__sort_path"),
            )
            .prefetch_related(Prefetch("appointments", held, to_attr="held_today"))
        )

    def get_ordering(self, request: HttpRequest) -> Any:
        """Return the highest first, then the order of the tree: 第一, 第二, 第三."""
        return ["community", F("rank").asc(), F("first_place").asc(nulls_last=True), "name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["community", "kind"] if obj else []

    def create_with(self, request: HttpRequest, form: Any) -> PartyOrganisation:
        return organisation_create(**form.cleaned_data)

    def change_with(self, request: HttpRequest, obj: PartyOrganisation, form: Any) -> PartyOrganisation:
        return organisation_change(organisation=obj, **form.cleaned_data)

    @admin.display(description="书记")
    def shown_secretary(self, organisation: PartyOrganisation) -> str:
        held: list[Appointment] = organisation.held_today  # type: ignore[attr-defined]
        return "、".join(one.cadre.name for one in held) or "空缺"

    @admin.display(description="覆盖范围")
    def shown_places(self, organisation: PartyOrganisation) -> str:
        count: int = organisation.place_count  # type: ignore[attr-defined]
        return f"{count} 处" if count else "未选"
