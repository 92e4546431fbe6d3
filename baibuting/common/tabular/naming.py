"""Names as offices write them: one person's name and the remarks beside it. No remark is dropped unread."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from baibuting.common.names import LONGEST, normalise_name
from baibuting.common.tabular.meaning import Fate, end_in, fate_of, split_remarks
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import half_width, says_nothing

# the most common surnames of one character
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
    "石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章"
    "鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟"
    "艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄"
    "丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练"
    "廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉"
    "银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由"
)
COMPOUND_SURNAMES = frozenset(
    [
        "欧阳",
        "上官",
        "司马",
        "诸葛",
        "司徒",
        "东方",
        "独孤",
        "南宫",
        "夏侯",
        "尉迟",
        "公孙",
        "慕容",
        "长孙",
        "宇文",
        "皇甫",
        "令狐",
        "端木",
        "轩辕",
        "澹台",
        "公冶",
        "濮阳",
        "淳于",
        "太史",
        "申屠",
        "仲孙",
        "钟离",
        "闻人",
        "呼延",
        "万俟",
        "西门",
        "赫连",
        "单于",
        "拓跋",
        "百里",
        "东郭",
        "南门",
        "羊舌",
        "微生",
        "梁丘",
        "左丘",
        "第五",
        "鲜于",
        "闾丘",
        "司空",
        "亓官",
        "司寇",
        "巫马",
        "乐正",
    ]
)
_HAN = r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]"
_SHORT_NAME = re.compile(rf"{_HAN}{{2,4}}")
_DOTTED_NAME = re.compile(rf"{_HAN}+(?:[·•・．.]{_HAN}+)+")
_SEVERAL = re.compile(r"[、，,;；/／\\|｜&＆+＋\n]+|\s{2,}")
_AND = re.compile(r"和|与|及|跟|以及")
_RELATIVE = r"妻子|丈夫|女儿|儿子|老伴|家属|配偶|母亲|父亲|爱人|子女|儿女|孙子|孙女|儿媳|女婿|监护人|老婆|老公|爸爸|妈妈|之[妻夫子女母父]"
_BESIDE_A_NAME = re.compile(
    rf"女|男|户主|本人|租户|租客|房东|业主|独居|孤寡|低保|党员|代|兼|临时|代理|聋哑|残疾|汉族?|\S{{1,4}}族|{_RELATIVE}"
)
_NOT_ONE_PERSON = re.compile(
    r"夫妇|夫妻|一家|全家|两口|家[一二三四五六七八九十]+口|^[一二两三四五六七八九十]+(?:口|人|位|户)|兄弟俩|姐妹俩|父子|母女|父女|母子|等.*人$|..等$|们$"
)
_NOT_A_PERSON = re.compile(
    r"^同(?:上|前|左|右|下)|^同.+[长员]$|〃|空缺|暂缺|代管|兼任|轮流|轮值|社区|居委会|物业公司|办公室|负责人|招聘|待定|不详|未知|无人"
)
_PLAIN_NAME = re.compile(r"[\u4e00-\u9fff]{2,3}")
# each word above and each word for an end has one of these; a name with one is only checked more closely
_IN_OTHER_WORDS = frozenset(
    "夫妇妻一二两三四五六七八九十家口人位户兄弟姐妹父子母女儿亲老孙伴爱监护爸妈之等们同空缺代管兼任轮流值社居物办负招待不未无没某"
    "故亡去世逝辞死殁仙搬迁移住出院康痊退取解注停清脱卸离调和与及跟暂"
)
_LABEL = re.compile(r"^(?:户主|姓名|本人|居民|(?:走访|必访)?对象)\s*[:：]\s*")
_SIGNS_IN_NAMES = frozenset("·'’-.& ")
_MASKED = re.compile(r"[*＊]|某|×|○○|〇〇|□|(?<=[\u4e00-\u9fff])[xXOoＸ]+$")

MISSING_MESSAGE = "请填写姓名。"
REMARK_MESSAGE = "姓名后面注明了去世、搬走、退出一类的情况，没有采用这一行。姓名一栏请只填姓名，情况请填在“状态”或“备注”一栏。"


@dataclass(frozen=True, slots=True)
class NameSaid:
    """A person's name and the remarks beside it, in brackets or not, as written: 王五（已故） → 王五, 已故."""

    name: str
    remarks: tuple[str, ...] = ()

    @property
    def fate(self) -> Fate | None:
        """Return the strongest fate in the remarks; None where they name none."""
        if not self.remarks:  # nearly every name
            return None
        found = {fate_of(remark) for remark in self.remarks}
        return next((fate for fate in Fate if fate in found), None)


def read_name(cell: Cell) -> NameSaid:
    """Return one person's name with the remarks beside it.

    Raises CellError "missing name" for a blank, "several people" for two names or a couple, "name" for what is not a
    person's name.
    """
    if isinstance(cell, str) and _is_plain_name(cell):
        return NameSaid(cell)
    text, remarks = split_remarks(cell)
    if says_nothing(text):
        raise CellError("missing name", MISSING_MESSAGE)
    text, end = end_in(_LABEL.sub("", text))
    text, beside = _without_words_beside(text.strip(" ,，、:：;；/—-"))
    name = normalise_name(text)
    _refuse_what_is_no_name(name)
    return NameSaid(name, tuple(filter(None, (end, *beside, *remarks))))


def _is_plain_name(text: str) -> bool:
    """Return whether a cell is two or three characters, none of them in any other known word: nearly every cell."""
    return bool(_PLAIN_NAME.fullmatch(text)) and _IN_OTHER_WORDS.isdisjoint(text)


def parse_name(cell: Cell) -> str:
    """Return a person's name, without remarks. Raises CellError as `read_name`, and "name remark" for an end."""
    said = read_name(cell)
    if said.fate not in (None, Fate.RUNNING):
        raise CellError("name remark", REMARK_MESSAGE)
    return said.name


def _without_words_beside(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the words beside it: 张三，女 → 张三, 女. Raises CellError for several names or unknown words."""
    _refuse_pairs(text)
    if text.isascii():  # Latin names have blanks and signs of their own
        return text, ()
    parts = [part.strip() for part in _SEVERAL.split(text) if part.strip()]
    spaced = text.split()
    if len(parts) == 1 and len(spaced) > 1 and all(_BESIDE_A_NAME.fullmatch(part) for part in spaced[1:]):
        parts = spaced if len(spaced[0]) > 1 else parts
    if len(parts) < 2:
        return text, ()
    if all(_BESIDE_A_NAME.fullmatch(part) for part in parts[1:]):
        return parts[0], tuple(parts[1:])
    if all(looks_like_name(part) for part in parts):
        raise CellError("several people", "这里写了不止一个人的姓名，请每人一行。")
    raise CellError("name", "看不懂这个姓名，请只填一个人的姓名，其他内容填到备注一栏。")


def _refuse_pairs(text: str) -> None:
    """Raise CellError "several people" for 张三和李四, 张三 李四; not for 欧阳 娜娜 or 王和平."""
    pairs = [text.split()] if len(text.split()) == 2 else []
    pairs += [[text[: found.start()], text[found.end() :]] for found in _AND.finditer(text)]
    for first, second in pairs:
        if first in COMPOUND_SURNAMES or _BESIDE_A_NAME.fullmatch(second):
            continue
        if all(
            2 <= len(part) <= 4 and has_surname(part) and _SHORT_NAME.fullmatch(part)
            for part in (first, second)
        ):
            raise CellError("several people", "这里写了不止一个人的姓名，请每人一行。")


def _refuse_what_is_no_name(name: str) -> None:
    if not name:
        raise CellError("missing name", MISSING_MESSAGE)
    if len(name) > LONGEST:
        raise CellError("name", f"姓名超过 {LONGEST} 个字，请核对。")
    if _NOT_ONE_PERSON.search(name):
        raise CellError("several people", "这里写的不是一个人，请每人一行，填写各自的姓名。")
    if any(character.isdigit() for character in name):
        raise CellError("name", "姓名里有数字，请只填姓名，电话填到电话一栏。")
    if _MASKED.search(name):
        raise CellError("name", "姓名不完整或已经脱敏，看不出是谁，请填写完整的姓名。")
    if any(_is_odd(character) for character in name):
        raise CellError("name", "姓名里有符号，看不出是不是姓名的一部分，请只填姓名。")
    if _NOT_A_PERSON.search(name):
        raise CellError("name", "这里写的不是人名，请填写姓名；没有就空着。")
    if re.search(rf"(?:{_RELATIVE})$", name) and len(name) > 2:
        raise CellError("name", "这里写的是亲属称呼，不是本人姓名，请填写本人的姓名。")


def _is_odd(character: str) -> bool:
    """Return whether a character is a sign. Private use areas hold rare characters of older fonts, not signs."""
    return not (
        character.isalnum()
        or character in _SIGNS_IN_NAMES
        or unicodedata.category(character) in ("Mn", "Mc", "Co")
    )


def has_surname(text: str) -> bool:
    """Return whether a text begins with a common surname."""
    return text[:1] in SURNAMES or text[:2] in COMPOUND_SURNAMES


def looks_like_name(cell: Cell) -> bool:
    """Return whether a cell seems to hold one person's name and nothing else: 张三, 阿依古丽·艾合买提."""
    text = normalise_name(split_remarks(cell)[0])
    return bool(_DOTTED_NAME.fullmatch(text) or (_SHORT_NAME.fullmatch(text) and has_surname(text)))


_NAME_THEN_PHONE = re.compile(r"^(?P<name>\D+?)[\s:：,，(（]*(?P<phone>\+?[\d][\d\s\-－转/、]{5,})[)）]?$")


def split_name_and_phone(cell: Cell) -> tuple[str, str]:
    """Return the two parts of a cell such as 张三 19900000000; the phone is "" where there is none."""
    text = half_width(cell)
    found = _NAME_THEN_PHONE.match(text)
    return (found["name"], found["phone"]) if found else (text, "")
