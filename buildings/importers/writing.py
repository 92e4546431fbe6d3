"""Writes a list of buildings, and reports what it did."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.tabular.importing import Intake, RowInput
from baibuting.common.tabular.problems import CellError
from buildings.addresses import area_key
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.importers.collecting import Listed
from buildings.models import Place, PlaceMove
from buildings.scope import Scope
from buildings.services import place_change, place_create, place_move

UNITS = {Level.COMMUNITY: "社区", Level.QUARTER: "苑区", Level.PRECINCT: "片区", Level.BUILDING: "栋"}


@dataclass(slots=True)
class _Deeds:
    """What was done for one row of the file, reported only once the whole row has succeeded."""

    created: list[Place] = field(default_factory=list)
    updated: list[tuple[Place, dict[str, Any]]] = field(default_factory=list)
    moves: list[PlaceMove] = field(default_factory=list)
    unchanged: list[Place] = field(default_factory=list)


class Writer:
    """Writes listed buildings through the services, creating each area above them once."""

    def __init__(
        self, directory: PlaceDirectory, intake: Intake, now: datetime, user: User | None, scope: Scope
    ) -> None:
        self.directory, self.intake, self.report, self.scope = directory, intake, intake.report, scope
        self.now, self.user = now, user
        self.touched: set[int] = set()
        self.deeds = _Deeds()

    def write(self, rows: list[Listed]) -> None:
        elsewhere = self._listed_precincts(rows)
        for _, together in groupby(
            rows, key=lambda row: (row.given.row.table.sheet.name, row.given.row.number)
        ):
            self._write_row(list(together), elsewhere)

    def _write_row(self, rows: list[Listed], elsewhere: dict[tuple[str, str], set[str]]) -> None:
        """Write all buildings of one row of the file, or none."""
        self.deeds = _Deeds()
        try:
            with transaction.atomic():
                for row in rows:
                    self._write_one(row, elsewhere)
        except CellError as error:
            self._reject(rows[0], error.reason, error.message)
        except ValidationError as error:
            self._reject(rows[0], "refused", "；".join(error.messages))
        else:
            self._report(rows[0].given)

    def _reject(self, row: Listed, reason: str, message: str) -> None:
        self.intake.reject(row.given, "building", reason, message)
        self.report.accepted -= 1
        if self.deeds.created or self.deeds.moves or self.deeds.updated:  # rolled back with the row
            self.directory = PlaceDirectory.load(self.directory.community)

    def _report(self, given: RowInput) -> None:
        for place in self.deeds.created:
            self.report.count(UNITS[Level(place.level)], created=1)
            self.report.note_created(Place._meta.label_lower, place.pk)
        for move in self.deeds.moves:
            self.report.note_created(PlaceMove._meta.label_lower, move.pk)
        for place, before in self.deeds.updated:
            self.report.count(UNITS[Level(place.level)], updated=1)
            self.report.note_changed(Place._meta.label_lower, place.pk, before)
            self._report_changes(given, place, before)
        for place in self.deeds.unchanged:
            if place.pk not in self.touched or place.level == Level.BUILDING:
                self.report.count(UNITS[Level(place.level)], unchanged=1)
            self.touched.add(place.pk)
        self.touched.update(place.pk for place in self.deeds.created)

    def _report_changes(self, given: RowInput, place: Place, before: dict[str, Any]) -> None:
        for key, old in before.items():
            if key == "parent_id":
                old_name, new_name = (self.directory.by_id[pk].name for pk in (old, place.parent_id or 0))
                self.report.changes.append(given.change("precinct", place.name, old_name, new_name))
            elif key != "path":
                shown = ("" if value is None else str(value) for value in (old, getattr(place, key)))
                self.report.changes.append(given.change(key, place.name, *shown))

    def _listed_precincts(self, rows: list[Listed]) -> dict[tuple[str, str], set[str]]:
        """Return the precincts in which the file lists each (quarter, building)."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in rows:
            quarter, precinct, building = row.key
            found[quarter, building].add(precinct)
        return found

    def _write_one(self, row: Listed, elsewhere: dict[tuple[str, str], set[str]]) -> None:
        quarter = self._area(Level.QUARTER, row.quarter, self.directory.community)
        precinct = self._area(Level.PRECINCT, row.precinct, quarter)
        here = self.directory.building(row.building, precinct)
        if len(here) > 1:
            raise CellError("ambiguous place", "这个片区有几栋楼都可以这样写，请按系统里的楼栋名称写明。")
        if here:
            self._bring_in_line(here[0], row.details)
            return
        in_quarter = self.directory.building(row.building, quarter)
        listed = elsewhere[row.key[0], row.key[2]]
        moving = [place for place in in_quarter if self._precinct_key(place) not in listed]
        if moving:
            self._move(moving[0], precinct, row.details)
            return
        self._refuse_outside(precinct)
        details = {key: value for key, value in row.details.items() if value is not None}
        self._created(place_create(level=Level.BUILDING, name=row.building, parent=precinct, **details))

    def _created(self, place: Place) -> None:
        self.directory.add(place)
        self.deeds.created.append(place)

    def _area(self, level: Level, name: str, parent: Place) -> Place:
        found = (
            self.directory.quarter(name) if level == Level.QUARTER else self.directory.precinct(name, parent)
        )
        if found is None:
            self._refuse_outside(parent)
            found = place_create(level=level, name=name, parent=parent)
            self._created(found)
        elif found not in self.deeds.created:
            self.deeds.unchanged.append(found)
        return found

    def _bring_in_line(self, place: Place, details: dict[str, Any]) -> None:
        changed = _changed(place, details)
        if not changed:
            self.deeds.unchanged.append(place)
            return
        self._refuse_outside(place)
        before = {key: getattr(place, key) for key in changed}
        self.deeds.updated.append((place_change(place=place, **changed), before))

    def _move(self, place: Place, precinct: Place, details: dict[str, Any]) -> None:
        self._refuse_outside(place)
        self._refuse_outside(precinct)
        before: dict[str, Any] = {"parent_id": place.parent_id, "path": place.path}
        self.deeds.moves.append(
            place_move(place=place, to_parent=precinct, moved_on=local_day(self.now), user=self.user)
        )
        place.refresh_from_db()
        changed = _changed(place, details)
        before |= {key: getattr(place, key) for key in changed}
        if changed:
            place_change(place=place, **changed)
        self.deeds.updated.append((place, before))

    def _precinct_key(self, place: Place) -> str:
        return area_key(self.directory.by_id[place.parent_id].name) if place.parent_id else ""

    def _refuse_outside(self, place: Place) -> None:
        if not self.scope.covers(place.path):
            raise CellError("out of scope", f"{place.name}不在您的工作范围内，请联系社区管理员导入。")


def _changed(place: Place, details: dict[str, Any]) -> dict[str, Any]:
    """Return the given details that differ; a blank cell changes nothing."""
    return {
        key: value
        for key, value in details.items()
        if value not in (None, "") and getattr(place, key) != value
    }
