"""Choices of proposals (变更上报)."""

from django.db import models


class Change(models.TextChoices):
    """What a cadre says has changed."""

    NEW = "new", "新增对象"
    DIED = "died", "去世"
    MOVED = "moved", "迁出"
    HOSPITAL = "hospital", "住院"
    DISCHARGED = "discharged", "出院"
    PHONE = "phone", "换电话"
    KIN = "kin", "家人联系人"


# of somebody who is registered
OF_A_PERSON: tuple[Change, ...] = tuple(change for change in Change if change != Change.NEW)
LEAVING: tuple[Change, ...] = (Change.DIED, Change.MOVED)
# asked for with a day
DATED: tuple[Change, ...] = (Change.DIED, Change.MOVED, Change.HOSPITAL, Change.DISCHARGED, Change.NEW)


class State(models.TextChoices):
    WAITING = "waiting", "待核对"
    ACCEPTED = "accepted", "已采纳"
    DECLINED = "declined", "未采纳"
