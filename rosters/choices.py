"""States, actors and file purposes of an import."""

from enum import StrEnum

from django.db import models


class State(models.TextChoices):
    """An upload is checked, confirmed by its uploader, and imported; each step is first waiting, then in work."""

    TO_CHECK = "to_check", "等待检查"
    CHECKING = "checking", "正在检查"
    READY = "ready", "待确认"
    TO_IMPORT = "to_import", "等待导入"
    IMPORTING = "importing", "正在导入"
    DONE = "done", "已导入"
    UNDONE = "undone", "已撤销"
    UNREADABLE = "unreadable", "读不了"
    INTERRUPTED = "interrupted", "中断"
    DROPPED = "dropped", "已放弃"
    EXPIRED = "expired", "已过期"


# the CSS class of a state's chip, as in `chip-week`; week where none is given
CHIPS: dict[State, str] = {
    State.READY: "today",
    State.DONE: "done",
    State.UNREADABLE: "overdue",
    State.INTERRUPTED: "overdue",
    State.DROPPED: "nobody",
    State.EXPIRED: "nobody",
    State.UNDONE: "nobody",
}

WAITING: tuple[State, ...] = (State.TO_CHECK, State.TO_IMPORT)
WORKING: tuple[State, ...] = (State.CHECKING, State.IMPORTING)
# states in which the upload is still kept
HELD: tuple[State, ...] = (State.READY, State.UNREADABLE, State.INTERRUPTED)


class Actor(StrEnum):
    """Who moves a run from one state to the next (`rosters.rules.STEPS`)."""

    USER = "user"
    WORKER = "worker"
    TIME = "time"


class Purpose(models.TextChoices):
    """What a sealed file of a run is for, and so how long it is kept (`rosters.rules`)."""

    UPLOAD = "upload", "上传的文件"
    ERRORS = "errors", "错误表"
    CHANGES = "changes", "变化的内容"
    JOURNAL = "journal", "写入记录"
