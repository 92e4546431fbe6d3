"""The demo's 意见建议: one that is answered, one that nobody has looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from accounts.models import User
from buildings.models import Place
from feedback.services import opinion_answer, opinion_write

SAID = (
    ("phone:today", "名单太长，找人要翻好几屏。", "现在按单元和楼层排，上面可以写姓名或室号来找。"),
    ("phone:mine", "请假的名单里，希望邻栋的排在前面。", ""),
)


def say_opinions(community: Place, writer: User, clerk: User, now: datetime) -> None:
    """Write what a 楼栋长 thinks of the phone's pages, on the days before `now`."""
    for position, (page, text, answer) in enumerate(SAID):
        written_at = now - timedelta(days=5 - 2 * position)
        opinion = opinion_write(
            uid=uuid5(NAMESPACE_URL, f"{community.uid}/{position}"),
            community=community,
            text=text,
            page=page,
            writer=writer,
            now=written_at,
        )
        if answer:
            opinion_answer(opinion=opinion, answer=answer, by=clerk, now=written_at + timedelta(hours=3))
