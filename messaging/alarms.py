"""What the bar says when a channel is out of order: to those who set it up."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.rules import may_write
from buildings.viewer import viewer_of
from messaging.rules import KEEPS_CADRES, LAST_OF_CHANNEL
from messaging.selectors import channels_broken


def channel_alarm(request: HttpRequest) -> str:
    """Return the sentence of the desk's bar, "" while all channels are well."""
    viewer = viewer_of(request)
    if not may_write(viewer.user, KEEPS_CADRES):
        return ""
    broken = channels_broken(viewer.scope, LAST_OF_CHANNEL)
    if not broken:
        return ""
    labels = "、".join(dict.fromkeys(one.get_kind_display() for one in broken))
    return (
        f"{labels}最近几次都没有发出去，要紧的事请打电话。"
        "请从总览打开“消息通道”，看最近一次的回答，照着改好再发测试。"
    )
