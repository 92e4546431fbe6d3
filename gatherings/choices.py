"""Kinds of gatherings, and their states."""

from django.db import models


class Kind(models.TextChoices):
    TRAINING = "training", "轮训"
    STUDY = "study", "政治学习"
    LECTURE = "lecture", "社区大讲堂"
    FORUM = "forum", "书记论坛"
    MEETING = "meeting", "组织会议"
    TALK = "talk", "居民议事"
    SERVICE = "service", "志愿活动"
    SPREAD = "spread", "宣讲"
    MORAL = "moral", "道德讲堂"
    SHOW = "show", "文艺演出"


# Whoever was there has served.
SERVING: tuple[Kind, ...] = (Kind.SERVICE, Kind.SPREAD, Kind.MORAL, Kind.SHOW)


class State(models.TextChoices):
    PLANNED = "planned", "已安排"
    HELD = "held", "已举行"
    CANCELLED = "cancelled", "已取消"


class Way(models.TextChoices):
    """How it is known that somebody was there."""

    ROLL = "roll", "点名"
    PAPER = "paper", "签到表"
