"""Rosters of visits: who went to see whom, when, and what was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.models import User
from baibuting.common.days import SHANGHAI, midnight
from baibuting.common.tabular.fields import Content, Field, FieldSet
from baibuting.common.tabular.importing import Intake, RowInput
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.report import ImportReport, Progress
from baibuting.common.tabular.text import compact, plain, says_nothing
from baibuting.common.tabular.values import parse_moment, parse_name, parse_time, parse_yes
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from cadres.roll import CadreRoll
from residents.roll import Candidate, ResidentRoll
from visits.bulk.visits import VisitFacts, visits_enter
from visits.choices import Method
from visits.importers.homes import ADDRESS, SPLIT_ADDRESS, in_template, look_up_place
from visits.importers.people import (
    ID_NUMBER,
    NAME,
    PHONE,
    digest_of,
)

VISIT_FIELDS = FieldSet(
    kind="visits",
    title="走访记录",
    fields=(
        Field(
            "visited_on",
            "走访日期",
            ("走访时间", "日期", "入户日期", "入户时间", "走访年月日", "探访日期", "探访时间", "家访日期", "拜访日期", "时间", "走访日期时间"),
            example="2026-03-05",
            help="必填，如 2026-03-05",
            content=Content.DAY,
        ),
        Field("visited_time", "时刻", ("几点", "走访时刻", "具体时间", "钟点", "时段"), in_template=False),
        Field(
            "visitor",
            "走访人",
            ("走访人员", "走访干部", "探访人", "入户人员", "走访者", "记录人", "网格员", "责任人", "走访人姓名", "探访人员", "包保责任人"),
            example="任敏茂",
        ),
        Field("name", "走访对象", (NAME.label, *(title for title in NAME.synonyms if title != "走访对象")), example=NAME.example, help="必填", weak_synonyms=NAME.weak_synonyms, content=Content.NAME),
        ADDRESS,
        Field(
            "method",
            "走访方式",
            ("方式", "走访形式", "形式", "联系方式（走访）", "探访方式", "走访类型"),
            example="上门",
            choices=("上门", "医院探视", "电话", "视频", "来访", "其他"),
        ),
        Field("seen", "是否见到本人", ("见到本人", "是否见面", "见面", "是否见到", "是否在家", "本人在家"), example="是", choices=("是", "否")),
        Field("notes", "情况记录", ("走访情况", "走访内容", "情况", "记录", "内容", "走访记录", "情况说明", "基本情况", "备注", "走访情况记录"), example="身体尚好", width=40),
        Field("request", "诉求", ("居民诉求", "需求", "困难诉求", "反映问题", "意见建议", "存在问题", "诉求及建议", "需要帮助"), width=24),
        *in_template(SPLIT_ADDRESS, shown=False),
        replace(ID_NUMBER, in_template=False),
        replace(PHONE, in_template=False),
    ),
    needed=(("visited_on",), ("name",)),
)  # fmt: skip

_METHOD_WORDS: tuple[tuple[Method, tuple[str, ...]], ...] = (
    (Method.HOSPITAL, ("医院", "病房", "探视", "探病", "住院")),
    (Method.VIDEO, ("视频", "微信视频", "线上")),
    (Method.PHONE, ("电话", "电访", "致电", "通话", "电联", "手机")),
    (Method.OFFICE, ("来访", "到访", "来社区", "来电来访", "办公室", "居委会", "接待", "约谈")),
    (Method.HOME, ("上门", "入户", "家访", "登门", "走访", "面访", "面谈", "实地", "家中", "见面", "当面")),
)
_NOT_SEEN = ("未", "没", "否", "不在", "不遇", "无人", "家属", "邻居", "×", "✗")
_SEEN = ("见到", "已见", "见面", "在家", "本人")


@transaction.atomic
def visits_import(
    *,
    data: bytes,
    community: Place,
    now: datetime,
    user: User | None,
    mapping: Mapping[str, str],
    progress: Progress | None = None,
    scope: Scope = Scope.EVERYWHERE,
    corrections: Collection[str] = (),
) -> ImportReport:
    """Record the visits of a roster and settle what they satisfy. Raises TabularError.

    A visit goes in when its person and date are understood; what else is odd is kept as written.
    """
    intake = Intake(data, VISIT_FIELDS, mapping, progress)
    reader = _Reader(community, scope, now)
    visits = []
    for given in intake.rows():
        visit = reader.read(given)
        if visit is not None:
            visits.append(visit)
            intake.report.accepted += 1
    intake.report.created, intake.report.unchanged = visits_enter(
        community_id=community.pk,
        visits=visits,
        now=now,
        recorded_by_id=user.pk if user else None,
        journal=intake.report.journal,
    )
    return intake.finish()


class _Reader:
    """Reads rows: when, whom, by whom, how."""

    def __init__(self, community: Place, scope: Scope, now: datetime) -> None:
        self.community, self.scope, self.now = community, scope, now
        self.directory = PlaceDirectory.load(community)
        self.residents = ResidentRoll.load(community)
        self.cadres = CadreRoll.load(community)

    def read(self, given: RowInput) -> VisitFacts | None:
        moment = given.take("visited_on", _visited_at, None)
        if moment is not None:
            moment = self._with_time(given, moment)
        person = self._person(given)
        if moment is None or person is None or not given.is_sound:
            return None
        visited_at, has_time = moment
        return self._facts(given, person, visited_at, has_time)

    def _with_time(self, given: RowInput, moment: tuple[datetime, bool]) -> tuple[datetime, bool] | None:
        """The time of day from a column of its own; a date after today is refused."""
        visited_at, has_time = moment
        if not has_time:
            try:
                at = parse_time(given.cell("visited_time"))
            except CellError:
                at = None  # a remark, not a time: the day is what counts
            if at is not None:
                visited_at, has_time = datetime.combine(visited_at.date(), at, SHANGHAI), True
        if visited_at > self.now and has_time and visited_at.date() == self.now.astimezone(SHANGHAI).date():
            return midnight(visited_at.date()), False
        if visited_at > self.now:
            given.refuse("visited_on", "in the future", "走访日期晚于今天，请改成实际走访的日期。")
            return None
        return visited_at, has_time

    def _person(self, given: RowInput) -> Candidate | None:
        """The registered resident a row speaks of; refusals are written down."""
        name = given.take("name", parse_name, "")
        if not name:
            return None
        found, _ = look_up_place(given, self.directory)
        id_digest = digest_of(given)
        if not given.is_sound:
            return None
        candidates = self.residents.find(name, id_digest)
        if not id_digest and found is not None:
            if found.building is None and found.quarter is None:
                candidates = []
            candidates = self.residents.nearest(candidates, found, self.directory)
        if len(candidates) > 1:
            given.refuse("name", "ambiguous person", "有几位居民同名，请写全住址或身份证号。")
        elif not candidates:
            given.refuse(
                "name", "unknown person", "居民名册和必访台账中没有这位居民，请核对姓名和住址，或先登记。"
            )
        elif not self.scope.covers(self.directory.by_id[candidates[0].building_id].path):
            given.refuse("name", "out of scope", "这位居民不在您的工作范围内，请联系社区管理员导入。")
        return candidates[0] if len(candidates) == 1 and given.is_sound else None

    def _facts(self, given: RowInput, person: Candidate, visited_at: datetime, has_time: bool) -> VisitFacts:
        method, odd_method = parse_method(given.cell("method"))
        seen, odd_seen = parse_seen(given.cell("seen"))
        notes = _kept(given, "notes", [("走访方式", odd_method), ("是否见到本人", odd_seen)])
        request = "" if says_nothing(given.cell("request")) else plain(given.cell("request"))
        written = plain(given.cell("visitor"))
        visitor = self.cadres.find(written, self.directory.by_id[person.building_id], visited_at.date())
        return VisitFacts(
            resident_id=person.pk,
            building_id=person.building_id,
            visited_at=visited_at,
            has_time=has_time,
            method=method,
            seen=seen,
            visitor_id=visitor.cadre_id if visitor else None,
            visitor_post=visitor.post if visitor else "",
            visitor_name=written[:50],
            notes=notes,
            request=request,
        )


def _visited_at(cell: Cell) -> tuple[datetime, bool]:
    moment = parse_moment(cell)
    if moment.at is None:
        return midnight(moment.day), False
    return datetime.combine(moment.day, moment.at, SHANGHAI), True


def parse_method(cell: Cell) -> tuple[Method, str]:
    """The method, and the office's own words where they say none of ours (then it counts as 其他)."""
    text = compact(cell)
    if says_nothing(cell):
        return Method.HOME, ""
    if text in Method.labels:
        return Method(Method.values[Method.labels.index(text)]), ""
    found = next((method for method, words in _METHOD_WORDS if any(word in text for word in words)), None)
    return (found, "") if found else (Method.OTHER, text)


def parse_seen(cell: Cell) -> tuple[bool, str]:
    """Whether the person was seen, and the office's own words where they are no plain yes or no.

    A blank cell is a visit like any other; words that do not say so are taken for not seen.
    """
    if says_nothing(cell) and not compact(cell):
        return True, ""
    text = compact(cell)
    plainly = parse_yes(cell)
    if plainly is not None:
        return plainly, ""
    seen = not any(word in text for word in _NOT_SEEN) and any(word in text for word in _SEEN)
    return seen, text


def _kept(given: RowInput, key: str, oddities: list[tuple[str, str]]) -> str:
    """The notes with whatever else the office wrote that has no column of ours: nothing is lost."""
    text = "" if says_nothing(given.cell(key)) else plain(given.cell(key))
    extra = "；".join(f"{label}：{words}" for label, words in oddities if words)
    written = plain(given.cell("visitor"))
    if len(written) > 50:
        extra = "；".join(filter(None, (extra, f"走访人：{written}")))
    return f"{text}（{extra}）" if text and extra else text or extra
