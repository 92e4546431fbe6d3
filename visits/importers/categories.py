"""The categories of a row: by a column of words, by columns of ticks, or by the title of the sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from baibuting.common.tabular.fields import Field
from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.meaning import Fate, Meaning, fate_of, membership_of, split_remarks
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.table import Table
from baibuting.common.tabular.text import compact, half_width, plain, title_key
from residents.choices import SHIPPED_CATEGORIES
from residents.models import CareCategory
from visits.importers.days import days_in

CATEGORY = Field(
    "category",
    "对象类别",
    ("类别", "人员类别", "对象类型", "类型", "必访类别", "五必访类别", "走访类别", "人员类型", "困难类型", "服务类别", "所属类别", "重点类别"),
    example="困难家庭、住院病人",
    help="必填，可填几类，用顿号隔开",
    width=24,
)  # fmt: skip
TICKS = {code: f"is_{code}" for code, *_ in SHIPPED_CATEGORIES}
TICK_FIELDS = tuple(
    Field(TICKS[code], f"{label}（打勾）", (label, f"是否{label}", *_words), in_template=False)
    for code, label, _, _, synonyms in SHIPPED_CATEGORIES
    for _words in [[form for word in synonyms.split() for form in (word, f"是否{word}")]]
)

# words saying that a person is no longer on a list
_OVER = (Fate.DIED, Fate.MOVED, Fate.DISCHARGED, Fate.EMPLOYED, Fate.ENDED)
_TOKEN = re.compile(r"(?:[(\[][^)\]]*[)\]]?|[^\s、,，/／;；|｜+＋&\n(\[])+")
_JOINED = re.compile(r"和|及|兼|以及")


@dataclass(frozen=True, slots=True)
class Member:
    """One category that a row names. `fate`: a word beside it says that it is over; `day`: since when, as written."""

    category: CareCategory
    key: str
    fate: Fate | None = None
    day: date | None = None
    words: str = ""
    unread: str = ""  # a remark beside it that is not understood


class CategoryBook:
    """The categories by every word offices use for them."""

    def __init__(self) -> None:
        self.by_code = {category.code: category for category in CareCategory.objects.all()}
        self.by_word: dict[str, CareCategory] = {}
        for category in self.by_code.values():
            words = (category.label, category.public_label, category.code, *category.synonyms.split())
            for word in words:
                self.by_word.setdefault(title_key(word), category)
        self._titles = _TitleGrammar(self.by_word)
        # a ledger names the same few categories in every row
        self._read = lru_cache(maxsize=1024)(self._read_anew)

    @property
    def labels(self) -> str:
        return "、".join(category.label for category in self.by_code.values())

    def find(self, text: str) -> CareCategory | None:
        """Return the category a word means, alone or by a remark in brackets: 困难家庭, 帮扶（低保）."""
        whole = self.by_word.get(title_key(text))
        if whole is not None or not compact(text):
            return whole
        word, remarks = split_remarks(text)
        said = (word, *remarks)
        return next((self.by_word[key] for one in said if (key := title_key(one)) in self.by_word), None)

    def read(self, word: str, key: str) -> Member | None:
        """Return what one word means, with remarks that negate it: 原低保户, 住院（已出院）. None if unknown."""
        return self._read(word, key)

    def _read_anew(self, word: str, key: str) -> Member | None:
        if title_key(word) in self.by_word:
            return Member(self.by_word[title_key(word)], key)
        head, remarks = split_remarks(word)
        known = self.by_word.get(title_key(head))
        # words of a category's own name negate nothing
        said = [one for one in (head, *remarks) if title_key(one) not in self.by_word]
        fate = next((found for one in said if (found := fate_of(one)) not in (None, Fate.RUNNING)), None)
        category = known or self.find(word) or self._within(word)
        if category is None:
            return None
        if fate is None:
            unread = next((one for one in remarks if not self._is_harmless(one)), "")
            return Member(category, key, unread=unread) if known or self.find(word) else None
        return Member(category, key, fate, next(iter(days_in(word)), None), word)

    def _is_harmless(self, remark: str) -> bool:
        """Return whether a remark beside a category only adds to it: another word for it, a grade, a day."""
        return (
            title_key(remark) in self.by_word
            or self._within(remark) is not None
            or membership_of(remark) is not Meaning.UNCLEAR
            or fate_of(remark) is Fate.RUNNING
            or bool(days_in(remark))
        )

    def _within(self, text: str) -> CareCategory | None:
        """Return the one category whose word occurs in a text; the longest word counts, two categories are none."""
        key = title_key(text)
        found = [word for word in self.by_word if len(word) > 1 and word in key]
        longest = [word for word in found if not any(word != other and word in other for other in found)]
        categories = {self.by_word[word].pk: self.by_word[word] for word in longest}
        return next(iter(categories.values())) if len(categories) == 1 else None

    def said_by(self, texts: Iterable[str]) -> CareCategory | None:
        """Return the one category that the titles over a row name for certain; None where none does, or two differ.

        A title that looks like that of a list and holds the word of a category among words of another sense
        (精神病人台账, 非低保户名册) makes every other uncertain.
        """
        found: dict[int, CareCategory] = {}
        for text in texts:
            category = self._titles.category(text)
            if category is not None:
                found[category.pk] = category
            elif self._titles.is_doubtful(text):
                return None
        return next(iter(found.values())) if len(found) == 1 else None

    def said_by_table(self, table: Table, section: str = "") -> CareCategory | None:
        """Return the category by the heading above a row, else by the sheet's name and caption."""
        if section and (self._titles.category(section) or self._titles.is_doubtful(section)):
            return self.said_by([section])
        return self.said_by([table.sheet.name, *table.caption.split()])


class _TitleGrammar:
    """Titles of lists: [an office, a period, a number] a category [人员, 对象 …] [台账, 名册 …], and nothing else."""

    _PLACE = (
        r"(?:[一-鿿]{1,12}?(?:省|市|区|县|旗|街道|街|镇|乡|村|社区|小区|居委会|村委会|办事处|苑|园|花园|网格|片区|支部|党委|总支|"
        r"服务中心|工作站|司法所|民政办|卫生院)|第?[一二三四五六七八九十\d]+(?:网格|片区|号楼|栋|组|支部))"
    )
    _TIME = r"(?:\d{2,4}年(?:度)?|[二〇零一三四五六七八九十]{4}年(?:度)?|\d{1,2}月(?:份)?|\d{1,2}日|[上下]半年|(?:第)?[一二三四1-4]季度|年度|本年|最新|截至|截止)"
    _FILLER = r"(?:附件?\d*|表\d*|\d+|全部|各类|辖区|辖区内|本辖区|现有|在册|五必访|必访|走访|入户走访|重点|常住|关于|的|全体|人员)"
    _BEFORE = re.compile(f"(?:{_PLACE}|{_TIME}|{_FILLER})*")
    _AFTER = re.compile(
        r"(?:户|家庭|人员|对象|老人|老年人|居民|群众|患者|户主)?(?:的)?"
        r"(?:走访|入户走访|必访|五必访|帮扶|管理|服务|基本|信息|情况|基本情况|基本信息|信息管理|动态管理|排查|摸底|登记|统计|汇总|在册|花)*"
        r"(?:台账|台帐|名册|花名册|登记表|登记册|名单|一览表|明细表|明细|统计表|汇总表|汇总|信息表|情况表|清单|表|册|底册|档案)?"
        r"(?:\d+|表\d+|[一二三四]|[上下]半年|\d{4}年(?:度)?|\d{1,2}月(?:份)?)*"
    )
    # in brackets behind a title: of which part, from when; nothing that could negate it
    _PART = re.compile(
        rf"(?:城保|农保|城镇|农村|城市|续表?|新增|汇总|补充|全部|[\d一二三四五六七八九十]+|第[\d一二三四五六七八九十]+[批页期]|{_TIME}|{_PLACE})*"
    )
    _LIST = re.compile(r"台[账帐]|册|登记|名单|一览|明细|统计|汇总|信息|清单|表$|档案")
    _UNCERTAIN = re.compile(r"非|原|未|不|拟|疑似|边缘|退出|取消|志愿")

    def __init__(self, by_word: dict[str, CareCategory]) -> None:
        self.by_word = {word: category for word, category in by_word.items() if len(word) > 1}
        self.longest_first = sorted(self.by_word, key=len, reverse=True)

    def category(self, text: str) -> CareCategory | None:
        """Return the category of a title that is understood as a whole; None for any other."""
        title, remarks = split_remarks(text)
        key = title_key(title if all(self._PART.fullmatch(title_key(one)) for one in remarks) else text)
        for at in range(len(key)):
            word = next((word for word in self.longest_first if key.startswith(word, at)), None)
            if word is not None and self._is_before(key[:at]):
                return self._reads_on(key[at + len(word) :], self.by_word[word])
        return None

    def _is_before(self, text: str) -> bool:
        """Return whether what precedes the category names a place or a time, and nothing that negates it."""
        return self._BEFORE.fullmatch(text) is not None and not self._UNCERTAIN.search(text)

    def _reads_on(self, rest: str, category: CareCategory) -> CareCategory | None:
        """Return the category, if only further words of the same one and the word for a list follow."""
        while rest:
            if self._AFTER.fullmatch(rest):
                return category
            word = next((word for word in self.longest_first if rest.startswith(word)), None)
            trimmed = re.sub(r"^(?:户|家庭|人员|对象|老人)", "", rest, count=1)
            if word is None and trimmed == rest:
                return None
            if word is not None and self.by_word[word] is not category:
                return None
            rest = rest[len(word) :] if word is not None else trimmed
        return category

    def is_doubtful(self, text: str) -> bool:
        """Return whether a title of a list holds a category's word and is not understood as a whole."""
        key = title_key(text)
        has_word = any(word in key for word in self.by_word)
        return has_word and bool(self._LIST.search(key)) and self.category(text) is None


def words_of(cell: Cell) -> Sequence[str]:
    """Return the words of a cell that holds several, each with its remarks: 困难家庭（低保、特困）、住院."""
    found = []
    for token in _TOKEN.findall(half_width(cell)):
        found += [token] if "(" in token else [part for part in _JOINED.split(token) if part]
    return found


def take_members(given: RowInput, book: CategoryBook) -> list[Member]:
    """Return the categories of a row, each once; refused and doubtful ones are reported."""
    named, is_understood = _by_words(given, book)
    ticked, has_doubts = _by_ticks(given, book)
    found = [*named, *ticked]
    if not found and is_understood and not given.has("category") and not has_doubts:
        by_title = book.said_by_table(given.row.table, given.row.section)
        found = [Member(by_title, "category")] if by_title else []
    if not found and is_understood:
        key = "category" if given.has("category") or not has_doubts else has_doubts
        given.refuse(key, "missing category", f"请填写类别：{book.labels}。")
    return list({member.category.pk: member for member in reversed(found)}.values())[::-1]


def _by_words(given: RowInput, book: CategoryBook) -> tuple[list[Member], bool]:
    """Return what the column of categories names, and False where an unknown word in it refuses the row."""
    cell = given.cell("category")
    words = words_of(cell) if given.has("category") else []
    read = [book.read(word, "category") for word in words]
    if any(member is None for member in read):
        whole = book.read(plain(cell), "category")
        read = [whole] if whole else read
    unknown = next((word for word, member in zip(words, read, strict=False) if member is None), None)
    if unknown is not None:
        labels = f"请填写{book.labels}中的一类或几类。"
        given.refuse("category", "unknown category", f"不认识类别“{unknown[:20]}”，{labels}")
        return [], False
    members = [member for member in read if member is not None]
    for member in members:
        if member.unread:
            given.warn(
                "category",
                "remark",
                f"“{member.unread[:20]}”没有读懂，仍按{member.category.label}登记，请核对。",
            )
    sound = [member for member in members if member.fate in (None, *_OVER)]
    for member in members:
        if member.fate in (Fate.DENIED, Fate.DOUBTFUL):
            _say_not(given, member, is_all=not sound)
    return sound, bool(sound) or not members


def _say_not(given: RowInput, member: Member, *, is_all: bool) -> None:
    """Report a word that says a person does not, or may not, belong: refused where no other category is named."""
    words = f"“{member.words[:20]}”看起来不属于{member.category.label}，或还没有确定"
    if is_all:
        given.refuse("category", "not in category", f"{words}；属于的请只写类别名称，不属于的请不要列入。")
    else:
        given.warn("category", "not in category", f"{words}，这一类没有采用，其余已采用。")


def _by_ticks(given: RowInput, book: CategoryBook) -> tuple[list[Member], str]:
    """Return the ticked categories, and the column of the first tick that was not understood, "" for none."""
    found, doubtful = [], ""
    for code, key in TICKS.items():
        category = book.by_code.get(code)
        if category is None or not given.has(key):
            continue
        meaning = _membership(given.cell(key), book, category)
        if meaning is Meaning.LIKELY:
            given.warn(key, "tick", f"按打勾登记为{category.label}，请核对是否属实。")
        if meaning in (Meaning.YES, Meaning.LIKELY):
            found.append(Member(category, key))
        elif meaning is Meaning.UNCLEAR:
            doubtful = doubtful or key
            given.warn(
                key,
                "tick",
                f"看不懂这一格是不是{category.label}，没有按{category.label}登记；请填“是”或“否”。",
            )
        elif meaning is Meaning.NO and fate_of(plain(given.cell(key))) in _OVER:
            member = Member(
                category, key, fate_of(plain(given.cell(key))), next(iter(days_in(given.cell(key))), None), plain(given.cell(key))
            )  # fmt: skip
            found.append(member)
    return found, doubtful


def _membership(cell: Cell, book: CategoryBook, category: CareCategory) -> Meaning:
    """Return what the column of one category says; the category's own word in it is yes: 低保户 under 困难家庭."""
    meaning = membership_of(cell)
    if meaning is Meaning.UNCLEAR and book.by_word.get(title_key(plain(cell))) is category:
        return Meaning.YES
    return meaning
