"""The appointments to a community's posts, as the import reads and writes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from baibuting.common.names import normalise_name
from buildings.models import Place
from cadres.models import Appointment, Cadre, PartyOrganisation
from cadres.selectors import in_seat
from cadres.succession import holder_among


class PostLine:
    """All appointments to one seat, the earliest first: past, present and future.

    A seat is a post of a place, or of a party organisation.
    """

    def __init__(self, seat: Q, appointments: Iterable[Appointment] = ()) -> None:
        self.seat, self.all = seat, list(appointments)

    def reload(self) -> None:
        """Read the line again after something was written."""
        self.all = list(_appointments().filter(self.seat))

    def on(self, day: date) -> Appointment | None:
        """Return the appointment in force on a day; None for a vacancy."""
        return holder_among(self.all, day)

    def open_on(self, day: date) -> list[Appointment]:
        """Return all appointments that have not ended by a day, for posts that several may share."""
        return [one for one in self.all if one.ended_on is None or one.ended_on >= day]

    def begun(self, today: date) -> Appointment | None:
        """Return the newest appointment that has begun, ended or not."""
        return next((one for one in reversed(self.all) if one.started_on <= today), None)

    def coming(self, today: date) -> list[Appointment]:
        """Return the appointments that are yet to begin."""
        return [one for one in self.all if one.started_on > today]

    def between(self, first: date, before: date) -> list[Appointment]:
        """Return appointments in force on some day from `first` on that began before `before`."""
        return [
            one
            for one in self.all
            if one.started_on < before and (one.ended_on is None or one.ended_on >= first)
        ]

    def former(self, name: str, today: date) -> Appointment | None:
        """Return the last appointment to the post of a cadre of that name, where it is over."""
        known = normalise_name(name)
        over = [one for one in self.all if one.cadre.name == known and one.ended_on and one.ended_on < today]
        return over[-1] if over else None

    def person(self, name: str, phone: str) -> Cadre | None:
        """Return the latest holder of that name, past or present; a holder with another phone is another person."""
        return next(
            (
                one.cadre
                for one in reversed(self.all)
                if one.cadre.name == name and (not phone or phone == one.cadre.phone)
            ),
            None,
        )


class PostLines:
    """The lines of a community's posts by seat. One query."""

    def __init__(self, community: Place) -> None:
        self._found: dict[_Seat, list[Appointment]] = defaultdict(list)
        for one in _appointments().filter(place__community=community):
            self._found[_seat(one.place_id, one.post, one.organisation_id)].append(one)
        self._lines: dict[_Seat, PostLine] = {}

    def of(self, place: Place, post: str, organisation: PartyOrganisation | None = None) -> PostLine:
        """Return the line of a post, empty where it was never held; `organisation`: that of its secretary."""
        seat = _seat(place.pk, post, organisation.pk if organisation else None)
        if seat not in self._lines:
            self._lines[seat] = PostLine(in_seat(place, post, organisation), self._found.get(seat, ()))
        return self._lines[seat]

    def renew(self, cadre: Cadre) -> None:
        """Put a changed cadre on each of their appointments: each row was loaded with its own copy."""
        for line in (*self._found.values(), *(line.all for line in self._lines.values())):
            for one in line:
                if one.cadre_id == cadre.pk:
                    one.cadre = cadre


_Seat = tuple[int | None, str, int | None]


def _seat(place_id: int, post: str, organisation_id: int | None) -> _Seat:
    """Return the key of a seat: the place of an organisation's secretary may change, the seat stays."""
    return (None if organisation_id else place_id, post, organisation_id)


def _appointments() -> QuerySet[Appointment]:
    return Appointment.objects.select_related("cadre").order_by("started_on", "pk")
