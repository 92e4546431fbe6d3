"""Versions of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day, midnight
from buildings.models import Place
from cadres.choices import Post
from duties.models import DutyClock
from duties.publishing import rule_publish
from residents.models import CareCategory
from visits.models import IncidentRule, VisitRule
from visits.rules import (
    PROPOSED_FROM,
    PROPOSED_INCIDENT_RULES,
    PROPOSED_LADDER,
    PROPOSED_VISIT_RULES,
    as_terms,
)
from visits.selectors import rules_in_force


@transaction.atomic
def visit_rule_publish(
    *,
    community: Place,
    category: CareCategory,
    effective_on: date,
    cadence: str,
    first_within_days: int,
    ladder: Sequence[tuple[int, int]],
    now: datetime,
    user: User | None,
    every_days: int | None = None,
    period: str = "",
    times: int | None = None,
    methods: Sequence[str] = (),
    shift_to_working_day: bool = False,
    accountable_post: str = Post.BUILDING_HEAD,
) -> VisitRule:
    """Put a new version of a category's rule in force from a day, today at the earliest.

    Open duties are reconciled by the sweep from that moment, each with an event; what was overdue or settled before
    stays as it was. `ladder` is pairs of (rung, days after the due date).
    """
    rule = VisitRule(
        community=community,
        category=category,
        effective_on=effective_on,
        cadence=cadence,
        every_days=every_days,
        period=period,
        times=times,
        first_within_days=first_within_days,
        methods=list(methods),
        shift_to_working_day=shift_to_working_day,
        accountable_post=accountable_post,
        ladder=VisitRule.ladder_of(ladder),
        created_by=user,
    )
    rule_publish(rule=rule, now=now)
    look_at = max(midnight(effective_on), now)
    DutyClock.objects.filter(
        care_record__community=community, care_record__category=category, care_record__ended_on=None
    ).update(next_check_at=Least(Coalesce(F("next_check_at"), look_at), look_at))
    return rule


@transaction.atomic
def incident_rule_publish(
    *,
    community: Place,
    kind: str,
    effective_on: date,
    required_posts: Sequence[str],
    arrive_within_hours: int,
    ladder: Sequence[tuple[int, int]],
    now: datetime,
    user: User | None,
) -> IncidentRule:
    """Put a new version in force for incidents reported from that day on; running ones keep theirs.

    `ladder` is pairs of (rung, hours after the deadline).
    """
    if not required_posts:
        raise ValidationError({"required_posts": "请至少选择一个必到岗位。"})
    rule = IncidentRule(
        community=community,
        kind=kind,
        effective_on=effective_on,
        required_posts=list(required_posts),
        arrive_within_hours=arrive_within_hours,
        ladder=IncidentRule.ladder_of(ladder),
        created_by=user,
    )
    return rule_publish(rule=rule, now=now)


@transaction.atomic
def rules_adopt(
    *,
    community: Place,
    terms: Mapping[str, dict[str, Any]],
    effective_on: date,
    now: datetime,
    user: User,
) -> list[VisitRule | IncidentRule]:
    """Put what an office has confirmed or changed in force: a version of its own for every rule.

    `terms` holds the rules by code, as on the page of all rules. One that the community has made itself and left as it
    is gets no new version, so that confirming twice writes nothing. Returns the new versions.
    """
    Place.objects.select_for_update(of=("self",)).get(pk=community.pk)
    made: list[VisitRule | IncidentRule] = []
    shared: dict[str, Any] = {"community": community, "effective_on": effective_on, "now": now, "user": user}
    for held in rules_in_force(community, local_day(now)):
        said = as_terms(terms[held.code])
        if said == held.terms and not held.is_proposal:
            continue
        if held.category is not None:
            made.append(visit_rule_publish(category=held.category, **shared, **said))
        else:
            made.append(incident_rule_publish(kind=held.code, **shared, **said))
    if made:
        audit_event_record(
            now=now,
            user=user,
            action=Action.CREATE,
            object_type=VisitRule._meta.label_lower,
            community_id=community.pk,
            reason="确认全部规则",
            row_count=len(made),
        )
    return made


@transaction.atomic
def rules_ship(*, community: Place, now: datetime) -> None:
    """Give a community the shipped proposals as version 1 where it has no rule yet; idempotent."""
    Place.objects.select_for_update().get(pk=community.pk)
    ruled = set(VisitRule.objects.filter(community=community).values_list("category__code", flat=True))
    shared: dict[str, Any] = {
        "community": community,
        "version": 1,
        "effective_on": PROPOSED_FROM,
        "is_proposal": True,
        "created_at": now,
    }
    steps = VisitRule.ladder_of(PROPOSED_LADDER)
    VisitRule.objects.bulk_create(
        VisitRule(
            **shared, category=category, ladder=steps, **_as_stored(PROPOSED_VISIT_RULES[category.code])
        )
        for category in CareCategory.objects.filter(code__in=PROPOSED_VISIT_RULES.keys() - ruled)
    )
    ruled = set(IncidentRule.objects.filter(community=community).values_list("kind", flat=True))
    for kind, proposal in PROPOSED_INCIDENT_RULES.items():
        if kind not in ruled:
            ladder = IncidentRule.ladder_of(proposal["ladder"])
            IncidentRule.objects.create(**shared, kind=kind, **{**proposal, "ladder": ladder})


def _as_stored(proposal: dict[str, Any]) -> dict[str, Any]:
    return {**proposal, "methods": [str(method) for method in proposal["methods"]]}
