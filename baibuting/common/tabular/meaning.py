"""What the words of a cell say: yes or no, and what became of somebody. Whatever is not understood is never yes.

Words that deny or end are looked for before words that affirm: 非低保 holds 低保, 已退出 holds nothing else.
"""

from __future__ import annotations

import re
from enum import StrEnum

from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, plain, says_nothing


class Meaning(StrEnum):
    """What a tick column says of a row."""

    YES = "yes"
    NO = "no"
    EMPTY = "empty"
    UNCLEAR = "unclear"


class Fate(StrEnum):
    """What a remark or a column on the present state says became of a person or of his place on a list."""

    DIED = "died"
    MOVED = "moved"  # lives elsewhere for good
    DISCHARGED = "discharged"  # left the hospital
    EMPLOYED = "employed"  # found work
    ENDED = "ended"  # no longer on the list, for whatever reason: 已退出, 已解除, 原低保户
    DENIED = "denied"  # never was: 非低保, 不符合
    DOUBTFUL = "doubtful"  # on the edge, applied for, suspected: 边缘户, 拟纳入
    RUNNING = "running"  # said to be so now: 在册, 在帮, 住院中


_YES = frozenset(
    {
        "是",
        "有",
        "√",
        "✓",
        "✔",
        "☑",
        "■",
        "对",
        "1",
        "y",
        "yes",
        "true",
        "t",
        "v",
        "●",
        "○√",
        "属于",
        "符合",
        "享受",
        "在册",
    }
)
_NO = frozenset(
    {
        "否",
        "不",
        "不是",
        "没",
        "没有",
        "未",
        "0",
        "n",
        "no",
        "false",
        "f",
        "✗",
        "✘",
        "☐",
        "□",
        "〇",
        "○",
        "x",
        "×",
    }
)
_DENIES = re.compile(r"^(?:否|不|非|未|没|无|×|✗|✘)|不符合|不属于|不享受|不是|未纳入|未享受|没有|未通过|未批")
_FATES: tuple[tuple[Fate, re.Pattern[str]], ...] = (
    (Fate.DIED, re.compile(r"(?<!未)(?<!不)(?:已故|亡故|身故|病故|去世|过世|逝世|离世|辞世|死亡|已亡|殁|仙逝|销户(?=.*死))")),
    (Fate.MOVED, re.compile(r"(?<!未)(?<!不)(?<!没)(?:搬走|搬离|搬出|搬家|搬迁|已搬|迁出|迁走|迁离|外迁|已迁|移居|搬到|搬去|迁往|不住(?:这|此|本))")),
    (Fate.DISCHARGED, re.compile(r"(?<!未)(?:出院|康复回家)")),
    (Fate.EMPLOYED, re.compile(r"(?:已|再|重新|实现)(?:就业|上岗)|(?:已|有)(?:找到)?工作")),
    (Fate.DENIED, _DENIES),
    (Fate.ENDED, re.compile(
        r"退出|取消|解除|终止|停发|停保|停止|注销|期满|届满|结束|清退|脱贫|脱保|摘帽|不再|^原(?!因)|^曾|曾经|"
        r"(?:已|刚)(?:清|退|停|销|出)|转出|剔除|删除|作废"
    )),
    (Fate.DOUBTFUL, re.compile(r"边缘|拟|疑似|待(?:定|核|审|批|查)|申请中|申报中|审核中|观察|临界|可能|？|\?")),
    (Fate.RUNNING, re.compile(r"在册|在帮|在管|在住|在保|在院|住院中|健在|正常|享受中|进行中|未出院|未解除|未就业|待业|失业")),
)  # fmt: skip
_REMARK = re.compile(r"[(（\[【〔<《]([^)）\]】〕>》]*)[)）\]】〕>》]?")


def tick_of(cell: Cell) -> Meaning:
    """What a tick column says: 是, √, 1 are yes; 否, ×, 0, 不符合, 已退出 are no; a blank is empty; the rest is unclear."""
    text = compact(cell).lower()
    if not text:
        return Meaning.EMPTY
    if text in _NO:
        return Meaning.NO
    if text in _YES:
        return Meaning.YES
    if says_nothing(cell):
        return Meaning.NO
    fate = fate_of(text)
    if fate is Fate.RUNNING:
        return Meaning.YES
    if fate is None:
        return Meaning.UNCLEAR
    return Meaning.UNCLEAR if fate is Fate.DOUBTFUL else Meaning.NO


def fate_of(text: str) -> Fate | None:
    """What a remark says became of somebody, the strongest word first; None where it says nothing of the kind."""
    said = compact(text)
    return next((fate for fate, words in _FATES if words.search(said)), None) if said else None


def split_remarks(cell: Cell) -> tuple[str, tuple[str, ...]]:
    """A cell without what stands in brackets, and the bracketed remarks: 王五（已故） → ("王五", ("已故",))."""
    text = plain(cell)
    remarks = tuple(remark.strip() for remark in _REMARK.findall(text) if remark.strip())
    return _REMARK.sub("", text).strip(), remarks
