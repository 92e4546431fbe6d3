"""Reading duties: who is accountable, who was notified, and what a viewer may know of the people behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, QuerySet, TextField, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull

from buildings.models import Place
from buildings.scope import Scope
from cadres.ladder import TOP_RUNG, Accountable, Ladder
from cadres.models import Appointment, Cover
from cadres.selectors import in_force, same_seat
from duties.choices import RUNNING, SETTLING, EventKind, Rung
from duties.clock import CLOCK_TOLERANCE
from duties.models import Duty, DutyAction, DutyEvent, GoLive, NoticeSeen, SweepRun
from residents.models import CareCategory, Resident
from residents.selectors import category_label, display_name

# Whom a duty is owed to, as a number: a person, or for a duty that concerns nobody the duty itself.
PERSON = Coalesce(F("care_record__resident"), F("pk") * -1)
# The rows of a list by person and place, each counted once however much is owed to it.
PEOPLE = Count(Func(PERSON, F("place"), function="ROW", output_field=TextField()), distinct=True)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What one viewer may know of people at a set of places.

    Names are read in full by office staff, by the duty's holder and by the ladder above; a sensitive category by
    holder and ladder alone, not by the office (design, section 7).
    """

    reads_names: bool
    cadre_id: int | None
    today: date
    ladder: Ladder

    def answers_for(self, whose: Accountable) -> bool:
        """Return whether the viewer is accountable for any of these today, or on a rung above."""
        if self.cadre_id is None:
            return False
        holders = (self.ladder.answering(whose, rung, self.today) for rung in range(TOP_RUNG + 1))
        return any(holder is not None and holder.cadre_id == self.cadre_id for holder in holders)

    def person(self, resident: Resident, whose: Accountable) -> str:
        """Return the name in full or masked."""
        may_know = self.reads_names or self.answers_for(whose)
        return display_name(resident, may_know=may_know)

    def category(self, category: CareCategory, whose: Accountable) -> str:
        """Return the category's label; its public one if sensitive and the viewer is not accountable for it."""
        may_know = category.is_sensitive and self.answers_for(whose)
        return category_label(category, may_know=may_know)


def disclosure_over(
    *, scope: Scope, reads_names: bool, over: Iterable[int | Accountable], today: date
) -> Disclosure:
    """Return the disclosure of a viewer over what `Ladder.load` takes. Five queries."""
    return Disclosure(reads_names, scope.cadre_id, today, Ladder.load(over))


def go_lives(community_ids: Iterable[int]) -> dict[int, GoLive]:
    """Return by community the row that says from when it counts; those that are not live have none. One query."""
    return {row.community_id: row for row in GoLive.objects.filter(community__in=set(community_ids))}


def is_counting(community_id: int, now: datetime) -> bool:
    """Return whether a community is live at a moment: what happens then is timed and told. One query."""
    live = go_lives([community_id]).get(community_id)
    return live is not None and live.begins_at <= now


@dataclass(frozen=True, slots=True)
class Counting:
    """A community, and the first day it counts; None where no day is confirmed."""

    community: Place
    first_on: date | None

    def counts_on(self, day: date) -> bool:
        """Return whether a day counts."""
        return self.first_on is not None and self.first_on <= day

    def remark(self, since: date) -> str:
        """Return what figures since a day must say: from when they count; "" where all of it does."""
        if self.first_on is None:
            return f"{self.community.name}尚未启用，没有计时"
        return (
            ""
            if self.counts_on(since)
            else f"{self.community.name}自 {self.first_on:%Y-%m-%d} 启用，从这天算起"
        )


def countings(community_ids: Iterable[int]) -> list[Counting]:
    """Return from when communities count, in tree order. One query."""
    places = Place.objects.filter(pk__in=set(community_ids)).select_related("go_live").order_by("sort_path")
    return [
        Counting(place, place.go_live.counts_from if hasattr(place, "go_live") else None) for place in places
    ]


def owed_by(held: QuerySet[Appointment], day: date) -> Q:
    """Return the condition on duties for which one of these appointments is accountable on a day.

    It is `Ladder.answering` on rung 0 as a condition.
    """
    return Q(_in_post(held, day)) | owed_by_name(held, day)


def owed_by_nobody(day: date) -> Q:
    """Return the condition on duties for which no appointment is accountable on a day.

    In two parts, for the planner joins parts that are negated singly, and runs a subquery per row for a negated whole.
    """
    everybody = Appointment.objects.all()
    return ~Q(_in_post(everybody, day)) & (Q(appointment=None) | ~owed_by_name(everybody, day))


def _in_post(held: QuerySet[Appointment], day: date) -> Exists:
    """Return whether one of the appointments holds the place's post; none does where the duty names one.

    The name is inside the comparison and not beside it, so that the planner can hash the appointments and join them.
    """
    place = Case(When(IsNull(OuterRef("appointment"), True), then=OuterRef("place")))
    return Exists(
        held.filter(in_force(day), place=place, post=OuterRef("accountable_post"), organisation=None)
    )


def owed_by_name(held: QuerySet[Appointment], day: date) -> Q:
    """Return the condition on duties that name an appointment, and for which one of these is accountable on a day.

    It is the one named, or, when that has ended or not begun, the one that holds its seat.
    """
    himself, heirs = held.filter(pk=OuterRef("pk")), held.filter(in_force(day), same_seat())
    named = Appointment.objects.filter(pk=OuterRef("appointment")).filter(
        Q(in_force(day), Exists(himself)) | Q(~in_force(day), Exists(heirs))
    )
    return Q(Q(appointment__isnull=False), Exists(named))


def answered_by(cadre_id: int, today: date) -> QuerySet[Appointment]:
    """Return the appointments a cadre is accountable for today: their own unless covered, and those they cover."""
    covers = Cover.objects.running(today).filter(appointment=OuterRef("pk"))
    own = Q(cadre=cadre_id) & ~Q(Exists(covers))
    return Appointment.objects.filter(own | Q(Exists(covers.filter(stand_in=cadre_id))))


def held_by(cadre_id: int, today: date) -> Q:
    """Return the condition on duties that a cadre owes today, as holder or stand-in."""
    return owed_by(answered_by(cadre_id, today), today)


def duties_shown(scope: Scope) -> QuerySet[Duty]:
    """Return duties of a scope with all that a list shows of them, in one query."""
    return Duty.objects.within(scope).select_related(
        "place__parent__parent", "category", "care_record__resident__household"
    )


def notices(scope: Scope) -> QuerySet[DutyEvent]:
    """Return notices to the viewer that still run, newest first.

    Those withdrawn belong to settled duties, but for what a wrong clock had raised.
    A notice that a person left shows until it is opened, unless the person is back and visited again.
    """
    if scope.cadre_id is None:
        return DutyEvent.objects.none()
    running = Q(kind=EventKind.RAISED, duty__outcome__in=RUNNING)
    left = Q(kind=EventKind.LEFT, seen=None) & ~Q(duty__outcome__in=RUNNING)
    told = DutyEvent.objects.within(scope).filter(running | left, ~taken_back(), told_cadre=scope.cadre_id)
    return told.order_by("-fell_due_at", "-id")


def taken_back() -> Q:
    """Return the condition on notices that they were withdrawn and not given again since."""
    of_step = DutyEvent.objects.filter(duty=OuterRef("duty"), rung=OuterRef("rung"))
    stood_down, reinstated = (
        Exists(of_step.filter(kind=kind)) for kind in (EventKind.STOOD_DOWN, EventKind.REINSTATED)
    )
    return Q(stood_down) & ~Q(reinstated)


def dealt_with() -> Exists:
    """Return the condition on notices that the cadre notified has dealt with since, and not revoked that."""
    own = DutyAction.objects.filter(
        by_cadre=OuterRef("told_cadre"), duty=OuterRef("duty"), at__gte=OuterRef("recorded_at")
    )
    return Exists(own.filter(kind__in=SETTLING, revoked_by=None))


def notices_waiting(scope: Scope) -> QuerySet[DutyEvent]:
    """Return notices to the viewer that still run and were not dealt with, newest first."""
    return notices(scope).exclude(dealt_with())


def notices_dealt_with(scope: Scope) -> QuerySet[DutyEvent]:
    """Return notices that the viewer has dealt with, settled by now or not, newest first."""
    if scope.cadre_id is None:
        return DutyEvent.objects.none()
    mine = DutyEvent.objects.within(scope).filter(dealt_with(), told_cadre=scope.cadre_id)
    return mine.filter(kind=EventKind.RAISED).order_by("-fell_due_at", "-id")


def notices_shown(rows: QuerySet[DutyEvent]) -> QuerySet[DutyEvent]:
    """Return notices with all that a list shows of them, and `is_seen`."""
    seen = NoticeSeen.objects.filter(event=OuterRef("pk"))
    shown = rows.select_related(
        "duty__place__parent__parent", "duty__category", "duty__care_record__resident__household"
    )
    return shown.annotate(is_seen=Exists(seen))


def escalations_shown(scope: Scope) -> QuerySet[DutyEvent]:
    """Return escalations to 片区 or higher in a scope that still run, newest first: for viewers who hold no post."""
    raised = DutyEvent.objects.within(scope).filter(
        ~taken_back(), kind=EventKind.RAISED, rung__gte=Rung.PRECINCT, duty__outcome__in=RUNNING
    )
    shown = raised.select_related(
        "told_cadre",
        "duty__place__parent__parent",
        "duty__category",
        "duty__care_record__resident__household",
    )
    return shown.order_by("-fell_due_at", "-id")


def last_progress_at(*, now: datetime) -> datetime | None:
    """Return when a sweep last got something done; None before the first. What a clock ahead of ours wrote is left out."""
    runs = SweepRun.objects.filter(progress_at__lte=now + CLOCK_TOLERANCE).order_by("-progress_at")
    return runs.values_list("progress_at", flat=True).first()


def unseen_count(scope: Scope) -> int:
    """Return how many notices of duties the viewer has not opened. One query."""
    return events_unseen(scope).count()


def events_unseen(scope: Scope) -> QuerySet[DutyEvent]:
    """Return the notices of duties that the viewer has not opened."""
    return notices(scope).exclude(Exists(NoticeSeen.objects.filter(event=OuterRef("pk"))))
