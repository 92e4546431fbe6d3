"""Finding registered residents for the rows of a roster. Loaded once, then plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from baibuting.common.crypto import found_by
from buildings.directory import Found, PlaceDirectory
from buildings.models import Place
from residents.models import Resident


@dataclass(frozen=True, slots=True)
class Candidate:
    """A resident who may be meant, with the flat."""

    pk: int
    building_id: int
    entrance: str
    room: str


@dataclass(slots=True)
class ResidentRoll:
    """The residents of a community by name and by ID number's digest."""

    by_name: dict[str, list[Candidate]] = field(default_factory=dict)
    by_digest: dict[bytes, Candidate] = field(default_factory=dict)

    @classmethod
    def load(cls, community: Place) -> ResidentRoll:
        """Return the roll of a community. One query."""
        roll = cls()
        columns = (
            "name",
            "id_number_digest",
            "pk",
            "household__building_id",
            "household__entrance",
            "household__room",
        )
        rows = (
            Resident.objects.unscoped("an import reads the whole community")
            .filter(community=community, erased_at=None)
            .order_by("pk")
            .values_list(*columns)
        )
        for name, digest, pk, building_id, entrance, room in rows.iterator():
            candidate = Candidate(pk, building_id, entrance, room)
            roll.by_name.setdefault(name, []).append(candidate)
            if digest:
                roll.by_digest[bytes(digest)] = candidate
        return roll

    def find(self, name: str, id_digest: bytes | None) -> Sequence[Candidate]:
        """Return who may be meant: by ID number where one is given and known, else all of that name."""
        by_digest = found_by(self.by_digest, id_digest)
        return [by_digest] if by_digest else self.by_name.get(name, [])

    def nearest(
        self, candidates: Sequence[Candidate], found: Found, directory: PlaceDirectory
    ) -> Sequence[Candidate]:
        """Return the candidates in an address's building, those in its flat if there are any; else in its quarter."""
        if found.building is not None:
            here = [one for one in candidates if one.building_id == found.building.pk]
            for part in ("room", "entrance"):
                said = getattr(found, part)
                exactly = [one for one in here if said and getattr(one, part) == said]
                here = exactly or here
            return here
        if found.quarter is not None:
            inside = found.quarter.path
            return [one for one in candidates if directory.by_id[one.building_id].path.startswith(inside)]
        return candidates
