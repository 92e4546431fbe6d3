"""The base of exports about people."""

from __future__ import annotations

from buildings.addresses import flat_shown
from buildings.exporting import ScopedResource
from buildings.exports import area_names
from buildings.models import Place
from residents.models import Household


class PeopleResource(ScopedResource):
    """The base of exports about people; masked, names show one character and addresses end at the building."""

    masked_words = "脱敏：姓名只留姓，电话和证件号码隐去，住址只到楼栋"

    def home(
        self, household: Household, building: Place | None = None, *, in_full: bool | None = None
    ) -> str:
        """Return the flat as an office writes it, 怡康苑101栋2单元601室; in a masked export, or not `in_full`, the building.

        `building` is where the row lies: for a person who has left the scope since, only that is shown.
        """
        has_left = not self.scope.covers(household.building.path)
        building = building if building is not None and has_left else household.building
        quarter, precinct = area_names(building)
        if has_left or not (self.is_full if in_full is None else in_full):
            return f"{quarter}{precinct}{building.name}"
        flat = flat_shown(household.entrance, household.room)
        return f"{quarter}{precinct}{building.name}{flat}"
