"""What a user may see today, from posts, covers and grants."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q

from buildings.models import Place
from buildings.scope import Scope
from cadres.models import Appointment, Cadre

if TYPE_CHECKING:
    from accounts.models import User


def scope_for(user: User, *, today: date) -> Scope:
    """The scope of a user on a day; both end days of appointments, covers and grants count. Four queries at most."""
    if not user.is_active:
        return Scope.NOTHING
    if user.is_superuser:
        return Scope(everywhere=True, full_names=True, user_id=user.pk)
    granted = Q(grants__user=user) & (Q(grants__until_on=None) | Q(grants__until_on__gte=today))
    paths = set(Place.objects.filter(granted).values_list("path", flat=True))
    cadre = Cadre.objects.filter(user=user).only("pk").first()
    if cadre is not None:
        paths |= _paths_of_cadre(cadre, today)
    return Scope(
        paths=frozenset(paths),
        full_names=bool(paths),
        user_id=user.pk,
        cadre_id=cadre.pk if cadre else None,
    )


def _paths_of_cadre(cadre: Cadre, today: date) -> set[str]:
    """Paths of the places whose posts he holds or covers; of an organisation's secretary all it covers."""
    in_force = Q(started_on__lte=today) & (Q(ended_on=None) | Q(ended_on__gte=today))
    own = Q(cadre=cadre)
    covered = Q(covers__stand_in=cadre, covers__from_on__lte=today, covers__until_on__gte=today)
    appointments = list(
        Appointment.objects.filter(in_force, own | covered).select_related("place").distinct()
    )
    organisations = {
        appointment.organisation_id for appointment in appointments if appointment.organisation_id
    }
    paths = {appointment.place.path for appointment in appointments if appointment.organisation_id is None}
    if organisations:
        paths |= set(
            Place.objects.filter(party_organisations__in=organisations).values_list("path", flat=True)
        )
    return paths
