"""The admin of categories and flats. Residents and care records are in visits.admin: changes reschedule duties."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from adminkit.lists import WordFilter
from buildings.admin_base import BuildingFilter, PrecinctFilter, QuarterFilter, ScopedAdmin, SharedAdmin
from buildings.choices import Level
from buildings.models import Place
from buildings.selectors import place_matching
from residents.gaps import NO_ROOM
from residents.models import CareCategory, Household
from residents.selectors import flat_key
from residents.services import care_category_change, household_change, household_get_or_create


@admin.register(CareCategory)
class CareCategoryAdmin(SharedAdmin):
    """The five categories, shipped with the product; an office may edit their labels."""

    can_add = False
    list_display = ["label", "public_label", "is_sensitive", "synonyms"]
    sortable_by = ()
    fields = ["label", "public_label", "is_sensitive", "synonyms"]
    readonly_fields = ["is_sensitive"]

    def change_with(self, request: HttpRequest, obj: CareCategory, form: Any) -> CareCategory:
        return care_category_change(category=obj, **form.cleaned_data)


class RoomFilter(WordFilter):
    title, parameter_name = "缺漏", "gap"
    words = (("room", "住着人却没有室号"),)

    def condition(self, word: str) -> Q:
        return NO_ROOM


@admin.register(Household)
class HouseholdAdmin(ScopedAdmin):
    list_display = ["flat", "shown_building", "people"]
    list_filter = [QuarterFilter, PrecinctFilter, BuildingFilter, RoomFilter]
    list_select_related = ["building__parent__parent"]
    search_fields = ["room"]
    search_help_text = "室号或楼栋，如：1601"
    sortable_by = ("flat", "people")
    ordering = ["building__sort_key", "building", "entrance", "room", "pk"]
    fields = ["building", "entrance", "room"]
    empty_hint = "登记居民或导入必访对象台账时，住户会自动建立。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        living = Count("residents", filter=Q(residents__left_on=None))
        return (
            super().get_queryset(request).select_related("building__parent__parent").annotate(living=living)
        )

    def choices_of(self, model: Any, request: HttpRequest) -> QuerySet[Any] | None:
        choices = super().choices_of(model, request)
        if model is Place and choices is not None:
            return choices.filter(level=Level.BUILDING, closed_on=None)
        return choices

    def search_condition(self, text: str) -> Q:
        buildings = Place.objects.unscoped("a condition on rows that are scoped themselves").filter(
            place_matching(text), level=Level.BUILDING
        )
        return Q(room__startswith=text.strip()) | Q(building__in=buildings.values("pk"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["shown_building"] if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(None, {"fields": ["shown_building" if obj else "building", "entrance", "room"]})]

    def create_with(self, request: HttpRequest, form: Any) -> Household:
        typed = form.cleaned_data
        flat = Household(**typed)
        flat.clean()
        if (
            Household.objects.unscoped("in a building that the scoped form has offered")
            .filter(building=flat.building, entrance=flat.entrance, room=flat.room)
            .exists()
        ):
            raise ValidationError({"room": "该楼栋已有这个单元和室号。"})
        return household_get_or_create(**typed)

    def change_with(self, request: HttpRequest, obj: Household, form: Any) -> Household:
        return household_change(household=obj, **form.cleaned_data)

    def shown_name(self, obj: Household) -> str:
        return f"{obj.building.full_name} {obj.short}"

    picker_label = shown_name

    @admin.display(description="单元与室号", ordering=flat_key(""))
    def flat(self, household: Household) -> str:
        return household.short

    @admin.display(description="楼栋")
    def shown_building(self, household: Household) -> str:
        return household.building.full_name

    @admin.display(description="登记居民", ordering="living")
    def people(self, household: Any) -> str:
        return f"{household.living} 人"
