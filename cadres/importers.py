"""Rosters of cadres: wide (one row a building, six posts) or long (one row an appointment)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from baibuting.common.days import local_day
from baibuting.common.names import normalise_name
from baibuting.common.tabular.fields import Field, FieldSet
from baibuting.common.tabular.importing import Intake, RowInput, said_by_sheet
from baibuting.common.tabular.problems import CellError, LayoutError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.report import ImportReport, Progress
from baibuting.common.tabular.text import compact, plain, says_nothing, title_key, without_brackets
from baibuting.common.tabular.values import (
    parse_date,
    parse_name,
    parse_phone,
    parse_yes,
    split_name_and_phone,
    split_several,
)
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.importers import BUILDING, PRECINCT, QUARTER
from buildings.models import Place
from buildings.scope import Scope
from cadres.choices import BUILDING_POSTS, POST_LEVELS, AppointmentEnd, Post
from cadres.models import Appointment, Cadre
from cadres.rules import phone_digest
from cadres.services import (
    appointment_end,
    appointment_hand_over,
    appointment_reassign,
    appointment_start,
    cadre_change,
    cadre_create,
)

POST_TITLES: dict[Post, tuple[str, ...]] = {
    Post.PARTY_GROUP_LEADER: ("党小组长", "楼栋党小组组长", "党小组组长", "小组长", "楼栋小组长", "党组长", "楼组长（党小组长）"),
    Post.BUILDING_HEAD: ("楼长", "栋长", "楼栋栋长", "楼栋负责人", "楼幢长", "楼组长", "门栋长"),
    Post.HEALTH_WORKER: ("楼栋卫生员", "卫生监督员", "环境卫生员", "保洁员", "卫生委员"),
    Post.SECURITY_WORKER: ("楼栋治安员", "治保员", "安全员", "治安巡逻员", "治安委员", "治安管理员"),
    Post.CULTURE_WORKER: ("楼栋文体员", "文体委员", "文化员", "文艺员", "文体骨干", "文体宣传员", "宣传员"),
    Post.PROPERTY_STEWARD: ("房管员", "物业员", "物业管家", "物业管理员", "楼栋物业房管员", "管家", "楼栋管家", "物业管理员（房管员）"),
    Post.BRANCH_SECRETARY: ("党支部书记", "片区支部书记", "片区书记", "支书"),
    Post.GENERAL_BRANCH_SECRETARY: ("党总支书记", "苑区总支书记", "苑区书记"),
    Post.COMMITTEE_SECRETARY: ("党委书记", "社区书记", "社区党委书记"),
    Post.GRID_WORKER: ("网格长", "社区网格员", "专职网格员"),
}  # fmt: skip
_PHONE_TITLES = (
    "联系电话",
    "电话",
    "手机",
    "手机号",
    "手机号码",
    "联系方式",
    "电话号码",
    "联系号码",
    "联系手机",
)
_NAME_SUFFIXES = ("姓名", "名字", "人员", "")
_POST_BY_TITLE = {
    title_key(title): post for post, titles in POST_TITLES.items() for title in (post.label, *titles)
}


def _name_key(post: Post) -> str:
    return f"{post}_name"


def _phone_key(post: Post) -> str:
    return f"{post}_phone"


def _wide_fields() -> Iterator[Field]:
    for post in BUILDING_POSTS:
        titles = (post.label, *POST_TITLES[post])
        yield Field(
            _name_key(post),
            f"{post.label}姓名",
            [
                f"{title}{suffix}"
                for title in titles
                for suffix in _NAME_SUFFIXES
                if title + suffix != f"{post.label}姓名"
            ],
            example="任敏茂",
        )
        yield Field(
            _phone_key(post),
            f"{post.label}电话",
            [
                f"{title}{phone}"
                for title in titles
                for phone in _PHONE_TITLES
                if title + phone != f"{post.label}电话"
            ],
            example="19900000000",
            follows=_name_key(post),
            following_titles=_PHONE_TITLES,
        )


CADRE_FIELDS = FieldSet(
    kind="cadres",
    title="两长四员花名册",
    fields=(
        QUARTER,
        PRECINCT,
        BUILDING,
        *_wide_fields(),
        Field("post", "职务", ("岗位", "担任职务", "骨干职务", "任职", "岗位名称", "职位", "两长四员", "类别", "骨干类别", "身份"), in_template=False),
        Field("name", "姓名", ("骨干姓名", "任职人", "任职人员", "人员姓名", "名字"), in_template=False),
        Field("phone", "联系电话", _PHONE_TITLES[1:], in_template=False),
        Field("is_party_member", "党员", ("是否党员", "政治面貌", "中共党员"), in_template=False),
        Field("started_on", "任职日期", ("任职时间", "开始日期", "任职起始日期", "上任时间", "上岗时间", "聘任日期", "任职起"), in_template=False),
        Field("address", "任职地点", ("地址", "楼栋地址", "所在楼栋", "负责楼栋", "责任楼栋", "所属楼栋地址", "服务楼栋"), in_template=False),
    ),
    needed=(("building", "address", "quarter"),),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Entry:
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


@transaction.atomic
def cadres_import(
    *,
    data: bytes,
    community: Place,
    now: datetime,
    mapping: Mapping[str, str],
    progress: Progress | None = None,
    scope: Scope = Scope.EVERYWHERE,
) -> ImportReport:
    """Bring the posts of a community in line with a roster.

    A bad cell keeps that one post out, not its neighbours. Another name than the holder's hands the post over as of
    today; a word for "vacant" ends the appointment; a blank cell leaves it as it is. Raises TabularError.
    """
    intake = Intake(data, CADRE_FIELDS, mapping, progress)
    columns = {key for table in intake.tables for key in table.header.columns}
    if "name" not in columns and not columns & {_name_key(post) for post in BUILDING_POSTS}:
        raise LayoutError(
            "没有找到职务的列。宽表要有楼栋长、卫生员等列，长表要有职务和姓名两列；可以下载模板，照着填写后再导入。",
            recognised=intake.report.recognised,
            unrecognised=intake.report.unrecognised,
            missing=["楼栋长姓名", "职务"],
        )
    reader = _Reader(PlaceDirectory.load(community), scope)
    writer = _Writer(community, intake.report, local_day(now))
    for given in intake.rows():
        entries = reader.entries(given)
        if not entries and given.problems:
            continue
        intake.report.accepted += writer.write_row(given, entries)
    return intake.finish()


class _Reader:
    """Takes rows apart into posts."""

    def __init__(self, directory: PlaceDirectory, scope: Scope) -> None:
        self.directory, self.scope = directory, scope

    def entries(self, given: RowInput) -> list[_Entry]:
        """The posts a row speaks of; empty where its place cannot be told."""
        if given.has("name"):
            posts = self._long_posts(given)
            columns = [(post, "name", "phone") for post in posts]
            level = POST_LEVELS.get(posts[0], Level.PRECINCT) if posts else None
        else:
            columns = [
                (post, _name_key(post), _phone_key(post))
                for post in BUILDING_POSTS
                if given.has(_name_key(post))
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
    ) -> _Entry | None:
        """One post; None where one of its cells is refused."""
        refused = len(given.problems)
        cell: Cell = given.cell(name_key)
        name, inline_phone = split_name_and_phone(cell)
        name = "" if says_nothing(name) else given.take(name_key, lambda _: parse_name(name), "")
        phone = given.take(phone_key, lambda cell: parse_phone(cell) or parse_phone(inline_phone), "")
        started_on = given.take("started_on", _optional_date, None)
        if len(given.problems) > refused:
            return None
        if not name and phone:
            given.refuse(name_key, "missing name", "填了电话却没有姓名，请补上姓名。")
            return None
        return _Entry(
            given, name_key, phone_key, post, place, name, phone,
            says_vacant=not name and bool(plain(cell)),
            started_on=started_on or roster_start(given),
            is_party_member=_is_party_member(given.cell("is_party_member")),
        )  # fmt: skip


def _post(title: str) -> Post | None:
    return _POST_BY_TITLE.get(title_key(without_brackets(title)))


def _optional_date(cell: Cell) -> date | None:
    return None if says_nothing(cell) else parse_date(cell)


def _is_party_member(cell: Cell) -> bool:
    text = compact(cell)
    return parse_yes(cell) is True or ("党员" in text and "非" not in text)


_YEAR = re.compile(r"(?<!\d)(20\d\d)年?(?:度)?(?!\d)")


def roster_start(given: RowInput) -> date | None:
    """The first of January of the year a roster is for, as its title says (…花名册（2026年）); None without one."""
    found = _YEAR.search(given.row.table.caption)
    return date(int(found[1]), 1, 1) if found else None


class _Writer:
    """Brings appointments in line through the services."""

    def __init__(self, community: Place, report: ImportReport, today: date) -> None:
        self.community, self.report, self.today = community, report, today
        open_ones = Appointment.objects.filter(
            place__community=community, organisation=None, ended_on=None
        ).select_related("cadre", "place")
        self.holders: dict[tuple[int, str], list[Appointment]] = {}
        for appointment in open_ones:
            self.holders.setdefault((appointment.place_id, appointment.post), []).append(appointment)

    def write_row(self, given: RowInput, entries: list[_Entry]) -> bool:
        """Write what a row says; a refusal of one post leaves the others. Returns whether the row was taken."""
        taken = not given.problems
        for entry in entries:
            try:
                with transaction.atomic():
                    self._write(entry)
                taken = True
            except CellError as error:
                given.refuse(entry.name_key, error.reason, error.message)
            except ValidationError as error:
                given.refuse(entry.name_key, "refused", "；".join(error.messages))
        return taken

    def _write(self, entry: _Entry) -> None:
        held = self.holders.get((entry.place.pk, entry.post), [])
        same = next((one for one in held if _is_same(one.cadre, entry)), None)
        if not entry.name:
            self._vacate(entry, held)
        elif same is not None:
            self._refresh(same, entry)
        elif held and entry.post != Post.GRID_WORKER:
            self._replace(held[0], entry)
        else:
            self._appoint(entry)

    def _vacate(self, entry: _Entry, held: list[Appointment]) -> None:
        if not held:
            self.report.vacant += 1
        elif entry.says_vacant:
            for appointment in held:
                appointment_end(
                    appointment=appointment,
                    ended_on=max(self.today, appointment.started_on),
                    end_reason=AppointmentEnd.OTHER,
                )
                self.report.updated += 1
            self.holders.pop((entry.place.pk, entry.post))
            self.report.vacant += 1

    def _refresh(self, appointment: Appointment, entry: _Entry) -> None:
        changes: dict[str, object] = {}
        if entry.phone and entry.phone != appointment.cadre.phone:
            changes["phone"] = entry.phone
        if entry.is_party_member and not appointment.cadre.is_party_member:
            changes["is_party_member"] = True
        if changes:
            cadre_change(cadre=appointment.cadre, **changes)
            self.report.updated += 1
        else:
            self.report.unchanged += 1

    def _replace(self, appointment: Appointment, entry: _Entry) -> None:
        """Somebody else holds it now: handed over today, or put right where the mistake was made today."""
        cadre = self._cadre(entry)
        if self.today > appointment.started_on:
            new = appointment_hand_over(appointment=appointment, to_cadre=cadre, on=self.today)
        else:
            new = appointment_reassign(appointment=appointment, to_cadre=cadre)
        self._remember(new, entry)
        self.report.updated += 1

    def _appoint(self, entry: _Entry) -> None:
        started_on = entry.started_on or self.today
        new = appointment_start(
            cadre=self._cadre(entry),
            post=entry.post,
            place=entry.place,
            started_on=self._free_from(entry, started_on),
        )
        self._remember(new, entry)
        self.report.created += 1

    def _free_from(self, entry: _Entry, started_on: date) -> date:
        """A year's roster may begin before the last holder left: the new one starts the day after him."""
        last = (
            Appointment.objects.filter(
                place=entry.place, post=entry.post, organisation=None, ended_on__gte=started_on
            )
            .order_by("-ended_on")
            .first()
        )
        return self.today if last is not None and last.ended_on is not None else started_on

    def _remember(self, appointment: Appointment, entry: _Entry) -> None:
        self.holders[entry.place.pk, entry.post] = [appointment]

    def _cadre(self, entry: _Entry) -> Cadre:
        """The registered cadre of that name and phone; a missing phone never identifies anybody."""
        digest = phone_digest(entry.phone)
        known = (
            Cadre.objects.filter(community=self.community, name=entry.name, phone_digest=digest).first()
            if digest
            else None
        )
        return known or cadre_create(
            community=self.community,
            name=entry.name,
            phone=entry.phone,
            is_party_member=entry.is_party_member,
        )


def _is_same(cadre: Cadre, entry: _Entry) -> bool:
    return cadre.name == normalise_name(entry.name)
