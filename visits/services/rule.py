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
from visits.models import IncidentRule, RuleDue, VisitRule
from visits.rule_dues import rule_dues
from visits.rules import (
    PROPOSED_FROM,
    PROPOSED_INCIDENT_RULES,
    PROPOSED_LADDER,
    PROPOSED_VISIT_RULES,
    as_terms,
)
from visits.selectors import rules_in_force
from visits.waiting import BATCH


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
    spread_days: int = 0,
) -> VisitRule:
    """Put a new version of a category's rule in force from a day, today at the earliest.

    Open duties are reconciled by the sweep from that moment, each with an event; what was overdue or settled before
    stays as it was. `ladder` is pairs of (rung, days after the due date). The rounds that the change dates are spread
    over `spread_days` from that day; 0 leaves them with the dates of the rule.
    """
    _keep_proposal(community, category, now)
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
    _spread([rule], spread_days, now)
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
    spread_days: int = 0,
) -> list[VisitRule | IncidentRule]:
    """Put what an office has confirmed or changed in force: a version of its own for every rule.

    `terms` holds the rules by code, as on the page of all rules. One that the community has made itself and left as it
    is gets no new version, so that confirming twice writes nothing. The rounds that the changes date are spread together
    over `spread_days`. Returns the new versions.
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
    visit_rules = [rule for rule in made if isinstance(rule, VisitRule)]
    _spread(visit_rules, spread_days, now)
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


def _spread(rules: Sequence[VisitRule], spread_days: int, now: datetime) -> None:
    """Give the records whose rounds new versions date their days within a window."""
    if not spread_days or not rules:
        return
    dues = rule_dues(rules=rules, spread_days=spread_days, now=now)
    for rule in rules:
        rule.spread_days = spread_days
        rule.save(update_fields=["spread_days"])
    RuleDue.objects.bulk_create(dues, batch_size=BATCH)


@transaction.atomic
def rules_ship(*, community: Place, now: datetime) -> None:
    """Give a community the shipped proposals as version 1 where it has no rule yet; idempotent."""
    incident_rules_ship(community=community, now=now)
    ruled = set(VisitRule.objects.filter(community=community).values_list("category__code", flat=True))
    VisitRule.objects.bulk_create(
        _proposal(community, category, version=1, now=now)
        for category in CareCategory.objects.filter(code__in=PROPOSED_VISIT_RULES.keys() - ruled)
    )


@transaction.atomic
def incident_rules_ship(*, community: Place, now: datetime) -> None:
    """Give a community the shipped proposals for incidents as version 1 where it has no rule yet; idempotent.

    An incident refers to the version it was reported under, so that there must be one.
    """
    Place.objects.select_for_update().get(pk=community.pk)
    ruled = set(IncidentRule.objects.filter(community=community).values_list("kind", flat=True))
    for kind, proposal in PROPOSED_INCIDENT_RULES.items():
        if kind not in ruled:
            ladder = IncidentRule.ladder_of(proposal["ladder"])
            IncidentRule.objects.create(
                **_shipped(community, 1, now), kind=kind, **{**proposal, "ladder": ladder}
            )


def _keep_proposal(community: Place, category: CareCategory, now: datetime) -> None:
    """Store the proposal that held so far as version 0, where a community makes its first rule of a category.

    The first version also covers the time before it: without this the new rule would reach back, and make people
    overdue whom nobody was told of.
    """
    Place.objects.select_for_update(of=("self",)).get(pk=community.pk)
    if category.code not in PROPOSED_VISIT_RULES:
        return
    if not VisitRule.objects.filter(community=community, category=category).exists():
        _proposal(community, category, version=0, now=now).save()


def _proposal(community: Place, category: CareCategory, *, version: int, now: datetime) -> VisitRule:
    proposal = PROPOSED_VISIT_RULES[category.code]
    plain = {**proposal, "methods": [str(method) for method in proposal["methods"]]}
    ladder = VisitRule.ladder_of(PROPOSED_LADDER)
    return VisitRule(**_shipped(community, version, now), category=category, ladder=ladder, **plain)


def _shipped(community: Place, version: int, now: datetime) -> dict[str, Any]:
    return {
        "community": community,
        "version": version,
        "effective_on": PROPOSED_FROM,
        "is_proposal": True,
        "created_at": now,
    }
