"""The appointments to a community's posts, as the import reads and writes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from baibuting.common.names import normalise_name
from buildings.models import Place
from cadres.models import Appointment, Cadre
from cadres.succession import holder_among


class PostLine:
    """All appointments to one post of one place, the earliest first: past, present and future."""

    def __init__(self, place_id: int, post: str, appointments: Iterable[Appointment] = ()) -> None:
        self.place_id, self.post, self.all = place_id, post, list(appointments)

    def reload(self) -> None:
        """Read the line again after something was written."""
        self.all = list(_appointments().filter(place=self.place_id, post=self.post))

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
    """The lines of a community's posts by place and post, those of organisations left out. One query."""

    def __init__(self, community: Place) -> None:
        found: dict[tuple[int, str], list[Appointment]] = defaultdict(list)
        for one in _appointments().filter(place__community=community):
            found[one.place_id, one.post].append(one)
        self._lines = {key: PostLine(*key, line) for key, line in found.items()}

    def of(self, place_id: int, post: str) -> PostLine:
        """Return the line of a post, empty where it was never held."""
        return self._lines.setdefault((place_id, post), PostLine(place_id, post))

    def renew(self, cadre: Cadre) -> None:
        """Put a changed cadre on each of their appointments: each row was loaded with its own copy."""
        for line in self._lines.values():
            for one in line.all:
                if one.cadre_id == cadre.pk:
                    one.cadre = cadre


def _appointments() -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(organisation=None).select_related("cadre")
    return rows.order_by("started_on", "pk")
