"""Parsing addresses as people write them: 百步亭社区怡康苑北区321栋2单元1601室 → 怡康苑北区 / 321 / 2 / 1601.

Only the office's own list says which buildings exist: `buildings.directory` looks an address up in it.
"""

from buildings.addresses.flats import (
    Flat,
    cell_text,
    flat_is_coarser,
    flat_shown,
    join_flat,
    normal_flat,
    parse_entrance,
    parse_flat,
    parse_flat_beside,
)
from buildings.addresses.names import (
    area_key,
    building_key,
    building_range,
    names_buildings,
    several_are_named,
    split_buildings,
    without_areas,
)
from buildings.addresses.writing import written

__all__ = [
    "Flat",
    "area_key",
    "building_key",
    "building_range",
    "cell_text",
    "flat_is_coarser",
    "flat_shown",
    "join_flat",
    "names_buildings",
    "normal_flat",
    "parse_entrance",
    "parse_flat",
    "parse_flat_beside",
    "several_are_named",
    "split_buildings",
    "without_areas",
    "written",
]
