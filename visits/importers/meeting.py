"""Whether the person was met, by 是否见到本人, 走访方式 and 情况记录.

A person counts as seen only where the row says so, or says nothing against it. A word of absence wins over any other
(在家，拒绝见面), in whichever of the columns; seeing another person (见到家属) does not count; and what is not
understood is not seen, with a warning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from baibuting.common.tabular.meaning import Fate, fate_of, split_remarks
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, plain


class Seen(StrEnum):
    """What the words of a cell say of a meeting."""

    YES = "yes"
    NO = "no"
    EMPTY = "empty"
    UNCLEAR = "unclear"  # not understood, or yes and no at once


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_YES = _words("是 是的 有 对 对的 见 已见 在 √ ✓ ✔ ☑ ✅ √√ ■ ● 1 y yes true t v")
_NO = _words("否 不 不是 没 没有 未 无 无人 0 n no false f ✗ ✘ ❌ ☒ ☐ □ 〇 ○ x × ✕ 不见")
_UNKNOWN = re.compile(r"未知|未填写?|不详|不明|不清楚?|不知道?|说不清|待.{0,3}|[?？]+")

# 未见异常 denies a finding, not the meeting
_HARMLESS = re.compile(
    r"(?:未|没有?|无)(?:见|发现|出现|发生|明显|其他|其它|任何|什么|大|特殊|新)*"
    r"(?:异常|问题|困难|变化|诉求|需求|要求|情况|不适|隐患|意见|矛盾|大碍|变动)|不错|不少|无恙|无碍|未成年"
)
# nobody answered at home or by telephone: also where it is given as the method
_UNMET = (
    r"未|没|否|不(?:在|遇|见|开|肯|愿|让|接|通|应)|无(?:人|应|回|法|果)|拒|锁|闭门|门关|关门|紧闭|空(?:房|户|挂|置|号|屋)|"
    r"停机|关机|占线|忙音|挂断|打不通|联系不|失联|失踪|走失|外出|出门|出差|回老家|搬走|搬离|搬家|迁出|迁走|去世|过世|已故|"
    r"代(?:答|为|述|接|说)|转(?:告|达|述)|留(?:言|条|纸条|信|便条)|爽约|错过|落空|扑空|改(?:日|天|期|约)|取消"
)
# the person was elsewhere
_ELSEWHERE = (
    r"不(?:方便|便|能|给|知|到|住|想|同意|配合|是)|出国|出境|出去|出远门|出行|外地|在外|旅游|旅行|度假|老家|回乡|返乡|回娘家|探亲|走亲|"
    r"串门|离家|上班|加班|上学|打工|务工|买菜|遛弯|散步|赶集|看病|就医|就诊|"
    r"养老院|敬老院|福利院|护理院|托老|养护|康养|精神病院|戒毒|收治|"
    r"搬|迁|移居|换人|换租|退租|转租|另住|借住|暂住|住(?:在)?(?:女儿|儿子|子女|亲戚|别处|他处)|"
    r"服刑|在押|羁押|拘留|收押|收监|入狱|坐牢|监狱|看守所|死|亡|丧|故|逝|离世|辞世|殁|"
    r"代(?:签|填|办|收)|转交|下次|另约|再约|再访|✗|✘"
)
# the person was where the sick are visited
_HOSPITAL = re.compile(r"住院|入院|医院|病房|手术|急诊")
_ABSENT_BY_METHOD = re.compile(_UNMET)
_ABSENT = re.compile(f"{_UNMET}|{_ELSEWHERE}|{_HOSPITAL.pattern}")
_ABSENT_FROM_HOSPITAL = re.compile(f"{_UNMET}|{_ELSEWHERE}")

_FAMILY = (
    r"家属|家人|亲属|亲戚|亲友|家里人|儿子|女儿|儿女|子女|儿媳|媳妇|女婿|孙|外甥|侄|老伴|配偶|丈夫|妻子|爱人|老公|老婆|"
    r"父亲|母亲|父母|爸|妈妈|兄|弟|姐|妹|哥|嫂|其子|其女|其妻|其夫|其母|其父|监护人"
)
_OTHERS = re.compile(
    rf"{_FAMILY}|邻居|邻里|保姆|护工|护士|医生|房东|租客|租户|室友|同事|门卫|物业|保安|他人|别人|旁人|楼长|网格员"
)
_HIMSELF = r"(?:其?本人|老人|对象|病人|患者|居民|当事人|他|她)"
# 本人和家属: others besides the person
_TOGETHER = re.compile(
    rf"{_HIMSELF}(?:都|也)?(?:和|及|与|以及|还有|、|跟|同)|(?:和|及|与|、|跟){_HIMSELF}(?!的)|陪[同伴]|在场|在旁|协助|翻译|一起|一同"
)
_MET = r"(?:见到|见着|见了|见过|见面|看到|看见|碰到|碰见|碰面|遇到|遇见|会面|面见|面谈|面访|当面)"
_PLAINLY = re.compile(
    rf"{_HIMSELF}?(?:已经?|均|都|正)?(?:{_MET}|在家中?|在家里|在屋里?)了?{_HIMSELF}?(?:在家)?|{_HIMSELF}"
)
_BEGINS = re.compile(
    rf"{_HIMSELF}?(?:已经?|均|都)?{_MET}了?(?:{_HIMSELF}|(?!{_OTHERS.pattern}))|{_HIMSELF}(?:和|及|与|以及|跟|同)|是的"
)
_CLAUSES = re.compile(r"[，,。；;、：:/!！()（）]")
_END = r"(?=$|[，,。；;、！!()（）])"
_START = r"(?:^|[，,。；;、()（）])"
_NOBODY_MET = re.compile(
    rf"(?:无|没|没有)人(?:在家|在|应门|应答|应声|应|答应|开门|回应|接听|接)?{_END}"
    r"|敲门.{0,6}[无没未]|[无没未](?:有)?人?(?:应门|应答|开门|接听|接通|敲开)"
    rf"|(?:未|没有?)能?(?:见到|见着|遇到|遇着|碰到|见面|找到|遇)(?:{_HIMSELF}|人)?{_END}"
    rf"|{_START}{_HIMSELF}?(?:当时|暂时|现|目前|白天|均|都|人)?(?:不|未|没有?)在(?:家|屋|家中|家里)?{_END}"
    r"|(?:门|家中|家里)(?:一直|都)?是?(?:锁|上锁|紧锁|紧闭|关)(?:着|了|闭)|铁将军|闭门羹|大门紧闭|房门紧锁"
    r"|电话(?:一直|多次)?(?:未接|不通|没接|停机|关机|空号|打不通|无人接|没人接)|联系不上|无法联系|失联"
    r"|拒(?:绝|不)(?:见面|开门|走访|接待|入户|探访)|不(?:肯|愿|让)(?:见面|见|开门|进门|接待)"
)
_GONE = r"去世|过世|病故|身故|亡故|逝世|离世|死亡|搬走|搬离|搬家|搬到|搬去|搬迁|搬出|迁出|迁走|迁往|迁到"
_SINCE = rf"{_START}因?{_HIMSELF}?(?:现已?|正|已经?|目前|又|仍|于[^，,。]{{1,12}})?在?"
_AWAY = re.compile(
    rf"{_SINCE}(?:外出|出差|出门|出国|回老家|回乡|探亲|外地|打工|旅游|养老院|敬老院|服刑|上班|{_GONE})"
)
_IN_HOSPITAL = re.compile(rf"{_SINCE}(?:住院|入院)")
_FATE = re.compile(rf"{_SINCE}(?:{_GONE})")


@dataclass(frozen=True, slots=True)
class Meeting:
    """Whether the person was met.

    `kept` is text that is no plain yes or no; `doubt` a sentence for the clerk, or ""; `fate` DIED, MOVED or None.
    """

    seen: bool
    kept: str = ""
    doubt: str = ""
    fate: Fate | None = None


_UNCLEAR = "看不出是否见到本人，已按“未见到”记下，原文写进了情况记录。确实见到的，请在这条走访上更正。"
_AGAINST_METHOD = "写了见到本人，走访方式却说没有见到，已按“未见到”记下，请核对。"
_AGAINST_NOTES = "写了见到本人，情况记录却像是没有见到，请核对；确实没有见到的，请在这条走访上更正。"
_BY_NOTES = "没有写是否见到本人，情况记录说没有见到，已按“未见到”记下，请核对。"


def meeting_of(seen: Cell, method: Cell = "", notes: Cell = "", *, in_hospital: bool = False) -> Meeting:
    """Read the three cells of a row together. `in_hospital`: the visit was made there, so 住院 is no absence."""
    said = compact(seen)
    means = seen_by(seen, in_hospital=in_hospital)
    kept = "" if _is_plain(said) else plain(seen)
    fate = _fate(said, compact(method), compact(notes))
    if means in (Seen.NO, Seen.UNCLEAR):
        return Meeting(False, kept, _UNCLEAR if means is Seen.UNCLEAR else "", fate)
    if unmet_by_method(method):
        return Meeting(False, kept, _AGAINST_METHOD if means is Seen.YES else "", fate)
    if not unmet_by_notes(notes, in_hospital=in_hospital):
        return Meeting(True, kept, "", fate)
    is_said = means is Seen.YES
    return Meeting(is_said, kept, _AGAINST_NOTES if is_said else _BY_NOTES, fate)


def seen_by(cell: Cell, *, in_hospital: bool = False) -> Seen:
    """Return what 是否见到本人 says: NO for any word of absence or another person, YES only where it plainly says so."""
    said = compact(cell).lower()
    if not said:
        return Seen.EMPTY
    if said in _YES or said in _NO:
        return Seen.YES if said in _YES else Seen.NO
    if _UNKNOWN.fullmatch(said):
        return Seen.UNCLEAR
    affirms = _affirms(cell)
    if _denies(said, in_hospital):
        return Seen.UNCLEAR if affirms else Seen.NO
    return Seen.YES if affirms else Seen.UNCLEAR


def unmet_by_method(cell: Cell) -> bool:
    """Return whether the method itself says that the person was not met: 上门未遇, 入户（本人不在）, 电话（家属接听）."""
    said = _HARMLESS.sub("", compact(cell))
    by_others = re.search(_FAMILY, said) and not _TOGETHER.search(said)
    return bool(_ABSENT_BY_METHOD.search(said) or by_others)


def unmet_by_notes(cell: Cell, *, in_hospital: bool = False) -> bool:
    """Return whether the notes say plainly that nobody was met: 家中无人, 敲门无应答, 本人外出; not 儿子外出打工."""
    said = _HARMLESS.sub("", compact(cell))
    in_bed = not in_hospital and _IN_HOSPITAL.search(said)
    return bool(_NOBODY_MET.search(said) or _AWAY.search(said) or in_bed)


def _affirms(cell: Cell) -> bool:
    """Return whether the cell begins with a yes: 是（隔门对话）, 见到本人，精神好."""
    core, _ = split_remarks(cell)
    first = _CLAUSES.split(compact(core))[0].lower()
    return first in _YES or bool(_PLAINLY.fullmatch(first) or _BEGINS.match(first))


def _denies(said: str, in_hospital: bool) -> bool:
    bare = _HARMLESS.sub("", said)
    if (_ABSENT_FROM_HOSPITAL if in_hospital else _ABSENT).search(bare):
        return True
    return bool(_OTHERS.search(bare)) and not _TOGETHER.search(bare)


def _is_plain(said: str) -> bool:
    """Return whether a cell is empty or a plain yes or no, whose text need not be kept."""
    return (
        not said
        or said.lower() in _YES | _NO
        or bool(_PLAINLY.fullmatch(said))
        or said in ("未见", "未见到", "没见到")
    )


def _fate(*texts: str) -> Fate | None:
    """Return what a row says became of the person, where a clause is about the person: not 父亲去世."""
    clauses = [clause for text in texts for clause in _CLAUSES.split(text) if _FATE.match(clause)]
    found = {fate_of(clause) for clause in clauses}
    return next((fate for fate in (Fate.DIED, Fate.MOVED) if fate in found), None)
