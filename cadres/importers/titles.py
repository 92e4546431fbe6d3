"""What a roster's title says: which post it lists, and which time it was made for."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from baibuting.common.tabular.text import title_key, without_brackets
from cadres.choices import Post
from cadres.importers.fields import POST_BY_TITLE

_POSTS = re.compile("|".join(sorted(map(re.escape, POST_BY_TITLE), key=len, reverse=True)))
# 副楼栋长, 候选楼栋长, 原楼栋长: another word, or a person not in office
_OTHER_BEFORE = re.compile(r"(?:副|原|前|前任|历任|离任|拟任?|候选|后备|储备|见习|非|除|优秀|先进|十佳)$")
# 楼栋长助理, 楼栋长会议: another word, too
_LIST_AFTER = re.compile(
    r"(?:的|人员|信息|基本|情况|联系|通讯|通信|电话|名|花|统计|登记|一览|汇总|台账|在任|任职|配备|明细|清单|总|表|册|档案|\d|$)"
)


def post_of(title: str) -> Post | None:
    """Return the post that a text names as a whole; remarks in brackets do not count."""
    return POST_BY_TITLE.get(title_key(without_brackets(title)))


def post_in_title(title: str) -> Post | None:
    """Return the one post that a title such as 社区楼栋长花名册（2026年） lists; None where it names none or several."""
    text = title_key(without_brackets(title))
    posts = {
        POST_BY_TITLE[found[0]]
        for found in _POSTS.finditer(text)
        if not _OTHER_BEFORE.search(text[: found.start()]) and _LIST_AFTER.match(text, found.end())
    }
    named = {POST_BY_TITLE[found[0]] for found in _POSTS.finditer(text)}
    return posts.pop() if len(posts) == len(named) == 1 else None


@dataclass(frozen=True, slots=True)
class Period:
    """The days a roster was made for, by its title; both included."""

    first: date
    last: date


_DATED = re.compile(
    r"(?<!\d)(20\d\d)(?:(?:[年.\-/](\d{1,2})(?:[月.\-/](\d{1,2})日?|月(?!\d))?)|年?(?:度)?)(?!\d)"
)


def period_of(title: str) -> Period | None:
    """Return the year, month or day in a title (（2026年）, 2026年3月, 2026.3.5); several years become one period."""
    periods = [_period(found) for found in _DATED.finditer(title)]
    if not periods:
        return None
    return Period(periods[0].first, max(period.last for period in periods))


def _period(found: re.Match[str]) -> Period:
    year, month, day = (int(part or 0) for part in found.groups())
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return Period(date(year, 1, 1), date(year, 12, 31))
    if day:
        return Period(first, first)
    last_month = month or 12
    return Period(first, date(year, last_month, calendar.monthrange(year, last_month)[1]))
