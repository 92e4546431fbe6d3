"""Kinds of reports, and what becomes of one that is made in the background."""

from django.db import models


class Kind(models.TextChoices):
    LEDGER = "ledger", "走访台账"
    PUNCTUALITY = "punctuality", "按时率"
    ESCALATIONS = "escalations", "督办情况"
    STAFFING = "staffing", "配备率"
    ROSTER = "roster", "两长四员花名册"


# these show how things stand on a day; the others what happened in a month
OF_A_DAY: tuple[Kind, ...] = (Kind.STAFFING, Kind.ROSTER)


class State(models.TextChoices):
    WAITING = "waiting", "等待生成"
    WORKING = "working", "正在生成"
    DONE = "done", "已生成"
    BROKEN = "broken", "中断"
    EXPIRED = "expired", "已过期"


PENDING: tuple[State, ...] = (State.WAITING, State.WORKING)
ENDED: tuple[State, ...] = (State.DONE, State.BROKEN)


class Purpose(models.TextChoices):
    """What a file is: the workbook, or the page to print."""

    BOOK = "book", "表格"
    PAGE = "page", "打印页"
