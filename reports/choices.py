"""States and file purposes of a report made in the background."""

from django.db import models


class State(models.TextChoices):
    WAITING = "waiting", "等待生成"
    WORKING = "working", "正在生成"
    DONE = "done", "已生成"
    BROKEN = "broken", "中断"
    EXPIRED = "expired", "已过期"


# the CSS class of a state's chip, as in `chip-week`; week where none is given
CHIPS: dict[State, str] = {State.DONE: "done", State.BROKEN: "overdue", State.EXPIRED: "nobody"}

PENDING: tuple[State, ...] = (State.WAITING, State.WORKING)
ENDED: tuple[State, ...] = (State.DONE, State.BROKEN)


class Purpose(models.TextChoices):
    """What a file is: the workbook, or the page to print."""

    BOOK = "book", "表格"
    PAGE = "page", "打印页"
