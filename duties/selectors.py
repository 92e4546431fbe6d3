"""Reading duties: whose they are, what has reached whom, and what a viewer may know of the people behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from buildings.scope import Scope
from cadres.ladder import TOP_RUNG, Ladder
from cadres.models import Appointment, Cover
from cadres.selectors import in_force
from duties.choices import RUNNING, SETTLING, EventKind, Rung
from duties.models import Duty, DutyEvent, Handling, NoticeSeen
from residents.models import CareCategory, Resident
from residents.selectors import category_label, display_name


@dataclass(frozen=True, slots=True)
class Sight:
    """What one viewer may know of people in a set of buildings.

    Names are read in full by office staff, by the duty's holder and by the ladder above him; a sensitive category by
    holder and ladder alone, the office included in "not" (design, section 7).
    """

    reads_names: bool
    cadre_id: int | None
    today: date
    ladder: Ladder

    def answers_for(self, building_id: int, accountable_post: str) -> bool:
        """Whether the viewer holds the accountable post of a building today, or a rung above it."""
        if self.cadre_id is None:
            return False
        holders = (
            self.ladder.rung_holder(building_id, rung, self.today, accountable_post)
            for rung in range(TOP_RUNG + 1)
        )
        return any(holder is not None and holder.cadre_id == self.cadre_id for holder in holders)

    def person(self, resident: Resident, building_id: int, accountable_post: str) -> str:
        """The name in full or masked."""
        may_know = self.reads_names or self.answers_for(building_id, accountable_post)
        return display_name(resident, may_know=may_know)

    def category(self, category: CareCategory, building_id: int, accountable_post: str) -> str:
        """The category's label, or its public one where it is sensitive and the viewer does not answer for it."""
        may_know = category.is_sensitive and self.answers_for(building_id, accountable_post)
        return category_label(category, may_know=may_know)


def sight(*, scope: Scope, reads_names: bool, building_ids: Iterable[int], today: date) -> Sight:
    """The sight of a viewer over some buildings. Five queries."""
    return Sight(reads_names, scope.cadre_id, today, Ladder.load(building_ids))


def held_by(cadre_id: int, today: date) -> Exists:
    """The condition on duties whose accountable post a cadre holds today, or for whose holder he stands in."""
    covers = Cover.objects.running(today).filter(appointment=OuterRef("pk"))
    posts = Appointment.objects.filter(
        in_force(today), place=OuterRef("building"), post=OuterRef("accountable_post"), organisation=None
    )
    own = Q(cadre=cadre_id) & ~Q(Exists(covers))
    return Exists(posts.filter(own | Q(Exists(covers.filter(stand_in=cadre_id)))))


def duties_shown(scope: Scope) -> QuerySet[Duty]:
    """Duties of a scope with all that a list shows of them, in one query."""
    return Duty.objects.within(scope).select_related(
        "building__parent__parent", "category", "care_record__resident__household"
    )


def notices(scope: Scope) -> QuerySet[DutyEvent]:
    """What has reached the viewer and still runs, newest first. What was taken back belongs to settled duties.

    That somebody left is told until it is opened, as long as he is not back and visited again.
    """
    if scope.cadre_id is None:
        return DutyEvent.objects.none()
    running = Q(kind=EventKind.RAISED, duty__outcome__in=RUNNING)
    left = Q(kind=EventKind.LEFT, seen=None) & ~Q(duty__outcome__in=RUNNING)
    told = DutyEvent.objects.within(scope).filter(running | left, told_cadre=scope.cadre_id)
    return told.order_by("-fell_due_at", "-id")


def dealt_with() -> Exists:
    """The condition on notices that whoever was told has dealt with, and not taken back, since it reached him."""
    own = Handling.objects.filter(
        by_cadre=OuterRef("told_cadre"), duty=OuterRef("duty"), at__gte=OuterRef("recorded_at")
    )
    return Exists(own.filter(kind__in=SETTLING, taken_back=None))


def notices_waiting(scope: Scope) -> QuerySet[DutyEvent]:
    """What has reached the viewer, still runs, and was not dealt with, newest first."""
    return notices(scope).exclude(dealt_with())


def notices_dealt_with(scope: Scope) -> QuerySet[DutyEvent]:
    """What the viewer has dealt with, settled by now or not, newest first."""
    if scope.cadre_id is None:
        return DutyEvent.objects.none()
    mine = DutyEvent.objects.within(scope).filter(dealt_with(), told_cadre=scope.cadre_id)
    return mine.filter(kind=EventKind.RAISED).order_by("-fell_due_at", "-id")


def notices_shown(rows: QuerySet[DutyEvent]) -> QuerySet[DutyEvent]:
    """Notices with all that a list shows of them, and `is_seen`."""
    seen = NoticeSeen.objects.filter(event=OuterRef("pk"))
    shown = rows.select_related(
        "duty__building__parent__parent", "duty__category", "duty__care_record__resident__household"
    )
    return shown.annotate(is_seen=Exists(seen))


def escalations_shown(scope: Scope) -> QuerySet[DutyEvent]:
    """What was reported up to 片区 or higher in a scope and still runs, newest first: for those who hold no post."""
    raised = DutyEvent.objects.within(scope).filter(
        kind=EventKind.RAISED, rung__gte=Rung.PRECINCT, duty__outcome__in=RUNNING
    )
    shown = raised.select_related(
        "told_cadre",
        "duty__building__parent__parent",
        "duty__category",
        "duty__care_record__resident__household",
    )
    return shown.order_by("-fell_due_at", "-id")


def unseen_count(scope: Scope) -> int:
    """Return how many notices of duties the viewer has not opened. One query."""
    return events_unseen(scope).count()


def events_unseen(scope: Scope) -> QuerySet[DutyEvent]:
    """Return the notices of duties that the viewer has not opened."""
    return notices(scope).exclude(Exists(NoticeSeen.objects.filter(event=OuterRef("pk"))))
