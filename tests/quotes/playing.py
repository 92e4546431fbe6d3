"""A list that can be played, and a reader who plays it by its pages."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client

from buildings.models import Place
from quotes.models import QuoteList
from quotes.services import quote_list_create

LINES = "\n".join(
    (
        "江山就是人民，人民就是江山",
        "绿水青山就是金山银山",
        "人民对美好生活的向往，就是我们的奋斗目标",
        "幸福都是奋斗出来的，奋斗本身就是一种幸福",
        "撸起袖子加油干，一张蓝图绘到底",
        "空谈误国，实干兴邦",
    )
)


def quote_list(community: Place, now: datetime, **changed: Any) -> QuoteList:
    return quote_list_create(
        **{
            "community": community, "title": "学全会", "source": "全会公报", "is_open": True, "lines": LINES, "now": now, **changed,
        }
    )  # fmt: skip


def state_of(answer: Any) -> str:
    """What the page of a question remembers."""
    found = re.search(r'name="state" value="([^"]+)"', answer.content.decode())
    assert found is not None
    return found[1]


def answered(url: str, state: str, option: object) -> Any:
    """Choose an option of a question, with a browser that knows nothing of the one before."""
    return Client().post(url, {"state": state, "option": option})


def right_option(answer: Any) -> int:
    """Which option of a page completes its sentence."""
    page = answer.content.decode()
    first = re.search(r'class="half">(.+?)……', page)
    assert first is not None
    options = re.findall(r'value="(\d)" required>([^<]+)<', page)
    return next(int(number) for number, text in options if first[1] + text in LINES)


def played(url: str) -> HttpResponse:
    """Play a game with every answer right; the page it ends with."""
    page: Any = Client().get(url)
    for _ in range(5):
        page = answered(url, state_of(page), right_option(page))
    found: HttpResponse = page
    return found
