"""Finding a registered cadre by the name a roster gives. Loaded once, then plain Python."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date

from baibuting.common.names import normalise_name
from baibuting.common.tabular.text import without_brackets
from buildings.models import Place
from buildings.selectors import path_ids
from cadres.models import Appointment, Cadre


@dataclass(frozen=True, slots=True)
class Known:
    """A cadre, and the post through which they are accountable for the building on that day ("" for none)."""

    cadre_id: int
    post: str


@dataclass(frozen=True, slots=True)
class Serving:
    """A cadre's time in a post, by appointment or as stand-in, with the places it is accountable for."""

    post: str
    places: frozenset[int]
    from_on: date
    until_on: date


@dataclass(slots=True)
class CadreRoll:
    """The cadres of a community by name, with the posts they held; answers as `selectors.post_held_on` does."""

    by_name: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    serving: dict[int, list[Serving]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(cls, community: Place) -> CadreRoll:
        """Load the roll of a community. Four queries."""
        roll = cls()
        for pk, name in Cadre.objects.filter(community=community).values_list("pk", "name"):
            roll.by_name[name].append(pk)
        held = Appointment.objects.filter(place__community=community).order_by("-place__level", "post")
        for appointment in held.prefetch_related("covers", "organisation__places"):
            organisation = appointment.organisation
            covered = organisation.places.all() if organisation else ()
            places = frozenset((appointment.place_id, *(place.pk for place in covered)))
            until_on = appointment.ended_on or date.max
            own = Serving(appointment.post, places, appointment.started_on, until_on)
            roll.serving[appointment.cadre_id].append(own)
            for cover in appointment.covers.all():
                as_stand_in = replace(own, from_on=cover.from_on, until_on=min(cover.until_on, until_on))
                roll.serving[cover.stand_in_id].append(as_stand_in)
        return roll

    def find(self, written: str, building: Place, day: date) -> Known | None:
        """Return the cadre of that name; of several the one accountable for the building that day. None if undecided."""
        cadres = self.by_name.get(normalise_name(without_brackets(written)), [])
        known = [Known(cadre_id, self._post(cadre_id, building, day)) for cadre_id in cadres]
        if len(known) > 1:
            known = [one for one in known if one.post]
        return known[0] if len(known) == 1 else None

    def _post(self, cadre_id: int, building: Place, day: date) -> str:
        above = set(path_ids(building.path))
        serving = self.serving.get(cadre_id, ())
        return next(
            (
                one.post
                for one in serving
                if one.from_on <= day <= one.until_on and not above.isdisjoint(one.places)
            ),
            "",
        )
