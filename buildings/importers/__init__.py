"""Rosters of places."""

from buildings.importers.fields import BUILDING, PLACE_FIELDS, PRECINCT, QUARTER
from buildings.importers.places import places_import

__all__ = ["BUILDING", "PLACE_FIELDS", "PRECINCT", "QUARTER", "places_import"]
