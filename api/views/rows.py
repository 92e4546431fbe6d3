"""Rows as the interface shows them: no sealed column, no address, and no name the client is not granted."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.choices import LEVEL_WORDS, Grant, LevelWord
from api.selectors import category_word
from baibuting.common.masking import mask_name
from buildings.models import Place
from buildings.programs import Row
from cadres.choices import Post
from cadres.models import Appointment
from duties.kinds import kind_of
from duties.models import Duty
from residents.models import CareRecord
from residents.selectors import display_name
from stats.choices import CategoryWord
from visits.models import Arrival, Incident, Visit


class PlaceRow(Row):
    level = serializers.SerializerMethodField(help_text="级别")

    class Meta:
        model = Place
        fields = read_only_fields = [
            "id", "level", "name", "code", "parent", "community", "entrance_count", "floor_count", "household_count",
            "closed_on",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=LevelWord.choices))
    def get_level(self, place: Place) -> str:
        return LEVEL_WORDS[place.level]


class AppointmentRow(Row):
    cadre = serializers.UUIDField(source="cadre.uid", read_only=True, help_text="骨干的 uid")
    cadre_name = serializers.SerializerMethodField(help_text="骨干姓名；没有开通“骨干姓名”时遮掩")

    class Meta:
        model = Appointment
        fields = read_only_fields = [
            "id", "place", "post", "cadre", "cadre_name", "organisation", "started_on", "ended_on",
        ]  # fmt: skip

    def get_cadre_name(self, appointment: Appointment) -> str:
        name = appointment.cadre.name
        return name if self.may(Grant.CADRE_NAMES) else mask_name(name)


class CareRecordRow(Row):
    category = serializers.SerializerMethodField(help_text="类别")
    resident = serializers.UUIDField(source="resident.uid", read_only=True, help_text="居民的 uid")
    resident_name = serializers.SerializerMethodField(help_text="居民姓名；没有开通“居民姓名和户室”时遮掩")
    household = serializers.SerializerMethodField(help_text="单元和室号；没有开通“居民姓名和户室”时为 null")

    class Meta:
        model = CareRecord
        fields = read_only_fields = [
            "id", "building", "category", "resident", "resident_name", "household", "started_on", "ended_on",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=CategoryWord.choices))
    def get_category(self, record: CareRecord) -> str | None:
        return category_word(record.category)

    def get_resident_name(self, record: CareRecord) -> str:
        return display_name(record.resident, may_know=self.may(Grant.RESIDENT_NAMES))

    def get_household(self, record: CareRecord) -> str | None:
        """Of whoever has moved to another building since, none: where he went is not this row's to say."""
        household = record.resident.household
        has_moved = household.building_id != record.building_id
        return None if has_moved or not self.may(Grant.RESIDENT_NAMES) else household.short


class DutyRow(Row):
    category = serializers.SerializerMethodField(help_text="类别；到场责任为 null")
    building: Any = serializers.PrimaryKeyRelatedField(source="place", read_only=True, label="楼栋")
    incident = serializers.SerializerMethodField(help_text="到场责任所属事件的 id")

    class Meta:
        model = Duty
        fields = read_only_fields = [
            "id", "kind", "building", "category", "care_record", "incident", "accountable_post", "opened_on", "due_on",
            "due_at", "needed", "outcome", "rung", "done_at", "closed_at",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=CategoryWord.choices, allow_null=True))
    def get_category(self, duty: Duty) -> str | None:
        return category_word(duty.category)

    def get_incident(self, duty: Duty) -> int | None:
        return kind_of(duty).references(duty).get("incident")


class VisitRow(Row):
    visitor_post = serializers.SerializerMethodField(help_text="走访人的岗位；不在岗位上的为 null")
    resident = serializers.UUIDField(source="resident.uid", read_only=True, help_text="居民的 uid")

    class Meta:
        model = Visit
        fields = read_only_fields = [
            "id", "building", "resident", "visited_at", "has_time", "method", "seen", "visitor_post", "voided_at",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=Post.choices, allow_null=True))
    def get_visitor_post(self, visit: Visit) -> str | None:
        return visit.visitor_post or None


class ArrivalRow(serializers.ModelSerializer):
    class Meta:
        model = Arrival
        fields = read_only_fields = ["post", "arrived_at"]


class IncidentRow(Row):
    arrivals = ArrivalRow(many=True, read_only=True)

    class Meta:
        model = Incident
        fields = read_only_fields = [
            "id", "building", "kind", "occurred_at", "reported_at", "closed_at", "arrivals",
        ]  # fmt: skip
