"""Parsing the rows of a cadre roster into posts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from baibuting.common.tabular.importing import RowInput, said_by_sheet
from baibuting.common.tabular.meaning import Fate, fate_of
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, plain, says_nothing, without_brackets
from baibuting.common.tabular.values import parse_optional_date, parse_phone, parse_yes, split_several
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from cadres.choices import BUILDING_POSTS, POST_LEVELS, Post
from cadres.importers.fields import name_key_of, phone_key_of
from cadres.importers.names import Said, read_holder
from cadres.importers.organisations import KIND_BY_POST, Organisations
from cadres.importers.titles import Period, period_of, post_in_title, post_of
from cadres.models import PartyOrganisation

_LONGEST_REMARK = 20  # characters; a longer one is a story
_PLACE_KEYS = ("quarter", "precinct", "building", "address")
_EVERYWHERE = re.compile(r"全部|所有|全体|各[栋楼]|整个|每[栋楼]|全(?:苑|小)?区")


@dataclass(frozen=True, slots=True)
class PostEntry:
    """One post in one row; `name` "" where the roster leaves it empty, `says_vacant` where it says so in words.

    `started_on` is the date the row states; `period` the time the roster was made for, as its title says. `warning` is
    shown for the cell once it is accepted. `organisation` is the one whose secretary this is; None for the post of a
    place.
    """

    given: RowInput
    name_key: str
    phone_key: str
    post: Post
    place: Place
    name: str
    phone: str
    says_vacant: bool
    started_on: date | None
    period: Period | None
    is_party_member: bool
    warning: str = ""
    organisation: PartyOrganisation | None = None
    start_key: str = "started_on"

    @property
    def date_key(self) -> str:
        """Return the column that a refusal because of the dates is reported against."""
        return self.start_key if self.started_on else self.name_key

    @property
    def subject(self) -> str:
        """Return a label of the post for people to read."""
        if self.organisation is None:
            return f"{self.place.name}{self.post.label}"
        return f"{self.organisation.name}{'组长' if self.post == Post.PARTY_GROUP_LEADER else '书记'}"


@dataclass(frozen=True, slots=True)
class _Column:
    """A post and the columns that name its holder."""

    post: Post
    name_key: str
    phone_key: str


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says of all its posts."""

    given: RowInput
    started_on: date | None
    period: Period | None
    is_party_member: bool

    def entry(
        self, column: _Column, place: Place, said: Said, organisation: PartyOrganisation | None
    ) -> PostEntry:
        """Return the entry of one post of the row."""
        return PostEntry(
            self.given, column.name_key, column.phone_key, column.post, place, said.name, said.phone,
            says_vacant=said.is_vacant,
            started_on=self.started_on,
            period=self.period,
            is_party_member=self.is_party_member,
            warning=said.warning,
            organisation=organisation,
        )  # fmt: skip


def _refuse_who_left(given: RowInput) -> None:
    """Refuse a row of one person with a remark that they have left: 2026年10月卸任 under 备注."""
    if not given.has("name"):
        return
    for index in given.row.table.header.unclaimed:
        said = plain(given.row.raw[index]) if index < len(given.row.raw) else ""
        if len(said) <= _LONGEST_REMARK and fate_of(said) in (Fate.DIED, Fate.MOVED, Fate.ENDED):
            given.refuse(
                "name",
                "left office",
                "备注里写着已离任、搬走或去世，没有登记为任职人。请填写现任的姓名；已无人担任请写“空缺”。",
            )
            return


class RosterReader:
    """Parses rows into posts."""

    def __init__(self, directory: PlaceDirectory, scope: Scope) -> None:
        self.directory, self.scope = directory, scope
        self.names = {compact(place.name) for place in directory.by_id.values()}

    def entries(self, given: RowInput) -> list[PostEntry]:
        """Return the posts of a row; empty where its place cannot be identified."""
        columns = _columns(given)
        if not columns:
            return []
        level = POST_LEVELS.get(columns[0].post, Level.PRECINCT)
        places = self._places(given, level)
        if any(not self.scope.covers(place.path) for place in places):
            names = "、".join(place.name for place in places)
            given.refuse("building", "out of scope", f"{names}不在您的工作范围内，请联系社区管理员导入。")
            return []
        refused = len(given.problems)
        _refuse_who_left(given)
        started_on = given.take("started_on", parse_optional_date, None)
        if len(given.problems) > refused:
            return []
        row = _Row(
            given,
            started_on,
            period_of(given.row.table.caption),
            given.take_or_warn("is_party_member", says_party_member, False),
        )
        said = _said_in_row(given, columns)
        entries = []
        for place in places:
            for column, one in zip(columns, said, strict=True):
                refused = len(given.problems)
                organisation = self._organisation(given, column.post, place)
                if one is not None and len(given.problems) == refused:
                    entries.append(row.entry(column, place, one, organisation))
        return entries

    @cached_property
    def _organisations(self) -> Organisations:
        """Read the organisations once a post asks for them: most rosters hold no secretary."""
        return Organisations(self.directory.community)

    def _organisation(self, given: RowInput, post: Post, place: Place) -> PartyOrganisation | None:
        if post not in KIND_BY_POST or (post == Post.PARTY_GROUP_LEADER and not given.has("organisation")):
            return None
        return given.take(
            "organisation", lambda cell: self._organisations.of_post(post, plain(cell), place), None
        )

    def _places(self, given: RowInput, level: Level) -> list[Place]:
        """Return the places of the post; refusals are reported against the column that names an unknown place."""
        if level == Level.COMMUNITY:
            return [self.directory.community]
        failed = [key for key in _PLACE_KEYS if given.shows_error(key)]
        if failed:
            for key in failed:
                given.cell(key)  # which refuses it
            return []
        quarter, precinct = (compact(given.cell(key)) for key in ("quarter", "precinct"))
        if not quarter and not given.has("quarter"):
            quarter = next(
                (text for text in said_by_sheet(given.row.table, given.row) if self.directory.quarter(text)),
                "",
            )
        area = self.directory.quarter(quarter) if quarter else None
        if quarter and area is None and not given.has("address"):
            given.refuse("quarter", "unknown place", "本社区没有这个苑区，请先导入楼栋清单，或核对名称。")
            return []
        if level in (Level.QUARTER, Level.PRECINCT):
            return self._area(given, level, area, precinct)
        return self._buildings(given, quarter, precinct)

    def _area(self, given: RowInput, level: Level, quarter: Place | None, precinct: str) -> list[Place]:
        place = quarter
        if quarter is not None and level == Level.PRECINCT:
            place = self.directory.precinct(precinct, quarter)
        if place is None:
            key = "precinct" if level == Level.PRECINCT and quarter else "quarter"
            given.refuse(key, "unknown place", f"没有找到这个职务所在的{Level(level).label}，请核对名称。")
        return [place] if place is not None else []

    def _buildings(self, given: RowInput, quarter: str, precinct: str) -> list[Place]:
        """Return the building of a row, or all that its cell names (302栋、12栋); none where one is uncertain."""
        key = "building" if given.has("building") else "address"
        text = compact(given.cell(key))
        if says_nothing(text):
            given.refuse(key, "missing", "请填写楼栋。")
            return []
        if _EVERYWHERE.search(text) and text not in self.names:
            given.refuse(
                key, "several buildings", "一个人任职的楼栋请逐栋写明，如“301栋、302栋”，不能只写“全部”。"
            )
            return []
        return given.take(key, lambda _: self.directory.several(text, quarter, precinct), [])


def _columns(given: RowInput) -> list[_Column]:
    """Return the posts of a row with their columns: those of a wide roster, or what a long one names."""
    if given.has("name"):
        return [_Column(post, "name", "phone") for post in _long_posts(given)]
    return [
        _Column(post, name_key_of(post), phone_key_of(post))
        for post in BUILDING_POSTS
        if given.has(name_key_of(post))
    ]


def _long_posts(given: RowInput) -> list[Post]:
    """Return the posts of a row: one, or several of a building in one cell (治安员、卫生员), or the sheet's post."""
    if given.shows_error("post"):
        given.cell("post")  # which refuses it
        return []
    if given.has("post"):
        text = plain(given.cell("post"))
        named = [post_of(title) for title in split_several(without_brackets(text))]
        posts = [post for post in named if post is not None]
        if posts and len(posts) == len(named):
            return posts
        whole = post_of(text)
        if whole is not None:
            return [whole]
        titles = "、".join(post.label for post in BUILDING_POSTS)
        given.refuse("post", "unknown post", f"不认识这个职务，请填写{titles}等。")
        return []
    for text in said_by_sheet(given.row.table, given.row):
        post = post_of(text) or post_in_title(text)
        if post is not None:
            return [post]
    given.refuse(
        "name",
        "unknown post",
        "看不出这是什么职务：表里没有“职务”一列，标题也没有写明唯一的职务。请加一列“职务”，或在标题里写明，如“楼栋长花名册”。",
    )
    return []


def _said_in_row(given: RowInput, columns: Sequence[_Column]) -> list[Said | None]:
    """Return what each post's cells say; None for a refused one. 同楼栋长 becomes that post's holder in this row."""
    said = [_said(given, column) for column in columns]
    holders = {
        column.post: one for column, one in zip(columns, said, strict=True) if one is not None and one.name
    }
    return [
        one if one is None or one.same_as is None else _resolved(given, column, one, holders)
        for column, one in zip(columns, said, strict=True)
    ]


def _said(given: RowInput, column: _Column) -> Said | None:
    """Return what the cells of one post say, its phone taken from either; None where one is refused."""
    refused = len(given.problems)
    said = given.take(column.name_key, read_holder, Said())
    phone = given.take(column.phone_key, parse_phone, "") or said.phone
    if len(given.problems) > refused:
        return None
    if not said.name and said.same_as is None and phone:
        given.refuse(column.name_key, "missing name", "填了电话却没有姓名，请补上姓名。")
        return None
    return replace(said, phone=phone)


def _resolved(given: RowInput, column: _Column, said: Said, holders: dict[Post, Said]) -> Said | None:
    """Return the holder of the named post in the same row; refused where that is open, or the phone is another's."""
    holder = holders.get(said.same_as) if said.same_as is not None else None
    if holder is None or said.same_as == column.post:
        given.refuse(
            column.name_key,
            "same as",
            "写的是“同某职务”，但这一行看不出那个职务由谁担任；这个职务没有改动，请填写姓名。",
        )
        return None
    if said.phone and holder.phone and said.phone != holder.phone:
        given.refuse(column.phone_key, "same as", "写的是同一个人，两处电话却不同，请核对后改正。")
        return None
    return replace(holder, phone=holder.phone or said.phone, warning="")


def says_party_member(cell: Cell) -> bool:
    """Return whether a cell says that somebody is a party member: 是, 中共党员; not 群众, 非党员."""
    text = compact(cell)
    return parse_yes(cell) is True or ("党员" in text and "非" not in text)
