"""Meaning of a cell's words: yes or no, and what became of a person. What is not understood is never yes.

Words that deny or end are matched before words that affirm: 非低保 contains 低保. An end that is itself denied
(未出院, 尚未终止) is none; nor is one that is only planned, or another person's (老伴已故).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, plain


class Meaning(StrEnum):
    """The value of a tick column. LIKELY is a tick typed in a symbol font (P, R): yes, with a warning."""

    YES = "yes"
    LIKELY = "likely"
    NO = "no"
    EMPTY = "empty"
    UNCLEAR = "unclear"


class Fate(StrEnum):
    """What became of a person or of their place on a list, by a remark or a column on the present state."""

    DIED = "died"
    MOVED = "moved"  # lives elsewhere for good
    DISCHARGED = "discharged"  # left the hospital
    EMPLOYED = "employed"  # found work
    ENDED = "ended"  # no longer on the list, for whatever reason: 已退出, 已解除, 原低保户
    DENIED = "denied"  # never was: 非低保, 不符合
    DOUBTFUL = "doubtful"  # on the edge, applied for, suspected: 边缘户, 拟纳入
    RUNNING = "running"  # stated as present: 在册, 在帮, 住院中


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_YES = _words(
    "是 是的 有 √ ✓ ✔ ☑ ✅ ■ 对 对的 1 y yes true t v ● ○√ □√ √√ 属于 符合 享受 在册 已享受 已纳入 勾 打勾"
)
# the tick of Wingdings 2 and of Wingdings, each without its font; 0xFB and 0xFD of Wingdings are crosses
_TICKS_WITHOUT_FONT = _words("p r ü þ")
_NO = _words(
    "否 不 不是 没 没有 未 无 暂无 无此项 0 n no false f n/a na ✗ ✘ ❌ ☒ ☐ □ 〇 ○ x × ✕ ✖ û ý "
    "/ // \\ - -- --- – — —— _ * 、 。 …"
)
_BLANK = _words("空 空白 未填 未填写 none null ... ……")

_OTHERS = (
    r"(?:老伴|丈夫|妻子|爱人|配偶|老公|老婆|夫|妻|父母|父亲|母亲|爸爸|妈妈|双亲|公婆|岳父|岳母|子女|儿子|女儿|长子|长女|次子|"
    r"独子|独女|儿媳|女婿|孙子|孙女|儿女|兄弟|姐妹|哥哥|弟弟|姐姐|妹妹|亲属|家属|家人|家里人|监护人|邻居|户主|租客|房客|保姆|护工|陪护)"
)
_DEATH = r"已故|亡故|身故|病故|故去|去世|过世|逝世|离世|辞世|死亡|病亡|病逝|已亡|已死|已殁|双亡|仙逝|不在人世|不在世"
_MOVE = r"搬走|搬离|搬出|搬家|搬迁|搬往|已搬|迁出|迁走|迁离|迁往|外迁|已迁|移居|搬到|搬去|不住(?:这|此|本)|不在(?:此|本小区|本社区)居?住"
_DISCHARGE = r"出院|康复回家|(?:已|完全)康复|痊愈"
_WORK = (
    r"(?:已|再|重新|实现|稳定)(?:实现)?(?:就业|上岗)(?!困难|援助|培训|服务|指导|前|无望)"
    r"|(?:已|有|找到)(?:有|找到)?工作(?!能力|意愿|意向|经历|经验|单位)|已上班|上班了|在上班|返岗|已复工|已在岗"
)
_END = (
    r"退出|退保|取消|解除|终止|停发|停保|停止|停助|注销|销户|销号|销案|期满|届满|到期|结束|清退|清出|脱贫|脱保|脱困|摘帽|解矫|解教|"
    r"不再|转出|转走|剔除|删除|作废|卸任|离任|免去|调离|调走|"
    r"曾经|曾(?:是|为|享受|纳入|列入)|^原(?!.{0,8}(?:厂|公司|职工|工人|企业|教师)|因|籍|单位|名|住|工作|户|址|配|则|来|系|在|居|职|从事|发|委|状|件|本|文|样|价)|"
    r"已退(?!休|伍|役|养|职)|已清(?:除|$)|已停(?!产|业|工|机|薪|职|课|学|经|药)|已出列|已销"
)
_DENIAL = (
    r"^否|不符合?|不属于?|不享受|不是|不够|不满足|不具备|不予|不合格|不在[册保帮管]|不纳入|不列入|不通过|不达标|不认定|"
    r"[未没]有?(?:被)?(?:纳入|享受|通过|获批|批|列入|达标|符合|认定|评上|领取|办理|入选|入围)|^没有$|查无此?人?|非(?!常|农|洲|典|遗|婚|全日)"
)
_DOUBT = (
    r"(?:入住|住进|住在|住到|住|送到?|去了?)[^，,。；;]{0,4}(?:养老院|敬老院|福利院|护理院|养护中心)|接走|接去|接到|边缘|拟|疑似|待(?:定|核|审|批|查|补|确|认定|评)|申请|申报|审核中|审批中|办理中|公示|(?<!留院)(?<!住院)(?<!医院)观察|临界|可能|"
    r"不确定|不清楚|不详|未知|未核实|存疑|重复|有误|误登|失联|失踪|下落不明|收监|羁押|服刑|走了|已走|灵活就业|？|\?"
)
_RUN = (
    r"在[册帮管住保院矫世]|住院(?:中|治疗)|健在|正常|享受中|进行中|帮教中|治疗中|待业|失业|无业|无变化|无异常|(?:又|再|再次|重新)[入住]院|"
    r"(?:没|没有|无)工作"
)
_ANY_END = f"(?:{_DEATH}|{_MOVE}|{_DISCHARGE}|{_WORK}|{_END}|就业|上岗)"
# a date may separate words that belong together: 已于2026年8月1日就业
_WHEN = re.compile(
    r"(?:于|在|自|从)?(?:[12]\d{3}[年./-]\d{1,2}(?:[月./-](?:\d{1,2})?)?|[12]\d{3}年|\d{1,2}月(?:\d{1,2})?)(?:[日号]|份|初|中旬|底)?"
)
# 随女儿搬走 is the person's own end
_NOT_WITH = r"(?<![随跟同被由把和与])(?<![随跟同被由把和与][大小二三老])"
# each is replaced by a word for its meaning before an end is looked for
_NO_END = (
    (re.compile(f"(?:尚|还|仍|并|从|一直)*(?:未|没有?|不)(?:曾|能|有|被|予|见)?(?:{_ANY_END}|找到工作)"), "在册"),
    (re.compile(rf"(?:即将|将要?|拟|准备|计划|打算|想|申请|要求|待|预计|可能|疑似|考虑|(?<!时)近期){_ANY_END}"), "待定"),
    (re.compile(rf"{_NOT_WITH}{_OTHERS}[^，,；;。、本]{{0,6}}?{_ANY_END}"), ""),
    # why a person lost their work is not the end of their unemployment
    (re.compile(r"(?:(?:解除|终止|取消|结束)(?:了)?(?:劳动)?(?:合同|关系|聘用|劳动)|合同[^，,；;。]{0,3}(?:期满|届满|到期|终止|解除|结束)|停[发止](?:工资|薪|营业|生产))"), "失业"),
    (re.compile(r"出院[^，,；;。]{0,6}(?:又|再|重新|二次)[^，,；;。]{0,2}[入住]院"), "住院中"),
)  # fmt: skip
_FATES = (
    (Fate.DIED, re.compile(_DEATH)),
    (Fate.MOVED, re.compile(_MOVE)),
    (Fate.DISCHARGED, re.compile(_DISCHARGE)),
    (Fate.EMPLOYED, re.compile(_WORK)),
    (Fate.DENIED, re.compile(_DENIAL)),
    (Fate.ENDED, re.compile(_END)),
    (Fate.DOUBTFUL, re.compile(_DOUBT)),
    (Fate.RUNNING, re.compile(_RUN)),
)
_REMARK = re.compile(r"[(（\[【〔<《]([^)）\]】〕>》]*)[)）\]】〕>》]?")
_OPENING = frozenset("(（[【〔<《")
_NEGATED = re.compile(
    r"[否不非未没无](?!常|能|便|详|清|确|明|稳|良|好|适|知|定|填|婚|成年|子女|依|收入|劳动|人|房|经济)"
)
_AFFIRMED = re.compile(r"在[册帮管保院]|住院中|享受中|进行中|帮教中")
_SIGNS = " ,，、:：;；。.!！-—/"
# what may precede such a word: 王五 于2023年5月 因病 去世, 王五老伴已故
_LEADING = r"(?:[\s,，、:：;；\-—/.]|[12]\d{3}[年./\-]?|\d{1,2}[月日号./\-]|初|底|中旬|于|已经?|现已?|本人|全家|举家|刚|因病|意外|尚?未|没有?|拟|即将)"
_END_BEHIND = re.compile(
    f"{_LEADING}*{_OTHERS}?{_LEADING}*(?:{_DEATH}|{_MOVE}|{_DISCHARGE}|退出|取消|解除|注销|停保|停发|退保|清退|脱贫|卸任|离任|调离)"
)
_GRADE = re.compile(
    r"(?:肢体|视力|听力|言语|智力|精神|多重)?(?:残疾)?(?:[一二三四五甲乙丙丁a-e1-5ⅰⅱⅲⅳ])(?:类|级|档|等|型)(?:残疾)?|[全差]额|[轻中重]度"
)
_AMOUNT = re.compile(r"(?:每月|月)?(\d{1,5}(?:\.\d{1,2})?)(?:元(?:/?月)?|/月)?")


def tick_of(cell: Cell) -> Meaning:
    """Return a tick column's value: 是, √, 1 are yes; 否, ×, 0, 不符合, 已退出 no; a blank empty; the rest unclear."""
    text = _read(cell)
    if not text or text in _BLANK:
        return Meaning.EMPTY
    fate = fate_of(text)
    main = _without_remarks(text)
    if text in _NO or main in _NO:
        return Meaning.UNCLEAR if fate is Fate.RUNNING else Meaning.NO
    if fate in (Fate.DOUBTFUL, Fate.RUNNING, None):
        return Meaning.UNCLEAR if fate is Fate.DOUBTFUL else _affirmed(main, fate)
    return Meaning.NO


def _read(cell: Cell) -> str:
    """Return a cell's text without blanks; one after a plain no becomes a comma: 没有 已退出 is not 没有已退出."""
    first, *rest = str(cell).split(maxsplit=1) if isinstance(cell, str) and cell.strip() else [""]
    if rest and compact(first).lower() in _NO:
        return f"{compact(first)}，{compact(rest[0])}".lower()
    return compact(cell).lower()


def _affirmed(main: str, fate: Fate | None) -> Meaning:
    """Return the value of a cell that is no end and no plain no."""
    if main in _YES:
        return Meaning.YES
    if main in _TICKS_WITHOUT_FONT:
        return Meaning.LIKELY
    if fate is Fate.RUNNING:
        return Meaning.YES if _AFFIRMED.search(_with_ends_settled(main)) else Meaning.UNCLEAR
    return Meaning.NO if _NEGATED.match(main) else Meaning.UNCLEAR


def membership_of(cell: Cell) -> Meaning:
    """Return the value of one category's column: as `tick_of`; a grade (二类, 三级) or an amount is yes as well."""
    meaning = tick_of(cell)
    text = _read(cell)
    if meaning is not Meaning.UNCLEAR or fate_of(text) is not None:
        return meaning
    main = _without_remarks(text)
    amount = _AMOUNT.fullmatch(main)
    if amount:
        return Meaning.YES if float(amount[1]) else Meaning.NO
    return Meaning.YES if _GRADE.fullmatch(main) else Meaning.UNCLEAR


def plain_tick(cell: Cell) -> bool | None:
    """Return True or False where a cell holds only a word or sign for it, a blank being no; None where it says more."""
    text = compact(cell).lower()
    if text in _YES:
        return True
    return False if not text or text in _NO or text in _BLANK else None


def fate_of(text: str) -> Fate | None:
    """Return the fate in a remark, by its strongest word; None where it names none."""
    return _fate_said(compact(text))


@lru_cache(maxsize=4096)  # states, categories and results repeat a few words
def _fate_said(text: str) -> Fate | None:
    said = _with_ends_settled(text)
    return next((fate for fate, words in _FATES if words.search(said)), None) if said else None


def _with_ends_settled(said: str) -> str:
    """Return a text without ends that do not count: denied (未出院), planned (拟迁出) or another person's (老伴已故)."""
    said = _WHEN.sub("", said)
    for words, instead in _NO_END:
        said = words.sub(instead, said)
    return said


def end_in(text: str) -> tuple[str, str]:
    """Return a text and the death, move or end written after it without brackets: 王五 已故 → ("王五", "已故")."""
    found = _END_BEHIND.search(text)
    return (text[: found.start()], text[found.start() :].strip(_SIGNS)) if found else (text, "")


def split_remarks(cell: Cell) -> tuple[str, tuple[str, ...]]:
    """Return a cell without brackets, and the bracketed remarks: 王五（已故） → ("王五", ("已故",))."""
    text = plain(cell)
    if _OPENING.isdisjoint(text):  # nearly every cell
        return text, ()
    remarks = tuple(remark.strip() for remark in _REMARK.findall(text) if remark.strip())
    return _REMARK.sub("", text).strip(), remarks


def _without_remarks(text: str) -> str:
    return _REMARK.sub("", text).strip(_SIGNS) or text
