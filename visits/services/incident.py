"""三个必到: reporting, arriving, closing."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from buildings.choices import Level
from buildings.models import Place
from cadres.models import Cadre
from duties.models import Duty
from duties.services import clock_create, clocks_reconcile
from messaging.services import incident_tell
from visits.choices import DutyKind, IncidentKind, Source
from visits.models import Arrival, Incident, IncidentRule
from visits.services.care import clocks_lock
from visits.services.rule import incident_rules_ship


@transaction.atomic
def incident_report(
    *,
    building: Place,
    kind: str,
    occurred_at: datetime,
    summary: str,
    now: datetime,
    reported_by: User | None,
) -> Incident:
    """Report an incident, open one arrival duty for each post its rule requires, and owe their holders a message.

    The deadline counts from the report. Raises ValidationError when it lies in the future or not at a building.
    """
    if occurred_at > now:
        raise ValidationError({"occurred_at": "发生时间不能晚于现在。"})
    if building.level != Level.BUILDING:
        raise ValidationError({"building": "请选择事件所在的楼栋。"})
    rule = _rule_in_force(building.community, kind, now)
    clock = clock_create(source=Source.INCIDENT, community_id=building.community_id, next_check_at=now)
    incident = Incident.objects.create(
        community_id=building.community_id,
        building=building,
        kind=kind,
        rule=rule,
        clock=clock,
        occurred_at=occurred_at,
        reported_at=now,
        reported_by=reported_by,
        summary=summary,
    )
    clocks_reconcile(clocks=[clock], now=now)
    incident_tell(clock=clock, is_urgent=kind == IncidentKind.EMERGENCY, now=now)
    return incident


@transaction.atomic
def arrival_stamp(
    *,
    incident: Incident,
    post: str,
    arrived_at: datetime,
    now: datetime,
    cadre: Cadre | None = None,
    recorded_by: User | None = None,
) -> Arrival:
    """Record that a post has arrived, and settle its duty. Posts the rule does not require may be recorded too.

    Raises ValidationError when the post was recorded before or the time lies outside the incident.
    """
    clocks = clocks_lock(incident=incident)
    if arrived_at > now:
        raise ValidationError({"arrived_at": "到场时间不能晚于现在。"})
    if arrived_at < incident.occurred_at:
        raise ValidationError({"arrived_at": "到场时间不能早于事件发生时间。"})
    if Arrival.objects.unscoped("of an incident in hand").filter(incident=incident, post=post).exists():
        raise ValidationError({"post": "该岗位已签到，无需重复。"})
    duty = Duty.objects.filter(clock=incident.clock_id, kind=DutyKind.ARRIVAL, accountable_post=post).first()
    arrival = Arrival.objects.create(
        incident=incident,
        duty=duty,
        post=post,
        cadre=cadre,
        arrived_at=arrived_at,
        received_at=now,
        recorded_by=recorded_by,
    )
    clocks_reconcile(clocks=clocks, now=now)
    return arrival


@transaction.atomic
def incident_close(*, incident: Incident, result: str, now: datetime) -> Incident:
    """Close with a result; the duty of a missing post is cancelled, or missed if the deadline had passed."""
    clocks = clocks_lock(incident=incident)
    incident = (
        Incident.objects.unscoped("of an incident in hand")
        .select_for_update(of=("self",))
        .get(pk=incident.pk)
    )
    if incident.closed_at:
        raise ValidationError("该事件已经办结。")
    if not result.strip():
        raise ValidationError({"result": "请写明处理结果。"})
    incident.result, incident.closed_at = result.strip(), now
    incident.save(update_fields=["result", "closed_at"])
    clocks_reconcile(clocks=clocks, now=now)
    return incident


def _rule_in_force(community: Place, kind: str, now: datetime) -> IncidentRule:
    incident_rules_ship(community=community, now=now)
    versions = IncidentRule.objects.filter(community=community, kind=kind, effective_on__lte=local_day(now))
    return versions.order_by("-effective_on", "-version")[0]
