"""The lists of cadres and party organisations as workbooks; each can be imported again without a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from buildings.choices import Level
from buildings.exporting import Column, ScopedResource
from buildings.exports import area_names
from buildings.models import Place
from cadres.choices import BUILDING_POSTS
from cadres.models import Appointment
from cadres.selectors import in_force

# names of cadres are posted in every stairwell; their phones are not
SENSITIVE = ("联系电话",)
MASKED_WORDS = "脱敏：电话隐去中间四位"


class StaffResource(ScopedResource):
    """One row per building, its six posts side by side. Takes the rows of `BuildingStaffAdmin`."""

    title, sensitive, masked_words = "两长四员花名册", SENSITIVE, MASKED_WORDS
    quarter = Column("苑区")
    precinct = Column("片区")
    building = Column("楼栋", "name")

    def dehydrate_quarter(self, building: Any) -> str:
        return area_names(building)[0]

    def dehydrate_precinct(self, building: Any) -> str:
        return area_names(building)[1]

    def get_export_headers(self, selected_fields: Any = None) -> list[str]:
        own: list[str] = super().get_export_headers(selected_fields)
        return own + [f"{post.label}/{what}" for post in BUILDING_POSTS for what in ("姓名", "联系电话")]

    def export_resource(self, instance: Any, selected_fields: Any = None, **options: Any) -> list[Any]:
        own: list[Any] = super().export_resource(instance, selected_fields, **options)
        held: dict[str, Appointment] = {appointment.post: appointment for appointment in instance.held_today}
        for post in BUILDING_POSTS:
            # a vacant post stays blank: "空缺" would end an appointment that was begun since
            cadre = held[post].cadre if post in held else None
            own += [cadre.name, self.phone(cadre.phone)] if cadre else ["", ""]
        return own


class OrganisationResource(ScopedResource):
    """One row per organisation with today's secretary. Takes the rows of `PartyOrganisationAdmin`."""

    title, sensitive, masked_words = "党组织与书记", SENSITIVE, MASKED_WORDS
    name = Column("党组织名称", "name")
    kind = Column("类型")
    parent = Column("上级党组织")
    covered = Column("覆盖范围")
    secretary = Column("书记")
    secretary_phone = Column("联系电话")
    is_party_member = Column("是否党员")
    started_on = Column("任职日期")

    def filter_export(self, queryset: Any, **options: Any) -> QuerySet[Any]:
        rows = super().filter_export(queryset, **options)
        return rows.select_related("parent").prefetch_related("places__parent__parent")

    def dehydrate_kind(self, organisation: Any) -> str:
        return str(organisation.get_kind_display())

    def dehydrate_parent(self, organisation: Any) -> str:
        return organisation.parent.name if organisation.parent else ""

    def dehydrate_covered(self, organisation: Any) -> str:
        return "、".join(place.full_name for place in organisation.places.all() if place.closed_on is None)

    def dehydrate_secretary(self, organisation: Any) -> str:
        # a vacant post stays blank: "空缺" would end an appointment that was begun since
        return "".join(held.cadre.name for held in organisation.held_today[:1])

    def dehydrate_secretary_phone(self, organisation: Any) -> str:
        return "".join(self.phone(held.cadre.phone) for held in organisation.held_today[:1])

    def dehydrate_is_party_member(self, organisation: Any) -> str:
        return "是" if any(held.cadre.is_party_member for held in organisation.held_today[:1]) else ""

    def dehydrate_started_on(self, organisation: Any) -> Any:
        return next((held.started_on for held in organisation.held_today), "")


class AppointmentResource(ScopedResource):
    """One row per appointment in force today. Takes the rows of `AppointmentAdmin`."""

    title, sensitive, masked_words = "在任骨干名册", SENSITIVE, MASKED_WORDS
    community_lookup = "place__community"
    post = Column("职务")
    name = Column("姓名", "cadre__name")
    cadre_phone = Column("联系电话")
    quarter = Column("苑区")
    precinct = Column("片区")
    building = Column("楼栋")
    organisation = Column("党组织")
    is_party_member = Column("是否党员")
    started_on = Column("任职日期", "started_on")

    def filter_export(self, queryset: Any, **options: Any) -> QuerySet[Any]:
        """Return those in force: importing an ended one again would put its holder back into office."""
        rows = super().filter_export(queryset, **options).filter(in_force(self.today))
        return rows.select_related("cadre", "place__parent__parent", "organisation")

    def dehydrate_post(self, appointment: Appointment) -> str:
        return appointment.get_post_display()

    def dehydrate_cadre_phone(self, appointment: Appointment) -> str:
        return self.phone(appointment.cadre.phone)

    def dehydrate_quarter(self, appointment: Appointment) -> str:
        return _name_at(appointment.place, Level.QUARTER)

    def dehydrate_precinct(self, appointment: Appointment) -> str:
        return _name_at(appointment.place, Level.PRECINCT)

    def dehydrate_building(self, appointment: Appointment) -> str:
        return _name_at(appointment.place, Level.BUILDING)

    def dehydrate_organisation(self, appointment: Appointment) -> str:
        return appointment.organisation.name if appointment.organisation else ""

    def dehydrate_is_party_member(self, appointment: Appointment) -> str:
        return "是" if appointment.cadre.is_party_member else ""


def _name_at(place: Place, level: Level) -> str:
    """Return the name of the place's ancestor at a level, or its own; "" where the place is above that level."""
    above: Sequence[Place | None] = (place, place.parent, place.parent.parent if place.parent else None)
    return next((found.name for found in above if found is not None and found.level == level), "")
