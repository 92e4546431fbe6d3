"""Parsing the rows of a roster of party organisations: which organisation, which places, which secretary."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from baibuting.common.tabular.importing import RowInput, said_by_sheet
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.table import Row, Table
from baibuting.common.tabular.text import compact, plain, says_nothing, without_brackets
from baibuting.common.tabular.values import parse_optional_date, parse_phone
from buildings.addresses import area_key
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from cadres.choices import OrganisationKind
from cadres.importers.coverage import CoverageReader
from cadres.importers.names import Said, read_holder
from cadres.importers.organisations import KIND_BY_POST, ORDER, kind_in_cell, kind_in_name
from cadres.importers.party_fields import LONG, WIDE, Keys
from cadres.importers.reading import says_party_member
from cadres.importers.titles import Period, period_of, post_in_title, post_of

_LONGEST_NAME = 50
_BODIES = ("书记", "党组织书记", "党支部书记", "负责人", "党组织负责人", "组长")
_GENERAL = OrganisationKind.GENERAL_BRANCH


@dataclass(frozen=True, slots=True)
class Part:
    """What one row says of one organisation and its secretary.

    `name` is as written, "" where the row names only the secretary of a place; `quarter` the one it lies in, if any.
    `said` is None where the roster has no column for the secretary, or their cells are refused. `states_all` says that
    the cell lists everything the organisation covers.
    """

    given: RowInput
    kind: OrganisationKind
    keys: Keys
    name: str
    quarter: Place | None
    places: list[Place]
    place_key: str
    states_all: bool
    parent: str
    said: Said | None
    started_on: date | None
    period: Period | None
    is_party_member: bool


@dataclass(frozen=True, slots=True)
class _Areas:
    """The areas that the columns of a row name; None where it names none."""

    quarter: Place | None
    precinct: Place | None

    @property
    def nearest(self) -> Place | None:
        return self.precinct or self.quarter


def rank(row: Row) -> int:
    """Return the order in which rows are written: the highest organisations first, for others name them as superior."""
    kind = kind_in_cell(plain(row.cells.get("kind", ""))) or kind_in_name(plain(row.cells.get(LONG.name, "")))
    return ORDER[kind] if kind else len(ORDER)


def shared_quarters(tables: Iterable[Table]) -> set[str]:
    """Return the keys of quarters in which the rows name several 总支: none of them covers the whole quarter."""
    named: dict[str, set[str]] = defaultdict(set)
    keys = WIDE[_GENERAL]
    for table in tables:
        key = keys.name if keys.name in table.header.columns else keys.secretary
        for row in table.rows():
            name = compact(row.cells.get(key, ""))
            if not says_nothing(name):
                named[area_key(compact(row.cells.get("quarter", "")))].add(name)
    return {quarter for quarter, names in named.items() if len(names) > 1}


class PartyReader:
    """Parses rows into organisations and their secretaries."""

    def __init__(self, directory: PlaceDirectory, scope: Scope, shared: set[str]) -> None:
        self.directory, self.scope, self.shared = directory, scope, shared
        self.coverage = CoverageReader(directory)

    def parts(self, given: RowInput) -> list[Part]:
        """Return what a row says, the highest organisation first; empty where a cell it depends on is refused."""
        refused = len(given.problems)
        areas = self._areas(given)
        columns = _columns(given)
        if len(given.problems) > refused:
            return []
        found = [part for kind, keys in columns if (part := self._part(given, kind, keys, areas)) is not None]
        if not found and not given.problems:
            given.refuse(
                _first_key(given), "missing", "这一行没有写党组织，也没有写书记，请补上或删去这一行。"
            )
        return sorted(found, key=lambda part: ORDER[part.kind])

    def _part(self, given: RowInput, kind: OrganisationKind | None, keys: Keys, areas: _Areas) -> Part | None:
        refused = len(given.problems)
        is_wide = kind is not None and keys == WIDE.get(kind)
        name = given.take(keys.name, _name, "")
        says_nothing_of_it = not name and not compact(given.cell(keys.secretary))
        if kind is not None and is_wide and says_nothing_of_it and not _is_lowest(given, kind):
            return None  # of the higher ones each row repeats what it says, or nothing
        kind = kind if is_wide else self._kind(given, kind, keys, name)
        if kind is None or len(given.problems) > refused:
            return None
        places, place_key, states_all = self._places(
            given, kind, areas, is_own=not is_wide or _is_lowest(given, kind)
        )
        self._refuse_outside(given, place_key, places)
        if not name and not places:
            given.refuse(
                "places" if given.has("places") else place_key,
                "missing",
                "没有写党组织名称，也看不出是哪个苑区或片区的书记，请补上其中一项。",
            )
        if kind is OrganisationKind.GROUP and not name:
            given.refuse(
                keys.name, "unknown post", "楼栋党小组长请用“两长四员花名册”导入；跨楼栋的党小组请写明名称。"
            )
        if len(given.problems) > refused:
            return None
        said, started_on = _secretary(given, keys)
        return Part(
            given, kind, keys, name, areas.quarter or self._quarter_of(places), places, place_key, states_all,
            parent=_parent(given, kind, keys),
            said=said,
            started_on=started_on,
            period=period_of(given.row.table.caption),
            # a secretary is a member, unless the roster has a column that does not say so
            is_party_member=not given.has("is_party_member")
            or given.take_or_warn("is_party_member", says_party_member, False),
        )  # fmt: skip

    # --- of which kind

    def _kind(
        self, given: RowInput, kind: OrganisationKind | None, keys: Keys, name: str
    ) -> OrganisationKind | None:
        """Return the kind by its column, the post, the name, or the sheet's title; refused where they contradict."""
        stated = kind_in_cell(plain(given.cell("kind")))
        of_post = _kind_of_post(given)
        if of_post is _REFUSED:
            return None
        named = kind_in_name(name)
        said = [one for one in (kind, stated, of_post, named) if isinstance(one, OrganisationKind)]
        if len(set(said)) > 1:
            key = "kind" if stated else "post" if isinstance(of_post, OrganisationKind) else keys.name
            given.refuse(
                key, "unknown kind", "类型、职务与党组织名称不一致，看不出是党委、总支还是支部，请核对。"
            )
            return None
        if said:
            return said[0]
        posts = (post_of(text) or post_in_title(text) for text in said_by_sheet(given.row.table, given.row))
        found = next((KIND_BY_POST[post] for post in posts if post in KIND_BY_POST), None)
        if found is None:
            key = "kind" if given.has("kind") else keys.name
            given.refuse(key, "unknown kind", "看不出是党委、总支还是支部，请在“类型”一列写明。")
        return found

    # --- which places

    def _areas(self, given: RowInput) -> _Areas:
        quarter_name, precinct_name = (compact(given.cell(key)) for key in ("quarter", "precinct"))
        quarter = self.directory.quarter(quarter_name) if quarter_name else None
        if quarter_name and quarter is None:
            given.refuse("quarter", "unknown place", "本社区没有这个苑区，请先导入楼栋清单，或核对名称。")
            return _Areas(None, None)
        if not given.has("quarter"):
            told = said_by_sheet(given.row.table, given.row)
            areas = (self.directory.area_said_by(text) for text in told)
            quarter = self.directory.quarter_of(next(filter(None, areas), None))
        if says_nothing(precinct_name):
            return _Areas(quarter, None)
        precinct = self.directory.precinct(precinct_name, quarter or self.directory.community)
        if precinct is None:
            given.refuse("precinct", "unknown place", "这个苑区没有这个片区，请先导入楼栋清单，或核对名称。")
        return _Areas(quarter or self.directory.quarter_of(precinct), precinct)

    def _places(
        self, given: RowInput, kind: OrganisationKind, areas: _Areas, *, is_own: bool
    ) -> tuple[list[Place], str, bool]:
        """Return the places, the column that names them, and whether it lists all; `is_own`: the cells are about it."""
        text = plain(given.cell("places"))
        if is_own and not says_nothing(text):
            inside = self.directory.community if kind is OrganisationKind.COMMITTEE else areas.nearest
            return given.take("places", lambda _: self.coverage.places(text, inside), []), "places", True
        if kind is OrganisationKind.COMMITTEE:
            return [self.directory.community], "places", False
        if kind is _GENERAL:
            area = areas.quarter
            if area is not None and area_key(area.name) in self.shared:
                area = areas.nearest
            return _only(area), "quarter", False
        building = plain(given.cell("building"))
        if not says_nothing(building):
            return (
                given.take("building", lambda _: self.coverage.places(building, areas.nearest), []),
                "building",
                False,
            )
        return _only(areas.nearest), "precinct" if areas.precinct else "quarter", False

    def _quarter_of(self, places: Sequence[Place]) -> Place | None:
        """Return the quarter in which all of the places lie; None for several, and for the community."""
        quarters = {self.directory.quarter_of(place) for place in places if place.level != Level.COMMUNITY}
        return quarters.pop() if len(quarters) == 1 else None

    def _refuse_outside(self, given: RowInput, key: str, places: Sequence[Place]) -> None:
        outside = [place.name for place in places if not self.scope.covers(place.path)]
        if outside:
            given.refuse(
                key, "out of scope", f"{'、'.join(outside[:5])}不在您的工作范围内，请联系社区管理员导入。"
            )


_REFUSED = "refused"


def _kind_of_post(given: RowInput) -> OrganisationKind | str | None:
    """Return the kind whose secretary the row's post is; None where it says no more than 书记."""
    if not given.has("post"):
        return None
    text = compact(without_brackets(plain(given.cell("post"))))
    if not text or text in _BODIES:
        return None
    post = post_of(text)
    if post in KIND_BY_POST:
        return KIND_BY_POST[post]
    given.refuse(
        "post", "unknown post", "这里只登记党委、总支、支部的书记；副书记、委员和其他职务请删去这一行。"
    )
    return _REFUSED


def _columns(given: RowInput) -> list[tuple[OrganisationKind | None, Keys]]:
    """Return the organisations that the columns are about; the kind is None where the cells say it."""
    with_secretary = [kind for kind, keys in WIDE.items() if given.has(keys.secretary)]
    names_only = [kind for kind, keys in WIDE.items() if given.has(keys.name) and kind not in with_secretary]
    found: list[tuple[OrganisationKind | None, Keys]] = [(kind, WIDE[kind]) for kind in with_secretary]
    if given.has(LONG.name) or not (given.has(LONG.secretary) or given.has("post")):
        found += [] if given.has(LONG.name) else [(kind, WIDE[kind]) for kind in names_only]
        return [*found, (None, LONG)] if given.has(LONG.name) else found
    filled = [kind for kind in names_only if not says_nothing(given.cell(WIDE[kind].name))]
    if filled:  # 党支部名称 | 书记 | 电话
        return [*found, (filled[-1], replace(LONG, name=WIDE[filled[-1]].name))]
    return [*found, (None, LONG)]


def _is_lowest(given: RowInput, kind: OrganisationKind) -> bool:
    """Return whether no lower organisation has columns in the roster: the other cells are about this one."""
    lower = [one for one in WIDE if ORDER[one] > ORDER[kind]]
    return not any(given.has(WIDE[one].name) or given.has(WIDE[one].secretary) for one in lower)


def _parent(given: RowInput, kind: OrganisationKind, keys: Keys) -> str:
    """Return the name of the superior: by its own column, or the next higher organisation of the row; "" for none."""
    if kind is OrganisationKind.COMMITTEE:
        return ""  # its superior lies outside the community
    if _is_lowest(given, kind) or keys == LONG:
        stated = compact(given.cell("parent"))
        if not says_nothing(stated):
            return stated
    higher = [compact(given.cell(WIDE[one].name)) for one in WIDE if ORDER[one] < ORDER[kind]]
    return next((name for name in reversed(higher) if not says_nothing(name)), "")


def _secretary(given: RowInput, keys: Keys) -> tuple[Said | None, date | None]:
    """Return what the cells say of the secretary, and the stated first day; None for the first where one is refused."""
    if not given.has(keys.secretary):
        return None, None
    refused = len(given.problems)
    said = given.take(keys.secretary, read_holder, Said())
    phone = given.take(keys.phone, parse_phone, "") or said.phone
    started_on = given.take(keys.started_on, parse_optional_date, None)
    if said.same_as is not None:
        given.refuse(keys.secretary, "same as", "写的是“同某职务”，看不出是谁；请填写姓名，空缺请写“空缺”。")
    elif not said.name and phone:
        given.refuse(keys.secretary, "missing name", "填了电话却没有姓名，请补上姓名。")
    if len(given.problems) > refused:
        return None, None
    return replace(said, phone=phone), started_on


def _name(cell: Cell) -> str:
    """Return an organisation's name, "" for a blank cell. Raises CellError for what is none."""
    text = compact(cell)
    if says_nothing(text):
        return ""
    if len(text) > _LONGEST_NAME:
        raise CellError("too long", "名称超过 50 个字，请缩短。")
    if re.fullmatch(r"[\d\W]+", text):
        raise CellError("name", "这里写的不是党组织的名称，请核对。")
    return text


def _only(place: Place | None) -> list[Place]:
    return [] if place is None else [place]


def _first_key(given: RowInput) -> str:
    """Return the column against which an empty row is refused."""
    keys = (LONG.name, LONG.secretary, *(key for one in WIDE.values() for key in (one.name, one.secretary)))
    return next((key for key in keys if given.has(key)), LONG.name)
