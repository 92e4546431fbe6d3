"""Reading records, visits and incidents for the pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import CharField, Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from accounts.choices import Role
from audit.models import AuditEvent
from baibuting.common.days import local_day
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.viewer import Viewer
from cadres.choices import Post
from cadres.ladder import TOP_RUNG, Ladder
from cadres.selectors import secretary_on
from duties.as_of import AsOf, as_it_stood
from duties.choices import RUNNING, Outcome
from duties.models import Duty, DutyAction, GoLive
from duties.rounds import terms_on
from duties.selectors import held_by
from duties.story import status_label
from residents.models import CareCategory, CareRecord, Household, Resident
from visits.choices import DutyKind, IncidentKind
from visits.facts import terms_in_force
from visits.models import Incident, IncidentRule, Visit, VisitRule
from visits.rules import (
    PROPOSED_FROM,
    PROPOSED_INCIDENT_RULES,
    PROPOSED_VISIT_RULES,
    SOURCES,
    as_terms,
    visit_proposal,
)

# "Now" for conditions that do not depend on the time.
ALWAYS_NOW = AsOf(date.max, datetime.max.replace(tzinfo=UTC), is_now=True)


def records_open_at(moment: AsOf) -> Q:
    """Return the condition on care records that were open at a moment."""
    if moment.is_now:
        return Q(ended_on=None)
    return Q(started_on__lte=moment.day) & (Q(ended_on=None) | Q(ended_on__gt=moment.day))


def never_seen_at(moment: AsOf) -> Combinable:
    """Return the condition on records open at a moment whose person had not been seen since the record began."""
    seen = Visit.objects.filter(
        resident=OuterRef("resident"), voided_at=None, seen=True, visited_at__date__gte=OuterRef("started_on")
    )
    if not moment.is_now:
        seen = seen.filter(visited_at__lte=moment.at)
    return records_open_at(moment) & ~Exists(seen)


def never_seen() -> Combinable:
    """Return the condition on open care records whose person has not been seen since the record began."""
    return never_seen_at(ALWAYS_NOW)


def incidents_running_at(moment: AsOf) -> Q:
    """Return the condition on incidents that were not closed at a moment."""
    if moment.is_now:
        return Q(closed_at=None)
    return Q(reported_at__lte=moment.at) & (Q(closed_at=None) | Q(closed_at__gt=moment.at))


def incidents_running(scope: Scope) -> QuerySet[Incident]:
    """Return incidents of a scope that are not closed, newest first."""
    return Incident.objects.within(scope).filter(incidents_running_at(ALWAYS_NOW))


def incidents_of(scope: Scope, today: date) -> list[Incident]:
    """Return running incidents that require the viewer's post, those it has not come to (`owes`) first. One query."""
    if scope.cadre_id is None:
        return []
    asked = Duty.objects.within(scope).filter(
        held_by(scope.cadre_id, today), kind=DutyKind.ARRIVAL, clock=OuterRef("clock")
    )
    owed = asked.filter(outcome__in=RUNNING)
    incidents = Incident.objects.within(scope).filter(Exists(asked), closed_at=None)
    return list(
        incidents.select_related("building__parent__parent", "rule")
        .annotate(owes=Exists(owed), deadline=Max("clock__duties__due_at"))
        .order_by("-owes", "deadline", "pk")
    )


def may_go_live(viewer: Viewer) -> bool:
    """Return whether the viewer may choose a community's day: its office, or its secretary, of the whole of it.

    Of which communities says the scope. One query at most, for cadres alone.
    """
    user = viewer.user
    if user.role == Role.CADRE and not user.is_superuser:
        return secretary_on(user, viewer.today, lowest=TOP_RUNG)
    has_a_whole_one = any(path.count("/") == 2 for path in viewer.scope.writable().paths)
    return user.is_superuser or (user.role == Role.OFFICE and has_a_whole_one)


def record_posts(records: Iterable[CareRecord], today: date) -> dict[int, str]:
    """Return the accountable post for each record today, by its rule in force. Two queries for all of them."""
    records = list(records)
    if not records:
        return {}
    terms = terms_in_force(
        {record.community_id for record in records}, {record.category_id for record in records}
    )
    return {
        record.pk: terms_on(terms[record.community_id, record.category_id], today).accountable_post
        for record in records
        if (record.community_id, record.category_id) in terms
    }


def visitor_proposed(viewer: Viewer, resident_id: str) -> int | None:
    """Return the id of the cadre who visits a person of the scope: the holder of the accountable post; None for none."""
    if not resident_id.isdecimal():
        return None
    records = list(
        CareRecord.objects.within(viewer.scope)
        .filter(resident=int(resident_id), ended_on=None)
        .order_by("pk")
    )
    posts = record_posts(records, viewer.today)
    ladder = Ladder.load({record.building_id for record in records})
    holders = (
        ladder.holder(record.building_id, posts[record.pk], viewer.today)
        for record in records
        if record.pk in posts
    )
    return next((holder.cadre_id for holder in holders if holder is not None), None)


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """What a community runs by in one matter. `rule` is None where none is stored: the shipped proposal holds then.

    `category` is that of a visit rule, None for one of incidents; `code` its code, or the incident's kind. `terms` are
    as the service that publishes takes them.
    """

    code: str
    label: str
    category: CareCategory | None
    terms: dict[str, Any]
    rule: VisitRule | IncidentRule | None

    @property
    def is_proposal(self) -> bool:
        """Return whether nobody of the community has confirmed it."""
        return self.rule is None or self.rule.is_proposal

    def as_row(self, community: Place) -> VisitRule | IncidentRule:
        """Return it as a row of the lists; a proposal that is not stored as one that is never saved."""
        if self.rule is not None:
            return self.rule
        plain = {name: value for name, value in self.terms.items() if name != "ladder"}
        shared: dict[str, Any] = {
            "community": community,
            "effective_on": PROPOSED_FROM,
            "is_proposal": True,
            **plain,
        }
        if self.category is not None:
            return VisitRule(
                category=self.category, ladder=VisitRule.ladder_of(self.terms["ladder"]), **shared
            )
        return IncidentRule(kind=self.code, ladder=IncidentRule.ladder_of(self.terms["ladder"]), **shared)

    @property
    def source(self) -> str:
        """Return where the shipped numbers come from."""
        return SOURCES.get(self.code, "")


VISIT_TERMS = (
    "cadence",
    "every_days",
    "period",
    "times",
    "first_within_days",
    "methods",
    "shift_to_working_day",
    "accountable_post",
)
INCIDENT_TERMS = ("required_posts", "arrive_within_hours")


def rules_in_force(community: Place, today: date) -> list[RuleInForce]:
    """Return the rule of every category and kind of incident that holds on a day. Three queries."""
    begun = {"community": community, "effective_on__lte": today}
    visits = (
        VisitRule.objects.filter(**begun).select_related("created_by").order_by("effective_on", "version")
    )
    incidents = IncidentRule.objects.filter(**begun).select_related("created_by")
    by_category: dict[int, VisitRule] = {rule.category_id: rule for rule in visits}
    by_kind = {rule.kind: rule for rule in incidents.order_by("effective_on", "version")}
    found = []
    for category in CareCategory.objects.filter(code__in=PROPOSED_VISIT_RULES):
        rule = by_category.get(category.pk)
        terms = _stored_terms(rule, VISIT_TERMS) if rule else visit_proposal(category.code)
        found.append(RuleInForce(category.code, category.public_label, category, terms, rule))
    for kind, proposal in PROPOSED_INCIDENT_RULES.items():
        stored = by_kind.get(kind)
        terms = _stored_terms(stored, INCIDENT_TERMS) if stored else as_terms(proposal)
        found.append(RuleInForce(str(kind), IncidentKind(kind).label, None, terms, stored))
    return found


def slots_of(rule: VisitRule) -> dict[int, date]:
    """Return by care record the day that spreading gave for a version of a rule. One query."""
    return dict(
        rule.dues.unscoped("a rule holds in the whole community").values_list("care_record", "due_on")
    )


def _stored_terms(rule: VisitRule | IncidentRule, names: Sequence[str]) -> dict[str, Any]:
    return as_terms({**{name: getattr(rule, name) for name in names}, "ladder": rule.steps})


def rules_adopted(scope: Scope) -> QuerySet[Place]:
    """Return the communities of a scope that have confirmed or changed the shipped rule of every category and kind."""
    visits = VisitRule.objects.filter(category__code__in=PROPOSED_VISIT_RULES)
    incidents = IncidentRule.objects.filter(kind__in=PROPOSED_INCIDENT_RULES)
    return (
        Place.objects.within(scope)
        .filter(level=Level.COMMUNITY)
        .alias(
            adopted_visits=_adopted(visits, "category"),
            adopted_incidents=_adopted(incidents, "kind"),
        )
        .filter(
            adopted_visits=len(PROPOSED_VISIT_RULES),
            adopted_incidents=len(PROPOSED_INCIDENT_RULES),
        )
    )


def _adopted(rules: QuerySet[Any], name: str) -> Subquery:
    """Return how many different ones of a community's rules it has adopted, as a subquery."""
    own = rules.filter(community=OuterRef("pk"), is_proposal=False).order_by()
    return Subquery(own.values("community").values(found=Count(name, distinct=True)))


def last_visits(records: Sequence[CareRecord], until: datetime | None = None) -> dict[int, Visit]:
    """Return by resident the latest visit at which they were seen; none after `until`. One query."""
    visits = Visit.objects.unscoped("visits to people in hand").filter(
        resident__in={record.resident_id for record in records}, voided_at=None, seen=True
    )
    if until is not None:
        visits = visits.filter(visited_at__lte=until)
    latest = visits.order_by("resident_id", "-visited_at", "-id").distinct("resident_id")
    return {visit.resident_id: visit for visit in latest.select_related("visitor")}


def seen_in_vain(pairs: Sequence[tuple[Duty, Visit]]) -> dict[int, str]:
    """Return by duty why a visit at which the person was seen did not settle it: "电话不算"; "" where that is unknown.

    Two queries, and none for no pairs.
    """
    if not pairs:
        return {}
    terms = terms_in_force(
        {duty.community_id for duty, _ in pairs},
        {duty.category_id for duty, _ in pairs if duty.category_id is not None},
    )
    found = {}
    for duty, visit in pairs:
        versions = terms.get((duty.community_id, duty.category_id or 0))
        methods = terms_on(versions, local_day(visit.visited_at)).methods if versions else frozenset()
        if methods and visit.method not in methods:
            found[duty.pk] = f"{visit.get_method_display()}不算"
        else:
            found[duty.pk] = f"要走访 {duty.needed} 次，还没有满" if duty.needed > 1 else ""
    return found


def flat_address(building: Place, household: Household) -> str:
    """Return a building with the flat in it; if the person has moved to another building, the building alone."""
    return (
        f"{building.full_name} {household.short}"
        if household.building_id == building.pk
        else building.full_name
    )


# an incident reported before its community counts asks for nobody, and says so instead of "all have come"
NOT_COUNTED = "启用前报告，不计时、不知会"


@dataclass(frozen=True, slots=True)
class Attendance:
    """A post that must come to an incident: its holder, the time of arrival, or the state of the duty."""

    post: str
    post_label: str
    holder: str
    duty: Duty | None
    arrived_at: datetime | None
    arrived_name: str
    status: str
    holder_id: int | None = None

    @property
    def is_missing(self) -> bool:
        """Return whether the post is required, and has not arrived."""
        return self.duty is not None and self.arrived_at is None


def attendance(incident: Incident, today: date, now: datetime) -> list[Attendance]:
    """Return all posts required at an incident, and others that arrived. Eight queries at most."""
    duties = {
        duty.accountable_post: duty
        for duty in Duty.objects.filter(clock=incident.clock_id, kind=DutyKind.ARRIVAL)
    }
    arrivals = {
        arrival.post: arrival
        for arrival in incident.arrivals.unscoped("of an incident in hand").select_related("cadre")
    }
    ladder = Ladder.load([incident.building_id])
    found = []
    for post in dict.fromkeys([*incident.rule.required_posts, *arrivals]):
        holder = ladder.holder(incident.building_id, post, today)
        arrival, duty = arrivals.get(post), duties.get(post)
        found.append(
            Attendance(
                post=post,
                post_label=Post(post).label,
                holder=holder.cadre_name if holder else "",
                duty=duty,
                arrived_at=arrival.arrived_at if arrival else None,
                arrived_name=arrival.cadre.name if arrival and arrival.cadre else "",
                status=status_label(duty, now) if duty else "自行到场" if arrival else NOT_COUNTED,
                holder_id=holder.cadre_id if holder else None,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A running incident as a list shows it: required posts with the duty and the time of arrival.

    Without any post where it was reported before its community counts.
    """

    incident: Incident
    posts: list[tuple[str, Duty, datetime | None]]
    missing: int
    status: str
    is_late: bool


def incident_rows(
    incidents: Sequence[Incident], now: datetime, moment: AsOf | None = None
) -> list[IncidentRow]:
    """Return the rows of a list of incidents, as of `moment` where given. One query."""
    duties: dict[int, list[Duty]] = {}
    for duty in Duty.objects.filter(clock__in=[incident.clock_id for incident in incidents]).order_by("pk"):
        # a list of incidents shows no rungs
        then = duty if moment is None else as_it_stood(duty, moment, None)
        duties.setdefault(duty.clock_id, []).append(then)
    found = []
    for incident in incidents:
        own = duties.get(incident.clock_id, [])
        missing = [duty for duty in own if duty.done_at is None]
        found.append(
            IncidentRow(
                incident=incident,
                posts=[(duty.get_accountable_post_display(), duty, duty.done_at) for duty in own],
                missing=len(missing),
                status=status_label(missing[0], now) if missing else "全部到场" if own else NOT_COUNTED,
                is_late=any(duty.outcome == Outcome.OVERDUE for duty in missing),
            )
        )
    return found


def audit_of_person(resident: Resident) -> QuerySet[AuditEvent]:
    """Return the audit trail of a person: the resident, their care records, visits, and actions on their duties."""
    records = CareRecord.objects.filter(resident=resident).annotate(text=Cast("pk", CharField()))
    visits = Visit.objects.filter(resident=resident).annotate(text=Cast("pk", CharField()))
    duty_actions = DutyAction.objects.filter(duty__care_record__resident=resident).annotate(
        text=Cast("pk", CharField())
    )
    return AuditEvent.objects.filter(
        Q(object_type="residents.resident", object_id=str(resident.pk))
        | Q(object_type="residents.carerecord", object_id__in=records.values("text"))
        | Q(object_type="visits.visit", object_id__in=visits.values("text"))
        | Q(
            object_type__in=("duties.dutyaction", "duties.handling"),
            object_id__in=duty_actions.values("text"),
        )
    )


def care_records(scope: Scope) -> QuerySet[CareRecord]:
    """Return the care records of a scope, ended ones included: the ledger has come in."""
    return CareRecord.objects.within(scope)


def gone_live(scope: Scope) -> QuerySet[GoLive]:
    """Return the days from which the communities of a scope count, where one is set."""
    return GoLive.objects.within(scope)


def visits_made(scope: Scope) -> QuerySet[Visit]:
    """Return the visits in a scope that count as made."""
    return Visit.objects.within(scope).filter(voided_at=None)
