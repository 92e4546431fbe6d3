"""Versions of the rules of repairs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from buildings.models import Place
from duties.publishing import ladder_mistakes, rule_publish
from repairs.models import RepairRule
from repairs.rules import (
    PROPOSED_FROM,
    PROPOSED_LADDER,
    PROPOSED_RULES,
    PROPOSED_TRIAGE_LADDER,
    as_hours,
)


@transaction.atomic
def repair_rules_ship(*, community: Place, now: datetime) -> None:
    """Give a community the shipped proposals as version 1 where it has no rule yet; idempotent."""
    Place.objects.select_for_update(of=("self",)).get(pk=community.pk)
    ruled = set(RepairRule.objects.filter(community=community).values_list("urgency", flat=True))
    RepairRule.objects.bulk_create(
        RepairRule(
            community=community,
            urgency=urgency,
            version=1,
            effective_on=PROPOSED_FROM,
            is_proposal=True,
            created_at=now,
            ladder=RepairRule.ladder_of(PROPOSED_LADDER),
            triage_ladder=as_hours(PROPOSED_TRIAGE_LADDER[urgency]),
            **terms,
        )
        for urgency, terms in PROPOSED_RULES.items()
        if urgency not in ruled
    )


@transaction.atomic
def repair_rule_publish(
    *,
    community: Place,
    urgency: str,
    effective_on: date,
    terms: dict[str, Any],
    ladder: Sequence[tuple[int, int]],
    triage_ladder: Sequence[tuple[int, int]],
    now: datetime,
    user: User | None,
) -> RepairRule:
    """Put a new version in force for orders reported from that day on; running ones keep theirs.

    `terms` are the columns of the rule; `ladder` is pairs of (rung, days after the due day), `triage_ladder` of (rung,
    hours after the deadline). Raises ValidationError as `rule_publish` does.
    """
    if mistakes := ladder_mistakes(triage_ladder):
        raise ValidationError({"triage_ladder": mistakes})
    rule = RepairRule(
        community=community,
        urgency=urgency,
        effective_on=effective_on,
        ladder=RepairRule.ladder_of(ladder),
        triage_ladder=as_hours(triage_ladder),
        created_by=user,
        **terms,
    )
    rule_publish(rule=rule, now=now)
    audit_event_record(
        now=now,
        user=user,
        action=Action.CREATE,
        object_type=RepairRule._meta.label_lower,
        object_id=str(rule.pk),
        community_id=community.pk,
        fields=sorted(terms),
    )
    return rule


def rule_in_force(*, community: Place, urgency: str, now: datetime) -> RepairRule:
    """Return the version in force, the shipped proposal where the community has none yet."""
    held = RepairRule.objects.filter(community=community, urgency=urgency, effective_on__lte=local_day(now))
    newest = held.order_by("-effective_on", "-version")
    found = newest.first()
    if found is None:
        repair_rules_ship(community=community, now=now)
        found = newest[0]
    return found
