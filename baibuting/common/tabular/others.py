"""Columns about another person than the row's: a guardian's phone is never the ward's."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from baibuting.common.tabular.text import title_key

_WORDS = (
    "监护人|家属|亲属|家人|联系人|联络人|子女|儿女|儿子|女儿|配偶|父母|父亲|母亲|陪护|陪护人|护理人|照料人|照护人|赡养人|抚养人|扶养人|担保人|"
    "房东|产权人|法定代理人|代理人|代办人|受托人|委托人|经办人|填表人|登记人|调查人|审核人|负责人|责任人|帮教人|帮扶人|帮扶干部|帮教责任人|"
    "帮教小组|包保人|包保干部|包保责任人|结对人|结对干部|结对党员|网格员|网格长|走访人|走访人员|走访干部|探访人|探访人员|楼栋长|楼长|社工|"
    "志愿者|责任医生|家庭医生|签约医生|医生|民警|社区民警|片警"
)
_HEAD = "户主"
_SOMEBODY = r"(?:第?[一二三123]|主要|法定|直系|紧急|其他|指定|委托|所属|本)*(?:{})(?:姓名|名字|名称|信息|情况|资料|基本信息|基本情况|[一二三123])?"
_OTHER = re.compile(_SOMEBODY.format(_WORDS))
_OTHER_OR_HEAD = re.compile(_SOMEBODY.format(f"{_WORDS}|{_HEAD}"))
_MENTIONED = re.compile(
    f"{_WORDS}|{_HEAD}|紧急|应急|(?:慰问|探望|陪同|记录|参加|组织|走访|入户|接待|受理|处理|报告|上报|录入|登记)(?:人|员|者|干部)"
)
_PERSONAL = re.compile(
    r"姓名|名字|电话|手机|联系方式|联系号码|身份|证件|公民|性别|男女|出生|生日|年龄|民族|关系|单位|职业|政治面貌"
)
# titles that name no person: 联系电话, but not 本人电话 and not 卫生员姓名
_BARE = re.compile(
    r"(?:联系|移动|手机|固定|办公|家庭)?(?:电话|手机|方式|号码)(?:号码?)?|手机号|(?:公民|居民)?身份(?:证|号码|证号|证号码)|证件(?:类型|名称|号码?)|"
    r"性别|出生|生日|出生(?:日期|时间|年月日?)|年龄|民族|.{0,6}关系|工作单位|单位|职业|政治面貌"
)
_NAMES = re.compile(r"(?:本人|人员|居民|对象)?(?:姓名|名字)")
_IDENTITY = re.compile(r"身份|证件|证号|号码|编号")
_DOCUMENT = re.compile(r"(?<!身份)(?<!居民)证(?!件)|证书|证明|存折|账户|卡|簿")

Path = tuple[str, ...]


def of_others(paths: Sequence[Path], *, head_is_other: bool, own: Collection[int] = frozenset()) -> set[int]:
    """Return the columns of another person: under a title that names them, or right of one.

    `head_is_other`: whether 户主 is another person, which holds where the row's person has a separate name column.
    `own` are columns of people whom the roster itself is about: in a roster of posts 楼长 is not another person.
    """
    somebody = _OTHER_OR_HEAD if head_is_other else _OTHER
    found: set[int] = set()
    is_beside = False
    for index, path in enumerate(paths):
        keys = [title_key(part) for part in path]
        if not keys:
            is_beside = False
            continue
        if any(somebody.fullmatch(group) for group in keys[:-1]) and _PERSONAL.search(keys[-1]):
            found.add(index)
        if any(_DOCUMENT.search(group) for group in keys[:-1]) and _IDENTITY.search(keys[-1]):
            found.add(index)  # 残疾证/证件号码 is no ID number
        if index in own:
            is_beside = False
            continue
        if somebody.fullmatch(keys[-1]):
            is_beside = True
            continue
        is_beside = is_beside and bool(_BARE.fullmatch(keys[-1]))
        if is_beside:
            found.add(index)
    return found


def in_strange_groups(paths: Sequence[Path], taken: Sequence[int], group_keys: frozenset[str]) -> set[int]:
    """Return personal columns under a group whose own name column was not taken: they belong to that name.

    `group_keys` are titles that are a field together with their group (楼栋长/电话) and are exempt.
    """
    strange = {
        path[:-1]
        for index, path in enumerate(paths)
        if len(path) > 1 and index not in taken and _NAMES.fullmatch(title_key(path[-1]))
    }
    return {
        index
        for index in taken
        if paths[index][:-1] in strange
        and _PERSONAL.search(title_key(paths[index][-1]))
        and title_key("".join(paths[index])) not in group_keys
    }


def is_personal_title(title: str) -> bool:
    """Return whether a title is of personal data: 姓名, 联系电话, 与本人关系."""
    return bool(_PERSONAL.search(title_key(title)))


def names_somebody_else(title: str) -> bool:
    """Return whether a title is a group or column of another person: 监护人, 家属姓名, 户主情况."""
    return bool(_OTHER_OR_HEAD.fullmatch(title_key(title)))


def mentions_somebody_else(title: str) -> bool:
    """Return whether a title mentions another person at all: 监护人手机号码, 与户主关系."""
    return bool(_MENTIONED.search(title_key(title)))
