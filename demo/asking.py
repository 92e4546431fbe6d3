"""Concerns and reported changes of the demo community: some closed, some running, one overdue; two that wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from baibuting.common.days import local_day, midnight
from cadres.choices import Post
from cadres.models import Cadre
from concerns.choices import Origin, State, Subject, Urgency
from concerns.models import Concern
from concerns.services import concern_close, concern_open, concern_take
from demo.entries import Desk, Entered
from demo.incidents import Happening
from demo.tree import Tree
from proposals.choices import Change
from proposals.rules import Said
from proposals.services import proposal_make


@dataclass(frozen=True, slots=True)
class Asked:
    """A concern: who is asked after how many days, and how it ended; without an answer it runs."""

    days_ago: int
    building: str
    subject: Subject
    urgency: Urgency
    words: str
    answer: str = ""
    is_taken: bool = True


ASKED = (
    Asked(
        40, "504栋", Subject.CARE, Urgency.NORMAL, "2 单元老人要人帮忙取降压药", "已请社区医院每周三送药上门"
    ),
    Asked(
        25, "126栋", Subject.SANITATION, Urgency.NORMAL, "一楼楼道堆了旧家具", "物业已清运，提醒住户不再堆放"
    ),
    Asked(12, "504栋", Subject.HOUSING, Urgency.NORMAL, "3 单元顶楼漏水，想请物业看看"),
    Asked(3, "504栋", Subject.HARDSHIP, Urgency.NORMAL, "想问临时救助怎么申请"),
    Asked(1, "203栋", Subject.SAFETY, Urgency.URGENT, "电动车在楼道充电", is_taken=False),
)


def asking_happenings(tree: Tree, entered: list[Entered], desk: Desk, today: date) -> Iterator[Happening]:
    """Yield everything that happens to the concerns, and the changes that were reported yesterday."""
    for asked in ASKED:
        yield from _happenings(asked, tree, desk, today)
    yield from _reported(entered, desk, today)


def _happenings(asked: Asked, tree: Tree, desk: Desk, today: date) -> Iterator[Happening]:
    at = midnight(today - timedelta(days=asked.days_ago)) + timedelta(hours=10, minutes=20)
    building, made = tree.building(asked.building), list[Concern]()
    head = desk.ladder.holder(building.pk, Post.BUILDING_HEAD, local_day(at))

    def report(now: datetime) -> None:
        made.append(
            concern_open(
                building=building,
                subject=asked.subject,
                urgency=asked.urgency,
                words=asked.words,
                origin=Origin.PHONE,
                now=now,
                by=desk.clerk,
                reporter=Cadre.objects.get(pk=head.cadre_id) if head else None,
            )
        )

    def take(now: datetime) -> None:
        concern_take(
            concern=made[0], subject=asked.subject, urgency=asked.urgency, appointment=None, words="",
            by=desk.clerk, now=now,
        )  # fmt: skip

    def close(now: datetime) -> None:
        concern_close(concern=made[0], state=State.DONE, answer=asked.answer, by=desk.clerk, now=now)

    yield at, report
    if asked.is_taken:
        yield at + timedelta(hours=1), take
    if asked.answer:
        yield at + timedelta(days=2), close


def _reported(entered: list[Entered], desk: Desk, today: date) -> Iterator[Happening]:
    """Two of one building, by its 楼栋长: somebody is in hospital, somebody has moved."""
    at = midnight(today - timedelta(days=1)) + timedelta(hours=18, minutes=40)
    here = [item for item in entered if item.building.name == "504栋" and item.record.ended_on is None]
    people = list({item.resident.pk: item for item in here if item.plan.code == "elderly_alone"}.values())
    for item, change in zip(people, (Change.HOSPITAL, Change.MOVED), strict=False):
        head = desk.ladder.holder(item.building.pk, Post.BUILDING_HEAD, local_day(at))
        account = desk.accounts.get(head.cadre_id) if head else None
        if head is None or account is None:
            continue

        def report(
            now: datetime, item: Entered = item, change: Change = change, pk: int = head.cadre_id
        ) -> None:
            proposal_make(
                change=change,
                said=Said(on=local_day(now), words="邻居说的" if change == Change.MOVED else "摔了一跤"),
                building=item.building,
                resident=item.resident,
                cadre=Cadre.objects.get(pk=pk),
                sender=desk.accounts[pk],
                made_at=now,
                now=now,
            )

        yield at, report
