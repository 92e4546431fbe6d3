"""What stands on pages of others: a cadre's gatherings on the phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.http import HttpRequest

from baibuting.common.days import midnight
from buildings.viewer import viewer_of
from gatherings.models import Attendance
from gatherings.rules import hours_words
from gatherings.selectors import MOST_ON_A_PHONE, coming, expected, served, to_call_over
from volunteers.models import Volunteer

MOST_COMING = 6


def my_gatherings(request: HttpRequest) -> dict[str, Any] | None:
    """Return what a cadre has to call over, what is coming, and how long they served this year."""
    viewer = viewer_of(request)
    if viewer.scope.cadre_id is None:
        return None
    me = Volunteer.objects.filter(cadre=viewer.scope.cadre_id).first()
    ahead = list(coming(viewer.scope, viewer.now)[:MOST_COMING])
    signed = Attendance.objects.filter(gathering__in=ahead, volunteer=me) if me else Attendance.objects.none()
    signed_up = set(signed.values_list("gathering", flat=True))
    rolls = []
    for gathering in to_call_over(viewer.scope.cadre_id, viewer.now)[:2]:
        people = list(expected(gathering)[: MOST_ON_A_PHONE + 1])
        on = set(gathering.attendances.values_list("volunteer", flat=True))
        rolls.append(
            {
                "gathering": gathering,
                "people": [(one, one.pk in on) for one in people],
                "is_long": len(people) > MOST_ON_A_PHONE,
                "uid": uuid4(),
            }
        )
    year = midnight(viewer.today.replace(month=1, day=1))
    minutes = served([me.pk], year, viewer.now + timedelta(days=1)).get(me.pk, 0) if me else 0
    if not (ahead or rolls or minutes):
        return None
    return {
        "coming": [(one, one.pk in signed_up) for one in ahead],
        "rolls": rolls,
        "hours": hours_words(minutes) if minutes else "",
        "back": request.path,
    }
