"""Finding a registered cadre by the name a roster gives. Loaded once, then plain Python."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from baibuting.common.names import normalise_name
from baibuting.common.tabular.text import without_brackets
from buildings.models import Place
from buildings.selectors import path_ids
from cadres.models import Appointment, Cadre


@dataclass(frozen=True, slots=True)
class Known:
    """A cadre, and the post through which he answers for the building on that day ("" for none)."""

    cadre_id: int
    post: str


@dataclass(slots=True)
class CadreRoll:
    """The cadres of a community by name, with their appointments."""

    by_name: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    appointments: dict[int, list[Appointment]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(cls, community: Place) -> CadreRoll:
        """Two queries."""
        roll = cls()
        for pk, name in Cadre.objects.filter(community=community).values_list("pk", "name"):
            roll.by_name[name].append(pk)
        held = Appointment.objects.filter(place__community=community).select_related("place")
        for appointment in held.order_by("-place__level", "post"):
            roll.appointments[appointment.cadre_id].append(appointment)
        return roll

    def find(self, written: str, building: Place, day: date) -> Known | None:
        """The cadre of that name; of several the one who answers for the building that day. None where it is open."""
        cadres = self.by_name.get(normalise_name(without_brackets(written)), [])
        known = [Known(cadre_id, self._post(cadre_id, building, day)) for cadre_id in cadres]
        if len(known) > 1:
            known = [one for one in known if one.post]
        return known[0] if len(known) == 1 else None

    def _post(self, cadre_id: int, building: Place, day: date) -> str:
        """By appointment alone; who stood in is told by `selectors.post_held_on`."""
        above = path_ids(building.path)
        for one in self.appointments.get(cadre_id, ()):
            if (
                one.place_id in above
                and one.started_on <= day
                and (one.ended_on is None or day <= one.ended_on)
            ):
                return one.post
        return ""
