"""Reading repairs: lists, the course of an order as people read it, and the rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from baibuting.common.day_labels import day_label
from baibuting.common.days import local_day
from buildings.choices import Level
from buildings.models import Place, PlaceCode
from buildings.scope import Scope
from cadres.choices import Post, rung_of
from cadres.ladder import Ladder
from cadres.models import PartyOrganisation
from duties.choices import RUNNING, Outcome
from duties.models import Duty
from repairs.choices import Actor, DutyKind, Matter, Stage, StepKind
from repairs.models import RepairOrder, RepairPicture, RepairRating, RepairStep
from repairs.permissions import Powers, powers_on

RATED_DAYS = 90  # over which rates are counted, and closed orders stay on public pages
FEWEST_RATED = 5  # below, no share of ratings is shown
REPEATED = 3  # orders at one spot of a building
REPEATED_WITHIN = timedelta(days=180)

# Whose turn it is, as the kind of duty that says so.
_TURN = {
    Stage.REPORTED: DutyKind.TRIAGE,
    Stage.AGREEING: DutyKind.AGREE,
    Stage.AGREED: DutyKind.WHOLE,
    Stage.MENDING: DutyKind.MEND,
    Stage.CHECKING: DutyKind.CHECK,
}


@dataclass(frozen=True, slots=True)
class Row:
    """An order as lists show it: whose turn it is, as a post, and until when; `due_on` is None once it is closed."""

    order: RepairOrder
    turn: str
    due_on: date | None
    due: str
    is_overdue: bool
    is_repeated: bool = False

    @property
    def chip(self) -> str:
        """Return the colour of its state."""
        if not self.order.is_running:
            return "done" if self.order.stage == Stage.PASSED else "plain"
        return "overdue" if self.is_overdue else "week"


def orders_within(scope: Scope) -> QuerySet[RepairOrder]:
    """Return the orders of a scope with what lists show of them."""
    return RepairOrder.objects.within(scope).select_related("rule", "building__parent__parent", "community")


def rows_of(orders: Iterable[RepairOrder], now: datetime) -> list[Row]:
    """Return orders as lists show them. Two queries."""
    orders = list(orders)
    duties: dict[int, dict[str, Duty]] = defaultdict(dict)
    wanted = Duty.objects.filter(clock__in=[order.clock_id for order in orders], outcome__in=RUNNING)
    for duty in wanted.order_by("opened_on", "pk"):
        duties[duty.clock_id][duty.kind] = duty
    repeated = _repeated(orders, now)
    return [
        _row(order, duties[order.clock_id], now, (order.building_id, order.spot) in repeated)
        for order in orders
    ]


def _row(order: RepairOrder, duties: Mapping[str, Duty], now: datetime, is_repeated: bool) -> Row:
    if not order.is_running:
        return Row(order, "", None, "", False, is_repeated)
    duty = duties.get(_TURN[Stage(order.stage)])
    due = ""
    if duty is not None:
        due = day_label(duty.due_on, now)
    return Row(
        order,
        turn_of(order),
        duty.due_on if duty else None,
        due,
        any(one.due_at <= now for one in duties.values()),
        is_repeated,
    )


def turn_of(order: RepairOrder) -> str:
    """Return who has it now, as a post: never a person. "" once it is closed."""
    if not order.is_running:
        return ""
    post = Post.PROPERTY_STEWARD if order.stage == Stage.MENDING else Post(order.rule.triage_post)
    return str(post.label)


def _repeated(orders: Sequence[RepairOrder], now: datetime) -> set[tuple[int, str]]:
    """Return (building, spot) of what was reported three times within half a year. One query."""
    found = RepairOrder.objects.unscoped("counts at the buildings of orders in hand").filter(
        building__in={order.building_id for order in orders},
        reported_at__gt=now - REPEATED_WITHIN,
    )
    pairs = found.exclude(stage=Stage.MERGED).order_by().values("building", "spot")
    counted = pairs.annotate(times=Count("pk")).filter(times__gte=REPEATED)
    return {(row["building"], row["spot"]) for row in counted}


def is_overdue() -> Exists:
    """Return the condition that one of an order's duties is overdue."""
    return Exists(Duty.objects.filter(clock=OuterRef("clock"), outcome=Outcome.OVERDUE))


@dataclass(frozen=True, slots=True)
class Mark:
    """One station of an order's course on the public page: done on a day, under way until a day, or still ahead."""

    label: str
    state: str  # done, now, ahead, ended
    when: str


def course_of(order: RepairOrder, now: datetime) -> list[Mark]:
    """Return the stations of an order: 受理 → 居民商议 → 维修 → 验收, with days and without names. Two queries."""
    steps = list(
        RepairStep.objects.unscoped("of the order in hand")
        .filter(order=order, voided_at=None)
        .order_by("at", "pk")
    )
    duties = {
        duty.kind: duty for duty in Duty.objects.filter(clock=order.clock_id).order_by("opened_on", "pk")
    }
    accepted = _last(steps, StepKind.ACCEPTED)
    stations = [("受理", DutyKind.TRIAGE, accepted)]
    if accepted is not None and accepted.matter:
        stations.append(("居民商议", DutyKind.AGREE, _last(steps, StepKind.AGREED, StepKind.NOT_AGREED)))
    finished = _last(steps, StepKind.FINISHED)
    refused = _last(steps, StepKind.REFUSED)
    if finished and refused and refused.at >= finished.at and order.stage == Stage.MENDING:
        finished = None
    stations.append(("维修", DutyKind.MEND, finished))
    stations.append(("验收", DutyKind.CHECK, _last(steps, StepKind.PASSED)))
    marks = [Mark("报修", "done", day_label(local_day(order.reported_at), now))]
    for label, kind, done in stations:
        if done is not None:
            marks.append(Mark(label, "done", day_label(local_day(done.at), now)))
        elif not order.is_running:
            break
        else:
            is_now = all(mark.state == "done" for mark in marks)
            duty = duties.get(kind) if is_now else None
            when = f"{day_label(duty.due_on, now)}前" if duty and duty.outcome in RUNNING else ""
            marks.append(Mark(label, "now" if is_now else "ahead", when))
    if not order.is_running and order.stage != Stage.PASSED and order.closed_at:
        marks.append(
            Mark(str(order.get_stage_display()), "ended", day_label(local_day(order.closed_at), now))
        )
    return marks


def finished_by(order: RepairOrder) -> int | None:
    """Return the cadre who last reported the order finished; None for none."""
    steps = RepairStep.objects.unscoped("of an order in hand").filter(
        order=order, kind=StepKind.FINISHED, voided_at=None
    )
    return steps.order_by("-at", "-pk").values_list("by_cadre", flat=True).first()


def _last(steps: Sequence[RepairStep], *kinds: str) -> RepairStep | None:
    return next((step for step in reversed(steps) if step.kind in kinds), None)


@dataclass(frozen=True, slots=True)
class OwnRow:
    """An order that waits for one cadre on the phone; `uid` is that of the entry the form would make."""

    row: Row
    mends: bool
    is_started: bool
    step: str
    step_label: str
    uid: UUID


_OWN_STEPS = {
    Stage.REPORTED: ("accepted", "受理"),
    Stage.AGREEING: ("consent", "登记商议结果"),
    Stage.AGREED: ("handed", "派工"),
    Stage.CHECKING: ("passed", "验收通过"),
}
MOST_OWN = 10


def own_orders(scope: Scope, now: datetime) -> list[OwnRow]:
    """Return what waits for the cadre of a scope: to mend as the steward, to take up or check as who holds the triage's post.

    A dozen queries, whatever their number; one where nothing runs in the scope.
    """
    if scope.cadre_id is None:
        return []
    orders = list(orders_within(scope.writable()).filter(closed_at=None).order_by("reported_at", "pk")[:500])
    if not orders:
        return []
    ladder = Ladder.load({order.building_id for order in orders})
    powers = powers_on(orders, ladder=ladder, cadre_id=scope.cadre_id, is_office=False, today=local_day(now))
    own = [order for order in orders if _is_own(order, powers[order.pk])][:MOST_OWN]
    begun = set(
        RepairStep.objects.unscoped("of orders in hand")
        .filter(order__in=[order.pk for order in own], kind=StepKind.STARTED, voided_at=None)
        .values_list("order", flat=True)
    )
    found = []
    for row in rows_of(own, now):
        mends = row.order.stage == Stage.MENDING
        word, label = _OWN_STEPS.get(Stage(row.order.stage), ("", ""))
        found.append(OwnRow(row, mends, row.order.pk in begun, word, label, uuid4()))
    return sorted(found, key=lambda one: (not one.row.is_overdue, one.row.due_on or date.max))


def _is_own(order: RepairOrder, powers: Powers) -> bool:
    if order.stage == Stage.MENDING:
        return Actor.STEWARD in powers.actors
    return Actor.TRIAGE in powers.actors and powers.rung == rung_of(order.rule.triage_post)


# --- the public pages ---------------------------------------------------------------------------------------------------
def building_by_code(code: str) -> Place | None:
    """Return the building behind a public address; None for an unknown code or a building no longer in use."""
    found = PlaceCode.objects.filter(code=code, place__level=Level.BUILDING, place__closed_on=None)
    row = found.select_related("place__parent__parent", "place__community").first()
    return row.place if row else None


def order_by_code(code: str) -> RepairOrder | None:
    """Return the order behind a tracking code; None for an unknown one."""
    found = RepairOrder.objects.unscoped("whoever has its code").filter(code=code)
    return found.select_related("rule", "clock", "building__parent__parent", "community").first()


def public_orders(building: Place, now: datetime, *, closed: bool = False) -> list[Row]:
    """Return a building's running orders, and with `closed` those closed within ninety days."""
    condition = Q(closed_at=None)
    if closed:
        condition |= Q(closed_at__gt=now - timedelta(days=RATED_DAYS))
    orders = RepairOrder.objects.unscoped("what is mended in a building is public").filter(
        condition, building=building
    )
    shown = orders.exclude(stage__in=(Stage.MERGED, Stage.WITHDRAWN)).select_related("rule", "building")
    return rows_of(shown.order_by("closed_at", "reported_at", "pk")[:50], now)


def released_pictures(order: RepairOrder) -> list[RepairPicture]:
    """Return the pictures that the office has released, without their bytes."""
    found = RepairPicture.objects.unscoped("released to the public").filter(order=order, is_released=True)
    return list(found.defer("sealed").order_by("received_at", "pk"))


def place_name(building: Place) -> str:
    """Return 怡康苑 205栋: without the 片区, a name that residents do not use."""
    quarter = building.parent.parent if building.parent else None
    return f"{quarter.name} {building.name}" if quarter else building.name


# --- figures ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Rates:
    """What was done of the orders in hand and how residents found it: parts as (how many, of how many)."""

    answered: tuple[int, int]
    solved: tuple[int, int]
    content: tuple[int, int]
    followed: tuple[int, int]

    @property
    def shown(self) -> list[tuple[str, str]]:
        """Return the rates with their labels; — where there is too little to say."""
        return [
            ("响应率", _percent(*self.answered)),
            ("解决率", _percent(*self.solved, fewest=FEWEST_RATED)),
            ("满意率", _percent(*self.content, fewest=FEWEST_RATED)),
            ("返修率", _percent(*self.followed)),
        ]


def _percent(part: int, whole: int, *, fewest: int = 1) -> str:
    return f"{round(100 * part / whole)}%" if whole >= fewest else "—"


def rates_of(scope: Scope, now: datetime, *, days: int = RATED_DAYS) -> Rates:
    """Return the rates of what was reported in the last days within a scope. Three queries."""
    orders = RepairOrder.objects.within(scope).filter(reported_at__gt=now - timedelta(days=days))
    return rates_among(orders)


def rates_among(orders: QuerySet[RepairOrder]) -> Rates:
    """Return the rates of orders: 响应 of those judged, 解决 and 满意 of those rated, 返修 of those passed. Three queries."""
    judged = Duty.objects.filter(clock__in=orders.order_by().values("clock"), kind=DutyKind.TRIAGE).exclude(
        outcome__in=(Outcome.OPEN, Outcome.CANCELLED)
    )
    answered = judged.aggregate(whole=Count("pk"), part=Count("pk", filter=Q(outcome=Outcome.IN_TIME)))
    rated = RepairRating.objects.unscoped("counts of orders in hand").filter(
        order__in=orders.order_by().values("pk")
    )
    said = rated.aggregate(
        whole=Count("pk"),
        solved=Count("pk", filter=Q(solved=True)),
        content=Count("pk", filter=Q(stars__gte=4)),
    )
    passed = orders.order_by().filter(stage=Stage.PASSED)
    again = Exists(RepairOrder.objects.filter(follows=OuterRef("pk")))
    ended = passed.aggregate(whole=Count("pk"), part=Count("pk", filter=Q(again)))
    return Rates(
        (answered["part"], answered["whole"]),
        (said["solved"], said["whole"]),
        (said["content"], said["whole"]),
        (ended["part"], ended["whole"]),
    )


def asks_for_a_fund(matter: str) -> bool:
    """Return whether an enquiry counts areas, too."""
    return matter not in ("", Matter.SMALL)


def office_of(order: RepairOrder) -> str:
    """Return which body takes the order up, by its name where it has one: 康和党总支; else the post."""
    ladder = Ladder.load([order.building_id])
    for place_id in reversed(ladder.paths.get(order.building_id, [])):
        organisation_id = ladder.covering.get((place_id, Post(order.rule.triage_post)))
        if organisation_id is not None:
            return PartyOrganisation.objects.get(pk=organisation_id).name
    return str(Post(order.rule.triage_post).label)
