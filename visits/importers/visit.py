"""Rosters of visits: visitor, person, time, and what was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from accounts.models import User
from baibuting.common.days import SHANGHAI, local_day, midnight
from baibuting.common.tabular.fields import Content, Field, FieldSet
from baibuting.common.tabular.importing import Intake, RowInput
from baibuting.common.tabular.meaning import Fate
from baibuting.common.tabular.report import Correction, ImportReport, Progress
from baibuting.common.tabular.text import plain, says_nothing
from baibuting.common.tabular.values import parse_name, parse_time
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from cadres.roll import CadreRoll
from residents.roll import Candidate, ResidentRoll
from visits.bulk.visits import Became, Outcome, VisitFacts, visits_enter
from visits.choices import Method
from visits.importers.homes import ADDRESS, SPLIT_ADDRESS, in_template, look_up_place
from visits.importers.meeting import meeting_of
from visits.importers.people import (
    ID_NUMBER,
    NAME,
    PHONE,
    digest_of,
)
from visits.importers.visit_cells import (
    method_by_notes,
    parse_day_and_time,
    parse_method,
    refuse_failed_formula,
    words_of,
)
from visits.sameness import HIDDEN, Telling
from visits.visitors import Visitor, visitor_of

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
        Field("voided", "作废原因", ("作废", "作废说明"), in_template=False),
    ),
    needed=(("visited_on",), ("name",)),
)  # fmt: skip

UNIT = "次走访"
_WRITTEN = (Became.NEW, Became.ENRICHED, Became.CORRECTED)
_FATE_WORDS = {
    Fate.DIED: "这一行写明这位居民已去世。走访已按未见到处理；请到他的居民资料页办理“迁出/去世”，导入不会自行办理。",
    Fate.MOVED: "这一行写明这位居民已搬走。走访已按未见到处理；请到他的居民资料页办理“迁出/去世”，导入不会自行办理。",
}


@dataclass(frozen=True, slots=True)
class _Told:
    """A valid row, its visit, and doubts to report if it is not known already."""

    given: RowInput
    facts: VisitFacts
    doubts: Sequence[tuple[str, str, str]]  # field, reason, sentence


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

    A visit is accepted when its person and day are understood; other oddities are kept as written and warned of. A
    known one is not counted again: what the row adds is filled in, and where it contradicts nothing is changed unless
    `Correction.VISITS` is among `corrections`.
    """
    intake = Intake(data, VISIT_FIELDS, mapping, progress)
    reader = _Reader(community, scope, now)
    rows = [told for given in intake.rows() if (told := reader.read(given))]
    outcomes = visits_enter(
        community_id=community.pk,
        visits=[told.facts for told in rows],
        now=now,
        recorded_by_id=user.pk if user else None,
        corrects=Correction.VISITS in corrections,
    )
    teller = _Teller(intake)
    for told, outcome in zip(rows, outcomes, strict=True):
        teller.tell(told, outcome)
    teller.count()
    return intake.finish()


class _Teller:
    """Reports what became of each row."""

    def __init__(self, intake: Intake) -> None:
        self.intake, self.report = intake, intake.report
        self.became: dict[int, Became] = {}  # by visit; the strongest outcome

    def tell(self, told: _Told, outcome: Outcome) -> None:
        self.report.accepted += 1
        for key, reason, sentence in _sentences(told, outcome):
            self.intake.warn(told.given, key, reason, sentence)
        if outcome.became is Became.DIFFERS and outcome.pk:
            self.report.note_correctable(Correction.VISITS)
        if outcome.pk and self.became.get(outcome.pk) not in _WRITTEN:
            self.became[outcome.pk] = outcome.became
        self._note(told, outcome)

    def _note(self, told: _Told, outcome: Outcome) -> None:
        """Note what was written for the row, in the journal and among the changes."""
        if outcome.became in (Became.NEW, Became.CORRECTED):
            self.report.note_created("visits.visit", outcome.pk)
        if outcome.became is Became.CORRECTED:
            self.report.note_changed("visits.visit", outcome.corrected_pk, outcome.before)
        if outcome.became is Became.ENRICHED:
            self.report.note_changed("visits.visit", outcome.pk, outcome.before)
        if outcome.was is not None and outcome.became in (Became.ENRICHED, Became.CORRECTED):
            subject = f"{plain(told.given.cell('name'))} {local_day(told.facts.visited_at)} 的走访"
            self.report.changes += [
                told.given.change(key, subject, old, new)
                for key, old, new in _differences(outcome.was, told.facts.telling)
            ]

    def count(self) -> None:
        """Count visits that are new, changed and unchanged."""
        words = list(self.became.values())
        created = words.count(Became.NEW)
        updated = words.count(Became.ENRICHED) + words.count(Became.CORRECTED)
        self.report.count(UNIT, created=created, updated=updated, unchanged=len(words) - created - updated)


def _sentences(told: _Told, outcome: Outcome) -> Sequence[tuple[str, str, str]]:
    """Return what the clerk should check, as (field, reason, sentence)."""
    if outcome.became in (Became.SAME, Became.VOID):
        return [_VOID] if outcome.became is Became.VOID else []
    about = {
        Became.DIFFERS: _DIFFERS if outcome.pk else _SEVERAL,
        Became.CONFLICT: _CONFLICT,
        Became.REPEATED: _REPEATED,
    }.get(outcome.became)
    if about is not None:
        return [about]
    return [*told.doubts, *([_BESIDE_VOID] if outcome.beside_void else [])]


_DIFFERS = (
    "visited_on",
    "same visit differs",
    "当天已有一次同一走访人的记录，内容不同，没有再记一次。要以本表为准的，请勾选“更正走访”；确是另一次走访的，请在“登记走访”中登记。",
)
_SEVERAL = (
    "visited_on",
    "same visit differs",
    "当天已有几次同一走访人的记录，看不出本行说的是哪一次，没有再记一次。请在走访列表中核对，需要时逐条更正。",
)
_CONFLICT = (
    "visited_on",
    "same visit twice",
    "本表另有一行是同一天、同一走访人，内容不同，只采用了那一行。确是两次走访的，请两行都写明钟点（相隔一小时以上）。",
)
_REPEATED = ("visited_on", "same visit twice", "本表另有一行说的是同一次走访，只记一次，补充的内容已并入。")
_VOID = ("voided", "voided", "这一行写有作废原因，没有记为走访。")
_BESIDE_VOID = (
    "visited_on",
    "voided before",
    "当天同一走访人有一次走访已经作废，本行内容不同，已另记一次，请核对。",
)


def _differences(old: Telling, new: Telling) -> list[tuple[str, str, str]]:
    """Return the fields in which two tellings differ, with both values as a clerk reads them."""
    shown = [
        ("visited_on", *(f"{one.at:%H:%M}" if one.at else "未记钟点" for one in (old, new))),
        ("visitor", old.visitor, new.visitor),
        ("method", *(str(Method(one.method).label) for one in (old, new))),
        ("seen", *("是" if one.seen else "否" for one in (old, new))),
        ("notes", old.notes, new.notes),
        ("request", old.request, new.request),
    ]
    return [(key, before or "（空）", after) for key, before, after in shown if before != after and after]


class _Reader:
    """Parses rows: when, whom, by whom, how."""

    def __init__(self, community: Place, scope: Scope, now: datetime) -> None:
        self.community, self.scope, self.now = community, scope, now
        self.directory = PlaceDirectory.load(community)
        self.residents = ResidentRoll.load(community)
        self.cadres = CadreRoll.load(community)

    def read(self, given: RowInput) -> _Told | None:
        """Return the visit of a row; None where a cell is refused."""
        doubts: list[tuple[str, str, str]] = []
        moment = given.take("visited_on", parse_day_and_time, None)
        if moment is not None:
            moment = self._with_time(given, moment, doubts)
        person = self._person(given)
        for key in ("method", "seen", "visitor", "visited_time"):
            given.take(key, refuse_failed_formula, None)
        if moment is None or person is None or not given.is_sound:
            return None
        visited_at, has_time = moment
        return _Told(given, self._facts(given, person, visited_at, has_time, doubts), doubts)

    def _with_time(
        self, given: RowInput, moment: tuple[datetime, bool], doubts: list[tuple[str, str, str]]
    ) -> tuple[datetime, bool] | None:
        """Return the moment with the time of day from its own column; a date after today is refused."""
        visited_at, has_time = moment
        if not has_time:
            at = given.take_or_warn("visited_time", parse_time, None)
            if at is not None:
                visited_at, has_time = datetime.combine(visited_at.date(), at, SHANGHAI), True
        if visited_at > self.now and has_time and visited_at.date() == local_day(self.now):
            doubts.append(("visited_on", "in the future", "钟点晚于现在，没有采用，只记了日期。"))
            return midnight(visited_at.date()), False
        if visited_at > self.now:
            given.refuse("visited_on", "in the future", "走访日期晚于今天，请改成实际走访的日期。")
            return None
        return visited_at, has_time

    def _person(self, given: RowInput) -> Candidate | None:
        """Return the registered resident of a row; refusals are reported."""
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

    def _facts(
        self,
        given: RowInput,
        person: Candidate,
        visited_at: datetime,
        has_time: bool,
        doubts: list[tuple[str, str, str]],
    ) -> VisitFacts:
        method, odd_method = parse_method(given.cell("method"))
        told = method_by_notes(given.cell("notes")) if says_nothing(given.cell("method")) else None
        if told is not None and told is not method:
            method = told
            doubts.append(
                ("notes", "method by notes", f"没有写走访方式，按情况记录记为“{told.label}”，请核对。")
            )
        met = meeting_of(
            given.cell("seen"),
            given.cell("method"),
            given.cell("notes"),
            in_hospital=method is Method.HOSPITAL,
        )
        who = _visitor(given, doubts)
        if met.doubt:
            doubts.append(("seen" if given.has("seen") else "notes", "not plainly seen", met.doubt))
        if met.fate is not None:
            doubts.append(
                ("seen" if given.has("seen") else "notes", f"resident {met.fate}", _FATE_WORDS[met.fate])
            )
        oddities = [("走访方式", odd_method), ("是否见到本人", met.kept), ("走访人", who.rest)]
        building = self.directory.by_id[person.building_id]
        known = self.cadres.find(who.name, building, visited_at.date()) if who.name else None
        return VisitFacts(
            resident_id=person.pk,
            building_id=person.building_id,
            visited_at=visited_at,
            has_time=has_time,
            method=method,
            seen=met.seen,
            visitor_id=known.cadre_id if known else None,
            visitor_post=known.post if known else "",
            visitor_name=who.name,
            notes=_with_oddities(_words(given, "notes"), oddities),
            request=_words(given, "request"),
            is_voided=not says_nothing(given.cell("voided")),
        )


def _visitor(given: RowInput, doubts: list[tuple[str, str, str]]) -> Visitor:
    """Return the visitor; what is no name is not stored unencrypted."""
    who = visitor_of(plain(given.cell("visitor")))
    if who.had_number:
        doubts.append(("visitor", "number", "走访人一栏里的号码没有采用，请只写姓名。"))
    if who.rest:
        doubts.append(
            ("visitor", "name", "走访人一栏写的不只是姓名，已加密记入情况记录，请在这条走访上补上走访人。")
        )
    return who


def _words(given: RowInput, key: str) -> str:
    """Return the text of a cell; "" where an export has hidden it, or its formula failed, which is warned of."""
    text: str = given.take_or_warn(key, words_of, "")
    return "" if text == HIDDEN else text


def _with_oddities(notes: str, oddities: list[tuple[str, str]]) -> str:
    """Return the notes with text that has no column of its own: nothing is lost."""
    extra = "；".join(f"{label}：{words}" for label, words in oddities if words)
    return f"{notes}（{extra}）" if notes and extra else notes or extra
