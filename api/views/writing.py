"""Writing visits, incidents and arrivals: through the same services as everybody, once a key."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Grant
from api.rules import row_kinds
from api.selectors import Caller
from api.services import KeyTakenError, request_once
from api.views.base import caller_of
from api.views.kinds import INCIDENT, VISIT
from api.views.problems import KeyMissing, KeyTaken
from api.views.resources import RowViewSet, described
from api.views.rows import IncidentRow, VisitRow
from audit.choices import Action
from audit.services import audit_event_record
from buildings.choices import Level
from buildings.models import Place
from cadres.choices import Post
from cadres.models import Cadre
from residents.models import Resident
from visits.choices import IncidentKind, Method, VisitOrigin
from visits.models import Incident, Visit
from visits.services import arrival_stamp, incident_report, visit_record

KEY = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
KEY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,100}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="每次写入一个不重复的值；没有收到回应时，用同一个值重发同一份内容，不会重复登记",
)
NOT_FOUND_HERE = "没有找到，或不在该令牌的范围内，请核对。"
LONGEST_TEXT = 2000  # characters


class VisitEntry(serializers.Serializer):
    """A visit as a client tells it."""

    resident = serializers.UUIDField(help_text="居民的 uid")
    visited_at = serializers.DateTimeField(help_text="走访时间，如：2026-11-23T09:00:00+08:00")
    method = serializers.ChoiceField(choices=Method.choices, default=Method.HOME, help_text="走访方式")
    seen = serializers.BooleanField(default=True, help_text="是否见到本人")
    visitor = serializers.UUIDField(
        required=False, allow_null=True, help_text="走访人（骨干的 uid）；不在名册上的写 visitor_name"
    )
    visitor_name = serializers.CharField(
        required=False, allow_blank=True, max_length=50, help_text="走访人姓名，如：王建国"
    )
    notes = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_TEXT, help_text="情况记录，加密保存"
    )
    request = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_TEXT, help_text="诉求，加密保存"
    )

    def write(self, caller: Caller, now: datetime) -> Visit:
        """Record it."""
        told = self.validated_data
        resident = _find(Resident.objects.select_related("household__building"), caller, "resident", told)
        return visit_record(
            resident=resident,
            visited_at=told["visited_at"],
            now=now,
            origin=VisitOrigin.API,
            method=Method(told["method"]),
            seen=told["seen"],
            visitor=_cadre(caller, "visitor", told, resident.community_id),
            visitor_name=told.get("visitor_name", "").strip(),
            notes=told.get("notes", ""),
            request=told.get("request", ""),
        )


class IncidentEntry(serializers.Serializer):
    """An incident as a client tells it."""

    building = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="楼栋的 id")
    kind = serializers.ChoiceField(choices=IncidentKind.choices, help_text="类别")
    occurred_at = serializers.DateTimeField(help_text="发生时间")
    summary = serializers.CharField(
        max_length=LONGEST_TEXT, help_text="写清什么事、在哪里，如：2 单元电梯口水管爆裂；加密保存"
    )

    def write(self, caller: Caller, now: datetime) -> Incident:
        """Report it."""
        told = self.validated_data
        places = Place.objects.within(caller.scope).select_related("community")
        building = places.filter(pk=told["building"], level=Level.BUILDING, closed_on=None).first()
        if building is None:
            raise ValidationError({"building": NOT_FOUND_HERE})
        return incident_report(
            building=building,
            kind=told["kind"],
            occurred_at=told["occurred_at"],
            summary=told["summary"],
            now=now,
            reported_by=None,
        )


class ArrivalEntry(serializers.Serializer):
    """Somebody's turning up as a client tells it."""

    post = serializers.ChoiceField(choices=Post.choices, help_text="岗位")
    arrived_at = serializers.DateTimeField(help_text="到场时间")
    cadre = serializers.UUIDField(required=False, allow_null=True, help_text="到场人（骨干的 uid），可不写")

    def write(self, caller: Caller, now: datetime, incident: Incident) -> Incident:
        """Stamp it; the incident with all its arrivals is what is given back."""
        told = self.validated_data
        arrival_stamp(
            incident=incident,
            post=told["post"],
            arrived_at=told["arrived_at"],
            now=now,
            cadre=_cadre(caller, "cadre", told, incident.community_id),
        )
        return incident


def _find(rows: Any, caller: Caller, name: str, told: dict[str, Any]) -> Any:
    """The row a client names by its uid, inside its scope. Raises ValidationError."""
    found = rows.within(caller.scope).filter(uid=told[name]).first()
    if found is None:
        raise ValidationError({name: NOT_FOUND_HERE})
    return found


def _cadre(caller: Caller, name: str, told: dict[str, Any], community_id: int) -> Cadre | None:
    if not told.get(name):
        return None
    found: Cadre = _find(Cadre.objects.filter(community=community_id), caller, name, told)
    return found


class Writes(RowViewSet):
    """A POST that is done once a key and leaves its mark in the audit trail."""

    written_row: ClassVar[Any]

    def answer_once(
        self, request: Request, entry: serializers.Serializer, write: Callable[[datetime], Any]
    ) -> Response:
        """Validate, write through the service, and answer with the row; a repeated key gets the first answer."""
        key = request.headers.get("Idempotency-Key", "")
        if not KEY.fullmatch(key):
            raise KeyMissing
        entry.is_valid(raise_exception=True)
        caller, now = caller_of(request), timezone.now()

        def done() -> tuple[int, dict[str, Any]]:
            row = write(now)
            _audit(caller, row, now, sorted(entry.validated_data))
            fresh = self.rows().within(caller.scope).get(pk=row.pk)
            answer = self.kind.row(fresh, context={"grants": caller.grants}).data
            return 201, {name: _plain(value) for name, value in answer.items()}

        try:
            status, answer, _ = request_once(
                client=caller.client, key=key, address=request.path, body=request.data, now=now, write=done
            )
        except KeyTakenError:
            raise KeyTaken from None
        return Response(answer, status=status)


def _plain(value: Any) -> Any:
    """As JSON keeps it."""
    return value if isinstance(value, bool | int | str | list | None) else str(value)


def _audit(caller: Caller, row: models.Model, now: datetime, fields: list[str]) -> None:
    audit_event_record(
        now=now,
        user=None,
        action=Action.CREATE,
        object_type=row._meta.label_lower,
        object_id=str(row.pk),
        community_id=row.community_id,  # type: ignore[attr-defined]
        fields=fields,
        reason=f"接口：{caller.client.name}",
    )


@described(row_kinds()[VISIT])
@extend_schema_view(
    create=extend_schema(
        summary="登记走访",
        description="登记一次走访；它满足的各项责任随即办结。",
        parameters=[KEY_HEADER],
        request=VisitEntry,
        responses={201: VisitRow},
    )
)
class VisitViewSet(Writes, kind=row_kinds()[VISIT]):
    write_grant = Grant.WRITE_VISITS

    def create(self, request: Request) -> Response:
        """POST."""
        entry = VisitEntry(data=request.data)
        return self.answer_once(request, entry, lambda now: entry.write(self.caller, now))


@described(row_kinds()[INCIDENT])
@extend_schema_view(
    create=extend_schema(
        summary="报告事件",
        description="报告一起必到事件；规则要求到场的各岗位随即开始计时。",
        parameters=[KEY_HEADER],
        request=IncidentEntry,
        responses={201: IncidentRow},
    )
)
class IncidentViewSet(Writes, kind=row_kinds()[INCIDENT]):
    write_grant = Grant.WRITE_INCIDENTS

    def create(self, request: Request) -> Response:
        """POST."""
        entry = IncidentEntry(data=request.data)
        return self.answer_once(request, entry, lambda now: entry.write(self.caller, now))

    @extend_schema(
        summary="登记到场",
        description="某个岗位的人已到场；该岗位的到场责任随即办结。返回整个事件。",
        parameters=[KEY_HEADER],
        request=ArrivalEntry,
        responses={201: IncidentRow},
    )
    @action(detail=True, methods=["post"], url_path="arrivals", filterset_class=None, pagination_class=None)
    def arrivals(self, request: Request, pk: int) -> Response:
        """POST below an incident."""
        incident = self.get_object()
        entry = ArrivalEntry(data=request.data)
        return self.answer_once(request, entry, lambda now: entry.write(self.caller, now, incident))
