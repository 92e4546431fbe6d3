"""Choices of concerns (诉求)."""

from django.db import models


class Subject(models.TextChoices):
    """What a concern is about."""

    CARE = "care", "看病送药"
    HARDSHIP = "hardship", "生活困难"
    NEIGHBOURS = "neighbours", "邻里矛盾"
    SANITATION = "sanitation", "环境卫生"
    HOUSING = "housing", "房屋设施"
    SAFETY = "safety", "安全隐患"
    OTHER = "other", "其他"


class Urgency(models.TextChoices):
    NORMAL = "normal", "一般"
    URGENT = "urgent", "紧急"


class State(models.TextChoices):
    WAITING = "waiting", "待受理"
    WORKING = "working", "在办"
    DONE = "done", "已办"
    DECLINED = "declined", "不办"


RUNNING: tuple[State, ...] = (State.WAITING, State.WORKING)
CLOSED: tuple[State, ...] = (State.DONE, State.DECLINED)


class Origin(models.TextChoices):
    """By which way a concern came."""

    VISIT = "visit", "走访"
    PHONE = "phone", "手机"
    OFFICE = "office", "办公室"


class Step(models.TextChoices):
    """What happened to a concern."""

    OPENED = "opened", "登记"
    TAKEN = "taken", "受理"
    HANDED = "handed", "改派"
    INCIDENT = "incident", "转为必到事件"
    DONE = "done", "已办"
    DECLINED = "declined", "不办"
