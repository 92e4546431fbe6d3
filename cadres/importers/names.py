"""What the cell of a post says: a person, a vacancy, or the holder of another post. Common words are no people.

What cannot be understood is refused, so that it appoints and removes no one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from baibuting.common.names import DOT, LONGEST
from baibuting.common.tabular.failures import refuse_error
from baibuting.common.tabular.meaning import Fate, fate_of, split_remarks
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, half_width, says_nothing
from baibuting.common.tabular.values import parse_name, parse_phone, split_name_and_phone
from cadres.choices import Post
from cadres.importers.titles import post_of


@dataclass(frozen=True, slots=True)
class Said:
    """What a cell says of a post. `name` "" means vacant; `is_vacant` that the cell says so in words.

    `same_as` is the post whose holder is meant (同楼栋长). `warning` says what was read but not kept, "" for nothing.
    """

    name: str = ""
    phone: str = ""
    is_vacant: bool = False
    same_as: Post | None = None
    warning: str = ""


_NOBODY = "没有改动这个职务，请填写任职人的姓名，空缺请写“空缺”。"
_VACANT = re.compile(
    r"(?:该?(?:职务|岗位?|职位)?(?:目前|现|暂时|暂)?)?"
    r"(?:空缺|暂缺|暂空|空岗|缺岗|出缺|缺额|缺员|缺位|待选|待补|待定|待配|待聘|待任命|未配|未选|未定|未聘|未产生|无人|暂无|尚缺|尚无|没有人|没人|招募中|补选中|改选中|(?:尚未|还没有?|还未)(?:配|选|定|产生|任命|到位|落实|有人?))"
)  # fmt: skip
_LEFT = re.compile(
    r"卸任|离任|离职|调离|调走|调出|辞职|辞任|辞去|退休|免职|停职|撤职|去职|已换|换人|换届|不再|不干|另有任用|退出|取消|期满|届满|"
    r"已故|亡故|病故|去世|过世|逝世|死亡|离世|搬走|搬离|搬家|搬迁|迁出|迁走|已搬|已调|已退|已迁|已离|已辞|已免"
)  # fmt: skip
# corrected since, or not certain: no vacancy
_FILLED = re.compile(r"已补|已选|已配|已定|已有|现由|现为|现任|改由|到岗|到任|上任|接任|[?？]")
_FORMERLY = re.compile(
    r"前任|原任|原来|原是|曾任|上一?任|历任|[原前](?=楼|栋|党小组|卫生|治安|文体|物业|房管|网格|支部)"
)
_OVER = frozenset({Fate.DIED, Fate.MOVED, Fate.ENDED, Fate.DENIED, Fate.DISCHARGED})
_ACTING = re.compile(r"(?:临时|暂时?|暂由)?(?:代|代管|代理|代任|暂代|兼代|临时|暂任|代职)(?:理?中|负责)?")
_HARMLESS = re.compile(
    r"兼任?|专职|党员|中共党员|男|女|本人|在任|现任|新任|连任|健在|.{0,3}(?:室|单元)|\d{1,4}(?:-\d{1,4}){0,2}"
)
_ORGANISATION = re.compile(
    r"社区|居委|街道|物业|物管|支部|总支|党委|党组|业委|业主|网格|公司|派出所|服务|中心|工作站|工作人员|办公室|委员会|管委|小区|志愿|"
    r"保安|保洁|值班|队$|单位|部门|干部|居民|住户|全体|所有|同志们|^(?:本|各)栋"
)  # fmt: skip
_PHRASE = re.compile(
    r"^由.{2,}|代管|兼管|负责|接管|管理|轮流|轮值|待通知|另行|担任|兼任|共同|[?？!！。:：;；\"”“]"
)
_SEVERAL = re.compile(r"[/／\\、,，;；\n|+&＋＆]|(?<=.{2})(?:[和与及换]|改为|→|->)(?=.{2})")
_COMPOUND = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "端木", "夏侯", "南宫")  # fmt: skip
_SAME = re.compile(
    r"(?:(?:同|由|与|和|即)(?P<named>.+?)(?:兼任?|担任|相同|一致|一样|同一人)?|(?P<also>.+?)(?:兼任?|担任|同一人))"
)
_DITTO = frozenset(
    {
        "同上",
        "同左",
        "同前",
        "同",
        "兼",
        "兼任",
        "〃",
        "″",
        '"',
        "''",
        "同右",
        "同下",
        "同一人",
        "本人",
        "自己",
    }
)


def read_holder(cell: Cell) -> Said:
    """Parse the cell of a post. Raises CellError with a sentence for what is neither a person nor a vacancy."""
    refuse_error(cell)
    text, phone = split_name_and_phone(cell)
    text = _unwrapped(text)
    if says_nothing(text) or not text:
        return Said(is_vacant=bool(compact(cell)))
    vacant = _VACANT.match(compact(text))
    if vacant:
        return _vacancy(compact(text)[vacant.end() :])
    same = _same_holder(compact(text))
    if same is not None:
        return Said(phone=parse_phone(phone), same_as=same)
    name, remarks = split_remarks(text)
    name = _one_of_several(name)
    _refuse_who_left(name, remarks)
    _refuse_words(name)
    return Said(parse_name(name), parse_phone(phone), warning=_warning(remarks))


def _unwrapped(text: str) -> str:
    """Return a text that is wholly in brackets without them: （暂缺） → 暂缺."""
    outside, remarks = split_remarks(text)
    return text if outside or len(remarks) != 1 else remarks[0]


def _vacancy(explanation: str) -> Said:
    """Return a vacancy, also with its reason or a caretaker; raises CellError where the post may be filled."""
    rest = explanation.strip("()（）[]【】,，。.;；:：、-— ")
    if not rest and not _FILLED.search(explanation):
        return Said(is_vacant=True)
    if _FILLED.search(explanation):
        raise CellError("no name", f"看不出是空缺还是已有人担任，{_NOBODY}")
    return Said(is_vacant=True, warning="已按空缺登记；空缺后面的说明没有采用，有人代管时请在“任职”里办理。")


def _same_holder(text: str) -> Post | None:
    """Return the post whose holder is meant; raises CellError for "as above", which may be any."""
    if text.strip("()") in _DITTO:
        raise CellError("same as", f"“同上”“兼”看不出指的是谁，{_NOBODY}")
    found = _SAME.fullmatch(text)
    return post_of(found["named"] or found["also"]) if found else None


def _one_of_several(name: str) -> str:
    """Return the name if it is one. Raises CellError "several people" for two people in one cell."""
    parts = [part.strip() for part in _SEVERAL.split(name) if part.strip()]
    if len(parts) == 1:
        words = parts[0].split()
        if len(words) > 1 and all(2 <= len(word) <= 3 for word in words) and words[0] not in _COMPOUND:
            parts = words
    if len(set(parts)) > 1:
        raise CellError(
            "several people",
            "这一格有两个人的姓名，一个职务只能由一个人担任。请只留现任的一位，代管的在“任职”里办理。",
        )
    return parts[0] if parts else name


def _refuse_who_left(name: str, remarks: tuple[str, ...]) -> None:
    over = any(
        _LEFT.search(remark) or _FORMERLY.search(remark) or fate_of(remark) in _OVER for remark in remarks
    )
    if over or _LEFT.search(name) or _FORMERLY.match(compact(name)):
        raise CellError(
            "left office",
            "姓名旁注明已离任、搬走或去世，不能登记为任职人。请填写现任的姓名；已无人担任请写“空缺”。",
        )
    if any(_names_stand_in(remark) for remark in remarks):
        raise CellError(
            "several people", "这一格还写了代管的人，看不出由谁任职。请只填任职人，代管在“任职”里办理。"
        )


def _names_stand_in(remark: str) -> bool:
    """Return whether a remark names another person as stand-in (由李四代管), not the holder as acting (代)."""
    text = compact(remark)
    return ("代" in text or "兼" in text) and not _ACTING.fullmatch(text) and not _HARMLESS.fullmatch(text)


def _refuse_words(name: str) -> None:
    """Raise CellError "no name" for what is a body, a post or a sentence and no person."""
    text = compact(name)
    if not text or says_nothing(text):
        raise CellError("no name", f"这里没有写明任职人，{_NOBODY}")
    is_long = len(text) > LONGEST // 5 and DOT not in text and not text.isascii()
    if is_long or _ORGANISATION.search(text) or _PHRASE.search(text) or post_of(text) is not None:
        raise CellError("no name", f"这里写的不是一个人的姓名，{_NOBODY}")


def _warning(remarks: tuple[str, ...]) -> str:
    said = [compact(remark) for remark in remarks]
    if any(_ACTING.fullmatch(remark) for remark in said):
        return "姓名旁注明是代管，已登记为任职人；如只是代管，请在“任职”里改办“请假代管”。"
    unread = [remark for remark in said if not _HARMLESS.fullmatch(remark) and not _is_phone(remark)]
    return "姓名旁的备注没有采用，已按姓名登记为任职人，请核对。" if unread else ""


def _is_phone(remark: str) -> bool:
    return half_width(remark).replace("-", "").isdigit()
