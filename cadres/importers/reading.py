"""Takes the rows of a cadre roster apart into posts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from baibuting.common.tabular.importing import RowInput, said_by_sheet
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, plain, says_nothing, title_key, without_brackets
from baibuting.common.tabular.values import (
    parse_name,
    parse_optional_date,
    parse_phone,
    parse_yes,
    split_name_and_phone,
    split_several,
)
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from cadres.choices import BUILDING_POSTS, POST_LEVELS, Post
from cadres.importers.fields import POST_BY_TITLE, name_key_of, phone_key_of

_YEAR = re.compile(r"(?<!\d)(20\d\d)年?(?:度)?(?!\d)")


@dataclass(frozen=True, slots=True)
class PostEntry:
    """One post in one row; `name` "" where the roster says the post is empty, `says_vacant` where it says so in words."""

    given: RowInput
    name_key: str
    phone_key: str
    post: Post
    place: Place
    name: str
    phone: str
    says_vacant: bool
    started_on: date | None
    is_party_member: bool


class RosterReader:
    """Takes rows apart into posts."""

    def __init__(self, directory: PlaceDirectory, scope: Scope, today: date) -> None:
        self.directory, self.scope, self.today = directory, scope, today

    def entries(self, given: RowInput) -> list[PostEntry]:
        """The posts a row speaks of; empty where its place cannot be told."""
        if given.has("name"):
            posts = self._long_posts(given)
            columns = [(post, "name", "phone") for post in posts]
            level = POST_LEVELS.get(posts[0], Level.PRECINCT) if posts else None
        else:
            columns = [
                (post, name_key_of(post), phone_key_of(post))
                for post in BUILDING_POSTS
                if given.has(name_key_of(post))
            ]
            level = Level.BUILDING
        place = self._place(given, level) if level is not None else None
        if place is None:
            return []
        if not self.scope.covers(place.path):
            given.refuse(
                "building", "out of scope", f"{place.name}不在您的工作范围内，请联系社区管理员导入。"
            )
            return []
        found = (self._entry(given, post, place, name, phone) for post, name, phone in columns)
        return [entry for entry in found if entry is not None]

    def _long_posts(self, given: RowInput) -> list[Post]:
        """The posts of a row: one, or several of a building in one cell (治安员、卫生员)."""
        said = [plain(given.cell("post"))] if given.has("post") else said_by_sheet(given.row.table, given.row)
        for text in said:
            named = [_post(title) for title in split_several(without_brackets(text))]
            posts = [post for post in named if post is not None]
            if posts and (len(posts) == len(named) or not given.has("post")):
                return posts
            whole = _post(text)
            if whole:
                return [whole]
        titles = "、".join(post.label for post in BUILDING_POSTS)
        given.refuse("post", "unknown post", f"不认识这个职务，请填写{titles}等。")
        return []

    def _place(self, given: RowInput, level: Level) -> Place | None:
        """Where the post is; refusals are written down against the column that names what is not there."""
        quarter, precinct = (compact(given.cell(key)) for key in ("quarter", "precinct"))
        if not quarter and not given.has("quarter"):
            quarter = next(
                (text for text in said_by_sheet(given.row.table, given.row) if self.directory.quarter(text)),
                "",
            )
        if level == Level.COMMUNITY:
            return self.directory.community
        area = self.directory.quarter(quarter) if quarter else None
        if quarter and area is None and not given.has("address"):
            given.refuse("quarter", "unknown place", "本社区没有这个苑区，请先导入楼栋清单，或核对名称。")
            return None
        if level in (Level.QUARTER, Level.PRECINCT):
            return self._area(given, level, area, precinct)
        return self._building(given, quarter, precinct)

    def _area(self, given: RowInput, level: Level, quarter: Place | None, precinct: str) -> Place | None:
        place = quarter
        if quarter is not None and level == Level.PRECINCT:
            place = self.directory.precinct(precinct, quarter)
        if place is None:
            key = "precinct" if level == Level.PRECINCT and quarter else "quarter"
            given.refuse(key, "unknown place", f"没有找到这个职务所在的{Level(level).label}，请核对名称。")
        return place

    def _building(self, given: RowInput, quarter: str, precinct: str) -> Place | None:
        key = "building" if given.has("building") else "address"
        text = compact(given.cell(key))
        if says_nothing(text):
            given.refuse(key, "missing", "请填写楼栋。")
            return None
        found = self.directory.find(text, quarter, precinct)
        if found.building is None:
            message = (
                "有几栋楼都叫这个名字，请写明苑区和片区。"
                if found.is_ambiguous
                else "本社区没有这栋楼，请先导入楼栋清单，或核对楼栋号。"
            )
            given.refuse(key, "ambiguous place" if found.is_ambiguous else "unknown place", message)
        return found.building

    def _entry(
        self, given: RowInput, post: Post, place: Place, name_key: str, phone_key: str
    ) -> PostEntry | None:
        """One post; None where one of its cells is refused."""
        refused = len(given.problems)
        cell: Cell = given.cell(name_key)
        name, inline_phone = split_name_and_phone(cell)
        name = "" if says_nothing(name) else given.take(name_key, lambda _: parse_name(name), "")
        phone = given.take(phone_key, lambda cell: parse_phone(cell) or parse_phone(inline_phone), "")
        started_on = given.take("started_on", parse_optional_date, None)
        if len(given.problems) > refused:
            return None
        if not name and phone:
            given.refuse(name_key, "missing name", "填了电话却没有姓名，请补上姓名。")
            return None
        return PostEntry(
            given, name_key, phone_key, post, place, name, phone,
            says_vacant=not name and bool(plain(cell)),
            started_on=started_on or self._start_of_roster(given),
            is_party_member=_is_party_member(given.cell("is_party_member")),
        )  # fmt: skip

    def _start_of_roster(self, given: RowInput) -> date | None:
        """The first of January of the year a roster is for, as its title says (…花名册（2026年）); None without one."""
        found = _YEAR.search(given.row.table.caption)
        start = date(int(found[1]), 1, 1) if found else None
        return start if start and start <= self.today else None


def _post(title: str) -> Post | None:
    return POST_BY_TITLE.get(title_key(without_brackets(title)))


def _is_party_member(cell: Cell) -> bool:
    text = compact(cell)
    return parse_yes(cell) is True or ("党员" in text and "非" not in text)
