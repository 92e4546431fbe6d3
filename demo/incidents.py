"""三个必到 in the demo community: closed incidents of all kinds, and two that are running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from baibuting.common.days import local_day, midnight
from buildings.models import Place
from cadres.choices import Post
from cadres.models import Cadre
from demo.entries import Desk
from demo.tree import Tree
from visits.choices import IncidentKind
from visits.models import Incident
from visits.rules import PROPOSED_INCIDENT_RULES
from visits.services import arrival_stamp, incident_close, incident_report

Happening = tuple[datetime, Callable[[datetime], object]]
"""A moment, and what happens then; it is called with the moment."""


@dataclass(frozen=True, slots=True)
class Script:
    """The course of an incident. Arrivals are minutes after the report; a post that is not named did not come."""

    days_ago: int
    reported_at: tuple[int, int]
    building: str
    kind: IncidentKind
    summary: str
    arrivals: dict[Post, int]
    closed_after: timedelta | None = None
    result: str = ""


SCRIPTS = (
    Script(
        96, (7, 20), "324栋", IncidentKind.EMERGENCY, "2 单元水管爆裂，电梯口积水",
        {Post.BUILDING_HEAD: 12, Post.SECURITY_WORKER: 25, Post.PROPERTY_STEWARD: 18},
        timedelta(hours=3), "物业已更换阀门，水已抽干，电梯恢复运行",
    ),
    Script(
        71, (19, 5), "126栋", IncidentKind.FAMILY_DISPUTE, "兄弟因父母房屋份额争吵，邻居报告",
        {Post.BUILDING_HEAD: 35, Post.SECURITY_WORKER: 50},
        timedelta(hours=20), "两家同意到社区调解室签订协议",
    ),
    Script(
        58, (10, 15), "203栋", IncidentKind.DISCONTENT, "多户反映楼下夜宵摊油烟和噪声",
        {Post.PARTY_GROUP_LEADER: 95, Post.BUILDING_HEAD: 240},
        timedelta(days=2), "已与摊主约定收摊时间，城管安装油烟罩",
    ),
    Script(
        37, (22, 40), "404栋", IncidentKind.EMERGENCY, "5 楼厨房起烟，住户已疏散",
        {Post.BUILDING_HEAD: 9, Post.SECURITY_WORKER: 15},
        timedelta(hours=6), "明火已灭，无人受伤；物业人员未到场，已提醒",
    ),
    Script(
        19, (14, 30), "622栋", IncidentKind.DISCONTENT, "加装电梯方案公示，低层住户有意见",
        {Post.PARTY_GROUP_LEADER: 60, Post.BUILDING_HEAD: 90},
        timedelta(days=1, hours=2), "召开楼栋会议，方案延期两周再议",
    ),
    Script(
        8, (20, 50), "343栋", IncidentKind.FAMILY_DISPUTE, "夫妻争吵，孩子受惊",
        {Post.BUILDING_HEAD: 30, Post.SECURITY_WORKER: 300},
        timedelta(hours=16), "双方已平静，妇联志愿者跟进",
    ),
    Script(
        1, (20, 10), "504栋", IncidentKind.FAMILY_DISPUTE, "婆媳争执，老人要离家",
        {Post.BUILDING_HEAD: 25},
    ),
    Script(
        1, (15, 30), "222栋", IncidentKind.DISCONTENT, "地下车库照明损坏多日，住户情绪较大",
        {Post.PARTY_GROUP_LEADER: 80},
    ),
)  # fmt: skip


def incident_happenings(
    tree: Tree, desk: Desk, today: date, look: Callable[[datetime], object]
) -> Iterator[Happening]:
    """Yield everything that happens in the incidents; `look` (a sweep) follows a minute after each step of a ladder."""
    for script in SCRIPTS:
        yield from _happenings(script, tree.building(script.building), desk, today, look)


def _happenings(
    script: Script, building: Place, desk: Desk, today: date, look: Callable[[datetime], object]
) -> Iterator[Happening]:
    hour, minute = script.reported_at
    reported_at = midnight(today - timedelta(days=script.days_ago)) + timedelta(hours=hour, minutes=minute)
    made: list[Incident] = []

    def report(now: datetime) -> None:
        made.append(
            incident_report(
                building=building,
                kind=script.kind,
                occurred_at=now - timedelta(minutes=15),
                summary=script.summary,
                now=now,
                reported_by=desk.clerk,
            )
        )

    def close(now: datetime) -> None:
        incident_close(incident=made[0], result=script.result, now=now)

    yield reported_at, report
    for post, minutes in script.arrivals.items():
        yield reported_at + timedelta(minutes=minutes), _arrival(made, post, building, desk)
    rule = PROPOSED_INCIDENT_RULES[script.kind]
    due_at = reported_at + timedelta(hours=rule["arrive_within_hours"])
    closed_at = reported_at + script.closed_after if script.closed_after else None
    for _, hours in rule["ladder"]:
        step_at = due_at + timedelta(hours=hours, minutes=1)
        if closed_at is None or step_at < closed_at:
            yield step_at, look
    if closed_at is not None:
        yield closed_at, close


def _arrival(made: list[Incident], post: Post, building: Place, desk: Desk) -> Callable[[datetime], None]:
    def stamp(now: datetime) -> None:
        holder = desk.ladder.holder(building.pk, post, local_day(now))
        if holder is None:
            return  # the post is vacant: no arrival
        account = desk.accounts.get(holder.cadre_id, desk.clerk)
        arrival_stamp(
            incident=made[0],
            post=post,
            arrived_at=now,
            now=now,
            recorded_by=account,
            cadre=Cadre.objects.get(pk=holder.cadre_id),
        )

    return stamp
