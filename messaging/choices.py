"""Kinds of channels, ways to a person, what messages are about, and what came of an attempt."""

from __future__ import annotations

from django.db import models


class ChannelKind(models.TextChoices):
    """What a community may switch on. Two of them are text messages, by one provider or the other."""

    EMAIL = "email", "电子邮件"
    WECOM = "wecom", "企业微信"
    DINGTALK = "dingtalk", "钉钉"
    FEISHU = "feishu", "飞书"
    ALIYUN = "aliyun", "短信（阿里云）"
    TENCENT = "tencent", "短信（腾讯云）"


class Way(models.TextChoices):
    """How a person is reached: what he chooses among, whichever provider carries it."""

    WECOM = "wecom", "企业微信"
    DINGTALK = "dingtalk", "钉钉"
    FEISHU = "feishu", "飞书"
    SMS = "sms", "短信"
    EMAIL = "email", "邮件"


class Matter(models.TextChoices):
    """What a message is about."""

    INCIDENT = "incident", "必到事件"
    NOTICE = "notice", "知会"
    DIGEST = "digest", "每日提要"


class Outcome(models.TextChoices):
    """What came of an attempt. BEGUN stays where the worker was killed before it learned the answer."""

    BEGUN = "begun", "没有等到结果"
    ACCEPTED = "accepted", "已接收"
    REFUSED = "refused", "不能送达本人"
    LATER = "later", "本人暂时不能再收"
    LIMITED = "limited", "发送太快"
    FAILED = "failed", "通道不通"


SMS_KINDS: tuple[ChannelKind, ...] = (ChannelKind.ALIYUN, ChannelKind.TENCENT)
# Ways whose address is a name that a platform gives a person; the others are found in what is registered already.
NAMED_WAYS: tuple[Way, ...] = (Way.WECOM, Way.DINGTALK, Way.FEISHU)
# What says that the channel, and not one message, is at fault.
OF_THE_CHANNEL: tuple[Outcome, ...] = (Outcome.LIMITED, Outcome.FAILED)
