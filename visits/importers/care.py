"""Rosters of 必访对象: one row a person with one or several categories."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.tabular.fields import Content, Field, FieldSet
from baibuting.common.tabular.importing import Intake, RowInput, said_by_sheet
from baibuting.common.tabular.problems import LayoutError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.report import ImportReport, Progress
from baibuting.common.tabular.text import compact, plain, title_key
from baibuting.common.tabular.values import parse_date, parse_optional_date, parse_yes, split_several
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from residents.bulk import People, PersonConflictError, PersonFacts
from residents.choices import SHIPPED_CATEGORIES, EndReason
from residents.models import CareCategory
from visits.bulk.care import CareBook, CareConflictError, CareFacts
from visits.importers.homes import ADDRESS, SPLIT_ADDRESS, in_template
from visits.importers.people import (
    BORN_ON,
    GENDER,
    ID_NUMBER,
    NAME,
    PHONE,
    move_people,
    notes_of,
    take_person,
)

_TICKS = {code: f"is_{code}" for code, *_ in SHIPPED_CATEGORIES}

CARE_FIELDS = FieldSet(
    kind="care",
    title="五必访对象台账",
    fields=(
        NAME,
        GENDER,
        ID_NUMBER,
        PHONE,
        ADDRESS,
        Field(
            "category",
            "对象类别",
            ("类别", "人员类别", "对象类型", "类型", "必访类别", "五必访类别", "走访类别", "人员类型", "困难类型", "服务类别", "所属类别", "重点类别"),
            example="困难家庭、住院病人",
            help="必填，可填几类，用顿号隔开",
            width=24,
        ),
        Field(
            "started_on",
            "纳入日期",
            ("纳入时间", "登记日期", "登记时间", "建档日期", "建档时间", "列入日期", "开始日期", "录入日期", "入册日期", "纳管日期", "起始日期"),
            example="2026-03-05",
            help="必填，如 2026-03-05",
            content=Content.DAY,
        ),
        Field("notes", "备注", ("说明", "备注说明", "情况说明", "基本情况", "主要情况", "困难情况"), width=24),
        *in_template(SPLIT_ADDRESS, shown=False),
        replace(BORN_ON, in_template=False),
        Field("ended_on", "终止日期", ("终止时间", "退出日期", "退出时间", "结束日期", "注销日期", "销号日期"), in_template=False),
        Field("end_reason", "终止原因", ("退出原因", "结束原因", "注销原因", "销号原因"), in_template=False),
        *(
            Field(_TICKS[code], f"{label}（打勾）", (label, *synonyms.split()), in_template=False)
            for code, label, _, _, synonyms in SHIPPED_CATEGORIES
        ),
    ),
    needed=(("name",), ("address", "building")),
    said_outside=frozenset({"building"}),
)  # fmt: skip


class CategoryBook:
    """The categories by every word offices use for them."""

    def __init__(self) -> None:
        self.by_code = {category.code: category for category in CareCategory.objects.all()}
        self.by_word: dict[str, CareCategory] = {}
        for category in self.by_code.values():
            words = (category.label, category.public_label, category.code, *category.synonyms.split())
            for word in words:
                self.by_word.setdefault(title_key(word), category)

    def find(self, text: str) -> CareCategory | None:
        """The category a word means; a remark in brackets may say it too: 困难家庭（低保）."""
        word, _, remark = compact(text).replace("（", "(").partition("(")
        return self.by_word.get(title_key(word)) or self.by_word.get(title_key(remark)) if word else None

    @property
    def labels(self) -> str:
        return "、".join(category.label for category in self.by_code.values())


@dataclass(frozen=True, slots=True)
class _Listed:
    """A sound row."""

    given: RowInput
    person: PersonFacts
    categories: list[CareCategory]
    care: CareFacts


@transaction.atomic
def care_import(
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
    """Bring people and their care records in line with a roster, clocks wound. Raises TabularError or LayoutError.

    A record that is not listed stays; one that ended is not opened again by the day it began on.
    """
    intake = Intake(data, CARE_FIELDS, mapping, progress)
    reader = _Reader(PlaceDirectory.load(community), CategoryBook(), scope, local_day(now))
    reader.refuse_without_categories(intake)
    rows = [row for given in intake.rows() if (row := reader.read(given))]
    people = People(community, (row.person for row in rows), scope)
    book = CareBook(people)
    for row in rows:
        try:
            person = people.find_or_add(row.person)
            for category in row.categories:
                book.enter(person, category, row.care)
        except PersonConflictError as error:
            intake.reject(row.given, error.column, error.reason, error.message)
        except CareConflictError as error:
            intake.reject(row.given, "started_on", error.reason, error.message)
        else:
            intake.report.accepted += 1
    people.write(now)
    move_people(people, now)
    book.write(now)
    intake.report.journal += people.journal
    intake.report.created, intake.report.updated = book.created, book.updated
    intake.report.unchanged = book.unchanged
    _count_changed_people(intake.report, people, book)
    return intake.finish()


def _count_changed_people(report: ImportReport, people: People, book: CareBook) -> None:
    """A record whose person's details changed counts as updated, not as unchanged."""
    touched = sum(people.known[pk].is_changed for pk in book.unchanged_people)
    report.updated += touched
    report.unchanged -= touched


class _Reader:
    """Reads rows: who, which categories, from when."""

    def __init__(
        self, directory: PlaceDirectory, categories: CategoryBook, scope: Scope, today: date
    ) -> None:
        self.directory, self.categories, self.scope, self.today = directory, categories, scope, today

    def refuse_without_categories(self, intake: Intake) -> None:
        """Raises LayoutError where neither a column nor the sheet says which category people belong to."""
        for table in intake.tables:
            columns = table.header.columns
            if "category" in columns or any(key in columns for key in _TICKS.values()):
                continue
            if self._said_by_table(f"{table.sheet.name} {table.caption}"):
                continue
            raise LayoutError(
                "缺少必需的列：对象类别。请加上这一列，或在标题中写明类别（如“孤寡老人台账”），再导入。",
                recognised=intake.report.recognised,
                unrecognised=intake.report.unrecognised,
                missing=["对象类别"],
            )

    def _said_by_table(self, text: str) -> CareCategory | None:
        """The category named in a title, the longest word first; 五必访 itself names none."""
        key = title_key(text)
        words = sorted(self.categories.by_word, key=len, reverse=True)
        return next((self.categories.by_word[word] for word in words if len(word) > 1 and word in key), None)

    def read(self, given: RowInput) -> _Listed | None:
        person = take_person(given, self.directory, self.scope, self.today)
        categories = self._categories(given)
        started_on = given.take("started_on", parse_date, None) if given.has("started_on") else self.today
        ended_on = given.take("ended_on", parse_optional_date, None)
        notes = given.take("notes", notes_of, "")
        if started_on and ended_on and ended_on < started_on:
            given.refuse("ended_on", "date", "终止日期早于纳入日期，请核对。")
        if person is None or started_on is None or not given.is_sound:
            return None
        reason = _end_reason(given.cell("end_reason")) if ended_on else ""
        care = CareFacts(started_on, ended_on, reason, notes, is_dated=given.has("started_on"))
        return _Listed(given, person, categories, care)

    def _categories(self, given: RowInput) -> list[CareCategory]:
        """The categories of a row, each once; refusals are written down."""
        ticked = [
            self.categories.by_code[code]
            for code, key in _TICKS.items()
            if given.has(key) and parse_yes(given.cell(key)) is not False and code in self.categories.by_code
        ]
        words = split_several(given.cell("category")) if given.has("category") else []
        named = [(word, self.categories.find(word)) for word in words]
        unknown = [word for word, category in named if category is None]
        if unknown and self.categories.find(plain(given.cell("category"))):
            named, unknown = [("", self.categories.find(plain(given.cell("category"))))], []
        if unknown:
            given.refuse(
                "category",
                "unknown category",
                f"不认识类别“{unknown[0][:20]}”，请填写{self.categories.labels}中的一类或几类。",
            )
            return []
        found = [*(category for _, category in named if category), *ticked]
        if not found:
            said = " ".join(said_by_sheet(given.row.table, given.row))
            by_title = None if given.has("category") else self._said_by_table(said)
            found = [by_title] if by_title else []
        if not found:
            given.refuse("category", "missing category", f"请填写类别：{self.categories.labels}。")
        return list(dict.fromkeys(found))


_END_REASONS = {title_key(label): value for value, label in EndReason.choices}


def _end_reason(cell: Cell) -> str:
    """A reason by its label; other words mean 其他."""
    return _END_REASONS.get(title_key(plain(cell)), EndReason.OTHER)
