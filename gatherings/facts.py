"""What gatherings settle: the readers of matters for `routines`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Count, F, Q

from duties.rounds import Fact
from gatherings.choices import Kind, State
from gatherings.models import Attendance, Gathering
from gatherings.rules import STUDY_QUORUM
from routines.models import Routine

Done = Mapping[int, Sequence[Fact]]


def training_done(routines: Sequence[Routine], now: datetime) -> Done:
    """Return the trainings at which the holder of each appointment was. One query."""
    rows = Attendance.objects.filter(
        was_there=True,
        gathering__kind=Kind.TRAINING,
        gathering__state=State.HELD,
        volunteer__cadre__in={routine.appointment.cadre_id for routine in routines},
    )
    by_cadre: dict[int, list[Fact]] = defaultdict(list)
    for cadre_id, at in rows.order_by().values_list("volunteer__cadre", "gathering__starts_at"):
        by_cadre[cadre_id].append(Fact(at))
    return {routine.pk: by_cadre[routine.appointment.cadre_id] for routine in routines}


def study_done(routines: Sequence[Routine], now: datetime) -> Done:
    """Return the studies that were held by each holder, or for the place or the organisation of the post. One query."""
    held = [routine.appointment for routine in routines]
    rows = (
        Gathering.objects.filter(
            Q(host__in={one.cadre_id for one in held})
            | Q(place__in={one.place_id for one in held})
            | Q(organisation__in={one.organisation_id for one in held if one.organisation_id}),
            kind=Kind.STUDY,
            state=State.HELD,
        )
        .annotate(there=F("others") + Count("attendances", filter=Q(attendances__was_there=True)))
        .filter(there__gte=STUDY_QUORUM)
        .order_by()
    )
    by_whom: dict[tuple[str, int | None], list[Fact]] = defaultdict(list)
    for host, place, organisation, at in rows.values_list("host", "place", "organisation", "starts_at"):
        for key in (("host", host), ("place", place), ("organisation", organisation)):
            by_whom[key].append(Fact(at))
    found: dict[int, list[Fact]] = {}
    for routine in routines:
        one = routine.appointment
        keys: list[tuple[str, int | None]] = [("host", one.cadre_id), ("place", one.place_id)]
        if one.organisation_id:
            keys.append(("organisation", one.organisation_id))
        found[routine.pk] = [fact for key in keys for fact in by_whom[key]]
    return found
